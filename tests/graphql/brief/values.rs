//! However an object was reached, its fields are the same.

use coulisses_crew::access::Role;
use serde_json::json;

use crate::support::{Rows, Schema, World, on_each_database, rows};

/// The ways to a row of a type: the fields around it, and where the row is in the answer.
fn ways(of: &str, rows: &Rows) -> Vec<(String, &'static str)> {
    let at = |field: &str, kind: &str| format!(r#"{field}(id: "{}")"#, rows[kind]);
    let [user, project, mission, assignment] =
        ["user", "project", "mission", "assignment"].map(|name| at(name, name));
    let [role, slot, invitation] =
        ["role", "availability", "invitation"].map(|kind| at("node", kind));
    match of {
        "User" => vec![
            (format!("{user} SELECTED"), "/user"),
            (
                format!("{assignment} {{ user SELECTED }}"),
                "/assignment/user",
            ),
            (
                format!("{slot} {{ ... on Availability {{ user SELECTED }} }}"),
                "/node/user",
            ),
            ("users { nodes SELECTED }".to_owned(), "/users/nodes/0"),
        ],
        "Assignment" => vec![
            (format!("{assignment} SELECTED"), "/assignment"),
            (
                format!("{mission} {{ assignments SELECTED }}"),
                "/mission/assignments/0",
            ),
            (
                format!("{role} {{ ... on MissionRole {{ assignments SELECTED }} }}"),
                "/node/assignments/0",
            ),
            (
                format!("{invitation} {{ ... on Invitation {{ assignment SELECTED }} }}"),
                "/node/assignment",
            ),
            (
                format!("{user} {{ assignments {{ nodes SELECTED }} }}"),
                "/user/assignments/nodes/0",
            ),
            (
                "assignments { edges { node SELECTED } }".to_owned(),
                "/assignments/edges/0/node",
            ),
        ],
        "Mission" => vec![
            (format!("{mission} SELECTED"), "/mission"),
            (
                format!("{assignment} {{ mission SELECTED }}"),
                "/assignment/mission",
            ),
            (
                format!("{role} {{ ... on MissionRole {{ mission SELECTED }} }}"),
                "/node/mission",
            ),
            (
                format!("{project} {{ missions {{ nodes SELECTED }} }}"),
                "/project/missions/nodes/0",
            ),
            (
                format!("{project} {{ missions {{ edges {{ node SELECTED }} }} }}"),
                "/project/missions/edges/0/node",
            ),
            (
                "projects(first: 2) { nodes { missions(first: 2) { nodes SELECTED } } }".to_owned(),
                "/projects/nodes/1/missions/nodes/0",
            ),
            (
                "missions { nodes SELECTED }".to_owned(),
                "/missions/nodes/0",
            ),
            (
                "missions { edges { node SELECTED } }".to_owned(),
                "/missions/edges/0/node",
            ),
        ],
        _ => unreachable!("its rows are not read in parts"),
    }
}

/// The types whose rows are read in two parts, and what their ids begin with.
const IN_PARTS: [(&str, &str); 3] = [
    ("User", "user"),
    ("Assignment", "assignment"),
    ("Mission", "mission"),
];

/// Each field of a type with what it needs.
fn selections(schema: &Schema, of: &str) -> Vec<String> {
    let fields = schema.fields(of).into_iter();
    let selection = |name: &str| match name {
        "availability" => r#"(from: "2026-01-01T00:00:00Z", to: "2027-01-01T00:00:00Z") { id }"#,
        "assignments" if of == "User" => "{ nodes { id } }",
        "staffing" => "{ needed invited accepted open }",
        "account" | "assignments" | "invitation" | "mission" | "project" | "role" | "roles"
        | "user" => "{ id }",
        _ => "",
    };
    fields
        .map(|field| format!("{0} {1}", field.name.node, selection(&field.name.node)))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_has_the_same_value_however_its_object_was_reached() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let member = world.member(Role::Tech).await;
        // The missions of several projects are read by a statement of their own.
        world.project("Another").await;
        let rows = rows(&app, &world, &member, "Name").await;
        let declined = json!({"id": rows["assignment"], "reason": "busy"});
        world
            .owner
            .mutate("declineAssignment", "assignment { id }", declined)
            .await
            .data();
        let schema = Schema::new();
        for (of, kind) in IN_PARTS {
            let selections = selections(&schema, of);
            assert!(selections.len() > 8, "{of}: {selections:?}");
            for selected in &selections {
                let whole = format!(
                    r#"{{ node(id: "{}") {{ ... on {of} {{ {selected} }} }} }}"#,
                    rows[kind]
                );
                let whole = world.owner.query(&whole).await;
                for (way, place) in ways(of, &rows) {
                    let way = way.replace("SELECTED", &format!("{{ {selected} }}"));
                    let found = world.owner.query(&format!("{{ {way} }}")).await;
                    assert_eq!(
                        found.data().pointer(place),
                        Some(&whole.data()["node"]),
                        "{way}"
                    );
                }
            }
            // All at once, out of fragments, beside the name of the type.
            let all = selections.join(" ");
            let all = format!("{{ __typename ... on Node {{ id ... on {of} {{ {all} }} }} }}");
            for (way, place) in ways(of, &rows) {
                let found = world
                    .owner
                    .query(&format!("{{ {} }}", way.replace("SELECTED", &all)))
                    .await;
                let row = found.data().pointer(place).expect("a row");
                assert_eq!(row["__typename"], of);
                assert_eq!(row["id"], *rows[kind]);
            }
        }
    })
    .await;
}
