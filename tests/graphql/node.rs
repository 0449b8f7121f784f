//! `node` shows a row to exactly those who are shown it by another field, and shows them the same. The ways to rows
//! are found in the schema: a new field is walked too.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::Name;
use coulisses_crew::access::Role;
use serde_json::{Value, json};

use crate::support::{
    Client, REMOVE_MEMBER, Rows, Schema, TestApp, World, join, named, on_each_database, rows,
};

/// Somebody who looks, and what is theirs.
struct Viewer {
    name: &'static str,
    client: Client,
    rows: Rows,
}

/// The values of a row that stand for themselves, by field.
type Leaves = BTreeMap<String, Value>;

/// What somebody was shown, by id, each time.
type Shown = BTreeMap<String, Vec<Leaves>>;

/// Somebody of each role, and somebody who had a place in the organisation. The OWNER belongs to the other one too.
async fn viewers(app: &TestApp, world: &World<'_>, other: &World<'_>) -> Vec<Viewer> {
    let mut viewers = Vec::new();
    for (name, role) in [
        ("TECH", Role::Tech),
        ("MANAGER", Role::Manager),
        ("ADMIN", Role::Admin),
        ("OWNER", Role::Owner),
        ("nobody any more", Role::Tech),
    ] {
        let member = world.member(role).await;
        let rows = rows(app, world, &member, &name.to_lowercase()).await;
        let client = member.0;
        viewers.push(Viewer { name, client, rows });
    }
    join(app, &other.org_id, &viewers[3].client, Role::Tech).await;
    let gone = json!({"id": viewers[4].rows["membership"]});
    world.owner.gql(REMOVE_MEMBER, gone).await.data();
    viewers
}

/// Whether a field's value stands for itself: it is no object with fields of its own.
fn is_leaf(schema: &Schema, owner: &str, field: &str) -> bool {
    let mut fields = schema.fields(owner).into_iter();
    fields.any(|of| {
        of.name.node == field
            && of.arguments.is_empty()
            && schema.fields(named(&of.ty.node)).is_empty()
    })
}

/// Notes each row in an answer.
fn collect(schema: &Schema, answer: &Value, shown: &mut Shown) {
    match answer {
        Value::Array(values) => values
            .iter()
            .for_each(|value| collect(schema, value, shown)),
        Value::Object(fields) => {
            if let (Some(id), Some(owner)) = (fields.get("id"), fields.get("__typename")) {
                let owner = owner.as_str().expect("a name");
                let leaves = fields
                    .iter()
                    .filter(|(name, _)| is_leaf(schema, owner, name));
                let leaves = leaves.map(|(name, value)| (name.clone(), value.clone()));
                let id = id.as_str().expect("an id").to_owned();
                shown.entry(id).or_default().push(leaves.collect());
            }
            fields
                .values()
                .for_each(|value| collect(schema, value, shown));
        }
        _ => {}
    }
}

/// Posts an operation. A field that may not be seen is null, and takes nothing else with it.
async fn ask(client: &Client, query: &str, variables: Value) -> Value {
    let body = json!({"query": query, "variables": variables, "onError": "NULL"});
    let mut answer = client.post_graphql(&body.to_string()).await.body;
    answer["data"].take()
}

/// Walks every way to a row but `node`, with the ids of all.
async fn walk(
    schema: &Schema,
    kinds: &BTreeMap<String, String>,
    viewer: &Viewer,
    all: &[Viewer],
) -> Shown {
    let mut shown = Shown::new();
    for operation in schema.operations() {
        if operation.kind == "mutation" || operation.name() == "Query.node" {
            continue;
        }
        for of in all {
            let ids = |place: &str| of.rows.get(&kinds[place]).cloned();
            let (query, variables) = operation.build(true, &ids);
            collect(
                schema,
                &ask(&viewer.client, &query, variables).await,
                &mut shown,
            );
        }
    }
    shown
}

/// What `node` shows of a row.
async fn node(schema: &Schema, client: &Client, id: &str) -> Option<Leaves> {
    let of = schema.type_of(id).expect("a type");
    let fields = schema.fields(of).into_iter().map(|field| &field.name.node);
    let leaves: Vec<&str> = fields
        .map(Name::as_str)
        .filter(|name| is_leaf(schema, of, name))
        .collect();
    let query = format!(
        "query($id: ID!) {{ node(id: $id) {{ ... on {of} {{ {} }} }} }}",
        leaves.join(" ")
    );
    match ask(client, &query, json!({"id": id})).await["node"].take() {
        Value::Object(fields) => Some(fields.into_iter().collect()),
        _ => None,
    }
}

#[test]
fn every_type_with_an_id_is_a_node() {
    let schema = Schema::new();
    let with_id: BTreeSet<&str> = schema.prefixes().into_values().collect();
    let hint = "left: types with an id; right: those in `nodes!` in src/api.rs";
    assert_eq!(with_id, schema.implementors("Node"), "{hint}");
}

#[tokio::test(flavor = "multi_thread")]
async fn node_shows_a_row_to_whom_another_field_shows_it_and_to_nobody_else() {
    on_each_database(async |app| {
        let (world, other) = (
            World::new(&app, "regie").await,
            World::new(&app, "geheim").await,
        );
        let viewers = viewers(&app, &world, &other).await;
        let foreign = rows(&app, &other, &other.member(Role::Admin).await, "geheim").await;
        let schema = Schema::new();
        let kinds = schema.kinds(&world.owner, &viewers[3].rows).await;

        let mut shown = Vec::new();
        for viewer in &viewers {
            shown.push(walk(&schema, &kinds, viewer, &viewers).await);
        }
        let mut ids: BTreeSet<&String> = shown.iter().flat_map(Shown::keys).collect();
        let found: BTreeSet<&str> = ids.iter().filter_map(|id| schema.type_of(id)).collect();
        assert_eq!(
            found,
            schema.implementors("Node"),
            "the walk finds every kind"
        );
        ids.extend(viewers.iter().flat_map(|viewer| viewer.rows.values()));
        ids.extend(foreign.values());

        let mut wrong = Vec::new();
        for (viewer, shown) in viewers.iter().zip(&shown) {
            for id in &ids {
                let there = node(&schema, &viewer.client, id).await;
                let elsewhere = shown.get(*id).map_or(&[][..], Vec::as_slice);
                if there.is_some() == elsewhere.is_empty()
                    || elsewhere
                        .iter()
                        .any(|leaves| Some(leaves) != there.as_ref())
                {
                    wrong.push(format!(
                        "{}: {id}: {there:?}, elsewhere {elsewhere:?}",
                        viewer.name
                    ));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    })
    .await;
}
