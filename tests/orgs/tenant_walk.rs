//! The walk over the schema: the id of a row of another organisation is answered like an id that nobody has, wherever
//! an id can be given, whoever asks. Fields and kinds are found in the schema: a new one is walked too.

use std::collections::{BTreeMap, BTreeSet};

use coulisses_crew::access::Role;
use serde_json::{Map, Value};

use crate::support::{
    Answer, Client, PASSWORD, Rows, Schema, Tables, TestApp, World, nobodys, on_each_database,
    prefix_of, rows,
};

/// How much there is to walk at least, so that the walk cannot shrink unseen. The schema may grow without it.
const AT_LEAST: usize = 132;

/// What the other organisation is called, and everything in it.
const FOREIGN: &str = "geheim";

/// Kinds of rows that no entry of the audit log is about, as they are made here.
const NOT_LOGGED: [&str; 4] = ["account", "audit", "invitation", "membership"];

const ROLES: [Role; 4] = [Role::Tech, Role::Manager, Role::Admin, Role::Owner];

/// Somebody of the organisation who tries.
struct Insider {
    role: Role,
    client: Client,
    email: String,
    rows: Rows,
}

impl Insider {
    async fn new(app: &TestApp, world: &World<'_>, role: Role) -> Self {
        let member = world.member(role).await;
        let rows = rows(app, world, &member, role.as_str()).await;
        let me = member.0.query("{ me { email } }").await;
        let email = me.str("/data/me/email").to_owned();
        Self {
            role,
            client: member.0,
            email,
            rows,
        }
    }

    /// Puts in what only they know, so that an attempt to sign in gets as far as its organisation.
    fn fill_in(&self, variables: &mut Value) {
        let inputs = variables
            .as_object_mut()
            .into_iter()
            .flat_map(Map::values_mut);
        for input in inputs.filter_map(Value::as_object_mut) {
            for (name, value) in [("email", self.email.as_str()), ("password", PASSWORD)] {
                if let Some(slot) = input.get_mut(name) {
                    *slot = value.into();
                }
            }
        }
    }
}

/// What an answer tells, without the id of its request.
fn told(answer: &Answer) -> (u16, Value) {
    let mut body = answer.body.clone();
    let errors = body.get_mut("errors").and_then(Value::as_array_mut);
    for error in errors.into_iter().flatten() {
        if let Some(extensions) = error["extensions"].as_object_mut() {
            extensions.remove("requestId");
        }
    }
    (answer.status.as_u16(), body)
}

