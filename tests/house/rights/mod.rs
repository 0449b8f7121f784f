//! Who may do what: the matrix of the schema's fields and the requesters, tried field by field, and printed to
//! `docs/rights.md`. A new field needs one row in `tests/house/rights/table.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use coulisses_crew::access::Role::Tech;
use serde_json::{Value, json};

use crate::support::{
    Answer, Client, Operation, REMOVE_MEMBER, Rows, Schema, TestApp, World, nobodys,
    on_each_database, prefix_of, rows,
};
use table::{Policy, RANKS, RIGHTS, Rank};

mod table;

fn code(answer: &Answer) -> &str {
    match answer.body.get("errors") {
        Some(_) => answer.code(),
        None => "OK",
    }
}

#[test]
fn every_query_and_mutation_has_its_row_in_the_matrix() {
    let schema = Schema::new();
    let all: BTreeSet<String> = schema.operations().iter().map(Operation::name).collect();
    let root = |name: &&String| name.starts_with("Query.") || name.starts_with("Mutation.");
    let rows: BTreeSet<String> = RIGHTS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(rows.len(), RIGHTS.len(), "a field has two rows");
    let without: Vec<&String> = all
        .iter()
        .filter(root)
        .filter(|name| !rows.contains(*name))
        .collect();
    assert!(
        without.is_empty(),
        "give these fields a row in tests/house/rights/table.rs: {without:?}"
    );
    let unknown: Vec<&String> = rows.difference(&all).collect();
    assert!(
        unknown.is_empty(),
        "rows in RIGHTS without a field: {unknown:?}"
    );
}

#[test]
fn every_guard_of_the_source_is_the_one_of_the_matrix() {
    let mut files = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/api.rs")];
    collect(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src/domains"),
        &mut files,
    );
    let mut guards = BTreeMap::new();
    for file in files {
        let text = std::fs::read_to_string(file).expect("a source file");
        let (mut owner, mut guard) = (String::new(), None);
        for line in text.lines().map(str::trim_start) {
            let word = |from: &str| {
                let rest = line.split_once(from).map(|(_, rest)| rest)?;
                rest.split(|c: char| !c.is_alphanumeric() && c != '_')
                    .next()
            };
            if line.starts_with("impl") {
                let name = word("impl ").unwrap_or_default();
                let root = ["Query", "Mutation"]
                    .into_iter()
                    .find(|root| name.ends_with(root));
                owner = root.unwrap_or(name).to_owned();
            } else if line.contains("guard = ") {
                guard = word("guard = ").map(str::to_owned);
            } else if let (Some(name), Some(guard)) = (
                word("async fn "),
                guard.take_if(|_| line.contains("async fn ")),
            ) {
                guards.insert(format!("{owner}.{}", camel(name)), guard);
            }
        }
        assert_eq!(guard, None, "a guard that no field follows");
    }
    let guards: BTreeSet<(String, String)> = guards.into_iter().collect();
    let expected: BTreeSet<(String, String)> = RIGHTS
        .iter()
        .filter_map(|(name, least)| Some(((*name).to_owned(), least.guard()?.to_owned())))
        .collect();
    assert_eq!(
        guards.difference(&expected).collect::<Vec<_>>(),
        expected.difference(&guards).collect::<Vec<_>>(),
        "left: guards of the source that RIGHTS does not have; right: the other way round"
    );
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => collect(&path, files),
            false => files.push(path),
        }
    }
}

