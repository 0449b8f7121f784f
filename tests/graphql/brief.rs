//! Rows that are read in brief where a document shows no more of them.

use coulisses_crew::access::Role;
use diesel::sql_query;
use serde_json::{Value, json};

use crate::support::{Answer, Rows, Schema, TestApp, World, hour, on_each_database, rows};

/// The ways to a row of a type: the fields around it, and where the row is in the answer.
fn ways(of: &str, rows: &Rows) -> Vec<(String, &'static str)> {
    let root = |field: &str, kind: &str| format!(r#"{field}(id: "{}")"#, rows[kind]);
    let (user, assignment) = (root("user", "user"), root("assignment", "assignment"));
    let slot = root("node", "availability");
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
        ],
        _ => Vec::new(),
    }
}

/// The types whose rows are read in two parts, and what their ids begin with.
const IN_PARTS: [(&str, &str); 1] = [("User", "user")];

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
            // All at once, and the name of the type.
            for (way, place) in ways(of, &rows) {
                let all = format!("{{ __typename {} }}", selections.join(" "));
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

/// A board with these fields of the people.
fn board(project: &str, user: &str) -> String {
    format!(
        r#"{{
            project(id: "{project}") {{
                missions {{ nodes {{ title assignments {{ status user {{ {user} }} }} }} }}
            }}
        }}"#
    )
}

/// A project with so many missions, each with one person who is invited to it.
async fn project(world: &World<'_>, missions: i64, email: &str) -> String {
    let project = world.project(&format!("{missions} missions")).await;
    let people = (0..missions)
        .map(|i| json!({"displayName": "Léa", "email": format!("{i}{email}"), "phone": "1"}));
    for (i, person) in (0..).zip(people) {
        let user = world
            .owner
            .mutate("createUser", "user { id }", person)
            .await;
        let (from, to) = (hour(24 * i), hour(24 * i + 8));
        let (_, role) = world.place(&project, (&from, &to), 1).await;
        world
            .invite(&role, &[user.str("/data/createUser/user/id")])
            .await;
    }
    project
}

/// Takes away the columns that a list usually does not show.
async fn take_away(app: &TestApp, table: &str, columns: &[&str]) {
    for column in columns {
        let rename = format!("ALTER TABLE {table} RENAME COLUMN {column} TO gone_{column}");
        let renamed = app
            .state
            .db
            .write(async |conn| conn.execute(sql_query(&rename)).await);
        renamed.await.expect("a column of another name");
    }
}

fn people(board: &Answer) -> Vec<&Value> {
    let missions = board.data()["project"]["missions"]["nodes"]
        .as_array()
        .expect("missions");
    missions
        .iter()
        .map(|mission| &mission["assignments"][0]["user"])
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_does_not_read_what_it_does_not_show() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = project(&world, 2, "@x.example").await;
        // What tells who asks reads `account_id`.
        let columns = [
            "display_name_folded",
            "email",
            "phone",
            "archived_at",
            "created_at",
            "version",
        ];
        take_away(&app, "users", &columns).await;
        let brief = world
            .owner
            .query(&board(&project, "id displayName skills tags"))
            .await;
        assert_eq!(people(&brief)[1]["displayName"], "Léa");
        let whole = world
            .owner
            .query(&board(&project, "id displayName email"))
            .await;
        assert_eq!(whole.code(), "INTERNAL");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rest_of_the_rows_of_a_level_takes_no_statement_of_its_own() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let statements = async |query: &str| {
            let before = app.db.statements();
            world.owner.query(query).await.data();
            app.db.statements() - before
        };
        for missions in [1, 50] {
            let project = project(&world, missions, &format!("@{missions}.example")).await;
            // The session and its account's place, the project, missions, assignments, people.
            assert_eq!(statements(&board(&project, "id displayName")).await, 6);
            assert_eq!(
                statements(&board(&project, "email phone version createdAt")).await,
                6
            );
        }
    })
    .await;
}