/// Asserts that an answer is about the row, and says that there is none: neither was the request refused for
/// something else, nor found the row.
fn is_about_the_row(answer: &Answer, (kind, role): (&str, Role), what: &str) {
    let code = match answer.body.get("errors") {
        Some(_) => answer.code(),
        None => "OK",
    };
    let holds = match code {
        "NOT_FOUND" => true,
        "FORBIDDEN" => role != Role::Owner,
        // Null, or an empty list.
        "OK" => kind == "query",
        _ => false,
    };
    assert!(
        holds,
        "{what}: {} (an input that is refused before its row is looked for needs a valid value in Schema::value)",
        answer.text
    );
    let text = answer.text.to_lowercase();
    assert!(!text.contains(FOREIGN), "{what}: {text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_of_another_organisation_is_nowhere_wherever_its_id_is_given() {
    on_each_database(async |app| {
        let (world, other) = (
            World::new(&app, "regie").await,
            World::new(&app, FOREIGN).await,
        );
        let foreign = rows(&app, &other, &other.member(Role::Admin).await, FOREIGN).await;
        let mut insiders = Vec::new();
        for role in ROLES {
            insiders.push(Insider::new(&app, &world, role).await);
        }
        let schema = Schema::new();
        let kinds = schema.kinds(&world.owner, &insiders[3].rows).await;

        let tables = Tables::of(&app).await;
        let before = tables.read(&app).await;
        let (mut tried, mut walked) = (0, BTreeSet::new());
        for operation in schema.operations() {
            for place in operation.places() {
                for foreign in foreign_ids(&kinds[&place], &foreign) {
                    for insider in &insiders {
                        let random = nobodys(&app, prefix_of(foreign));
                        // With valid rows of one's own everywhere else, and without.
                        for alone in [false, true] {
                            let build = |id: &str| {
                                let ids = |at: &str| {
                                    own_or(&insider.rows, &kinds, alone, at, (&place, id))
                                };
                                let (query, mut variables) = operation.build(true, &ids);
                                insider.fill_in(&mut variables);
                                (query, variables)
                            };
                            let ((query, found), (_, missing)) = (build(foreign), build(&random));
                            let what = format!("{place} as {:?}: {query} {found}", insider.role);
                            assert!(found.to_string().contains(foreign.as_str()), "{what}");
                            let found = insider.client.gql(&query, found).await;
                            let missing = insider.client.gql(&query, missing).await;
                            is_about_the_row(&found, (operation.kind, insider.role), &what);
                            assert_eq!(told(&found), told(&missing), "{what}");
                            assert!(tables.read(&app).await == before, "{what} wrote something");
                        }
                        tried += 1;
                        walked.insert(place.clone());
                    }
                }
            }
        }
        println!(
            "{} places for ids; {tried} places x kinds x roles walked",
            walked.len()
        );
        assert_eq!(walked, kinds.keys().cloned().collect());
        assert!(
            tried >= AT_LEAST,
            "{tried} of at least {AT_LEAST} walked: {walked:#?}"
        );
    })
    .await;
}

/// The foreign ids to try at a place of this kind; of every kind at one that takes any.
fn foreign_ids<'a>(kind: &'a str, rows: &'a Rows) -> impl Iterator<Item = &'a String> {
    let fits = move |(of, _): &(&'a String, &'a String)| kind.is_empty() || *of == kind;
    rows.iter().filter(fits).map(|(_, id)| id)
}

/// The id to send at a place: the one to try, or a row of the requester's; `alone` leaves the latter out where it is
/// not needed to be valid.
fn own_or(
    own: &Rows,
    kinds: &BTreeMap<String, String>,
    alone: bool,
    at: &str,
    (place, id): (&str, &str),
) -> Option<String> {
    let optional_beside = alone && at.contains("(filter.");
    match at == place {
        true => Some(id.to_owned()),
        false if optional_beside => None,
        false => own.get(&kinds[at]).cloned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_of_ones_own_organisation_is_found_where_the_walk_finds_nothing() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let owner = Insider::new(&app, &world, Role::Owner).await;
        let schema = Schema::new();
        let kinds = schema.kinds(&owner.client, &owner.rows).await;
        for operation in schema.operations() {
            if operation.kind == "mutation" {
                continue;
            }
            for place in operation.places() {
                for id in foreign_ids(&kinds[&place], &owner.rows) {
                    let ids = |at: &str| own_or(&owner.rows, &kinds, true, at, (&place, id));
                    let (query, variables) = operation.build(true, &ids);
                    let answer = owner.client.gql(&query, variables).await;
                    let nobodys = nobodys(&app, prefix_of(id));
                    let ids = |at: &str| own_or(&owner.rows, &kinds, true, at, (&place, &nobodys));
                    let missing = operation.build(true, &ids).1;
                    let missing = owner.client.gql(&query, missing).await;
                    let logged = place.contains("auditLog(filter.entityId)");
                    // The person is not booked twice, so their list is as empty as that of nobody.
                    let empty = place == "Query.conflicts(userId)";
                    let hidden = empty || (logged && NOT_LOGGED.contains(&prefix_of(id)));
                    assert_eq!(
                        told(&answer) == told(&missing),
                        hidden,
                        "{place}: {}",
                        answer.text
                    );
                }
            }
        }
    })
    .await;
}