fn camel(name: &str) -> String {
    let (first, rest) = name.split_once('_').unwrap_or((name, ""));
    let rest = rest.split('_').filter(|word| !word.is_empty());
    rest.fold(first.to_owned(), |text, word| {
        text + &word[..1].to_uppercase() + &word[1..]
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn each_field_answers_those_whom_the_matrix_names_and_nobody_else() {
    on_each_database(async |app| {
        let (world, other) = (
            World::new(&app, "regie").await,
            World::new(&app, "autre").await,
        );
        let others = rows(&app, &world, &world.member(Tech).await, "regie").await;
        let schema = Schema::new();
        let kinds = schema.kinds(&world.owner, &others).await;
        for operation in schema.operations() {
            let name = operation.name();
            let Some((_, least)) = RIGHTS.iter().find(|(of, _)| *of == name) else {
                continue;
            };
            let own = |own: &Rows, place: &str| {
                own.get(&kinds[place])
                    .cloned()
                    .or_else(|| own.get("account").cloned())
            };
            for rank in RANKS {
                let allowed = rank >= least.rank();
                // Whoever may change a row is given one that nobody has.
                let ids = |place: &str| match own(&others, place) {
                    Some(id) if allowed && operation.kind == "mutation" => {
                        Some(nobodys(&app, prefix_of(&id)))
                    }
                    id => id,
                };
                let (query, variables) = operation.build(false, &ids);
                let what = format!("{name} as {rank:?}");
                let client = client(&app, &world, rank).await;
                check(
                    &client.gql(&query, variables).await,
                    &operation.pointer(),
                    (*least, rank),
                    &what,
                );
                if rank >= Rank::Member(Tech) && !allowed && least.has_own() {
                    let (client, user) = member(&world, rank).await;
                    let project = format!("{name} {rank:?}");
                    let mine = rows(&app, &world, &(client.clone(), user), &project).await;
                    let (query, variables) = operation.build(false, &|place| own(&mine, place));
                    let answer = client.gql(&query, variables).await;
                    check(
                        &answer,
                        &operation.pointer(),
                        (*least, least.rank()),
                        &format!("{what}, own row"),
                    );
                }
            }
            let (query, variables) = operation.build(false, &|place| own(&others, place));
            let stranger = other.login("owner@autre.example").await;
            let answer = stranger.gql(&query, variables).await;
            assert!(!answer.text.contains("regie"), "{name}: {}", answer.text);
            // There they own everything, and here there is nothing.
            assert!(
                !["UNAUTHENTICATED", "FORBIDDEN"].contains(&code(&answer)),
                "{name}: {}",
                answer.text
            );
        }
    })
    .await;
}

/// Somebody new, because a mutation may end their session or their membership.
async fn client(app: &TestApp, world: &World<'_>, rank: Rank) -> Client {
    if rank == Rank::Nobody {
        return app.client();
    }
    let (client, _) = member(world, rank).await;
    if rank == Rank::Account {
        let me = client.query("{ me { memberships { id } } }").await;
        let id = me.str("/data/me/memberships/0/id");
        world
            .owner
            .gql(REMOVE_MEMBER, json!({"id": id}))
            .await
            .data();
    }
    client
}

async fn member(world: &World<'_>, rank: Rank) -> (Client, String) {
    match rank {
        Rank::Member(role) => world.member(role).await,
        Rank::Nobody | Rank::Account => world.member(Tech).await,
    }
}

/// Asserts what a field answers a requester of this rank.
fn check(answer: &Answer, pointer: &str, (least, rank): (Policy, Rank), what: &str) {
    let (code, found) = (code(answer), answer.body.pointer(pointer));
    let null = found.is_none_or(Value::is_null);
    let holds = if rank >= least.rank() {
        let refused = ["UNAUTHENTICATED", "FORBIDDEN", "BAD_REQUEST", "INTERNAL"];
        !(refused.contains(&code) || least.hides() && null)
    } else if rank == Rank::Nobody {
        code == "UNAUTHENTICATED"
    } else if rank >= Rank::Member(Tech) && least.hides() {
        code == "OK" && null
    } else {
        // What is above a guarded field may be null already.
        code == "FORBIDDEN" || (code == "OK" && found.is_none())
    };
    assert!(holds, "{what}: {}", answer.text);
}

#[test]
fn docs_rights_md_is_what_the_matrix_says() {
    let mut text = include_str!("head.md").to_owned();
    for (name, least) in RIGHTS {
        let cells = RANKS.map(|rank| least.cell(rank));
        let elsewhere = least.elsewhere();
        writeln!(text, "| `{name}` | {} | {elsewhere} |", cells.join(" | ")).expect("a line");
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rights.md");
    #[expect(clippy::disallowed_methods, reason = "whoever runs the tests says so")]
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &text).expect("docs/rights.md");
    }
    let committed = std::fs::read_to_string(&path)
        .unwrap_or_default()
        .replace("\r\n", "\n");
    assert!(
        committed == text,
        "docs/rights.md is out of date; write it anew: UPDATE_DOCS=1 cargo test rights"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sees_or_ends_the_sessions_of_somebody_else() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (tech, _) = world.member(Tech).await;
        let listed = "{ org { members { nodes { account { sessions { id } } } } } }";
        assert_eq!(world.owner.query(listed).await.code(), "FORBIDDEN");
        let sessions = tech.query("{ me { sessions { id } } }").await;
        let id = sessions.str("/data/me/sessions/0/id");
        let revoke = "mutation($id: ID!) { revokeSession(input: {sessionId: $id}) { sessionId } }";
        let revoke = async |id: &str| world.owner.gql(revoke, json!({"id": id})).await;
        let (found, missing) = (
            revoke(id).await,
            revoke(&nobodys(&app, prefix_of(id))).await,
        );
        assert_eq!((found.code(), &found.body), ("NOT_FOUND", &missing.body));
        tech.query("{ me { id } }").await.data();
    })
    .await;
}
