//! Rows that are read in brief where a document shows no more of them.

use coulisses_crew::access::Role;
use diesel::sql_query;
use serde_json::json;

use crate::support::{Rows, Schema, TestApp, World, hour, on_each_database, rows};

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

/// What a board shows of each type.
#[derive(Clone, Copy)]
struct Shown {
    mission: &'static str,
    assignment: &'static str,
    user: &'static str,
}

/// What the brief parts of the rows are enough for.
const BRIEF: Shown = Shown {
    mission: "id title startsAt",
    assignment: "id status invitedAt",
    user: "id displayName",
};

fn board(project: &str, shown: Shown) -> String {
    let user = format!("user {{ {} }}", shown.user);
    let assignments = format!("assignments {{ {} {user} }}", shown.assignment);
    let missions = format!("nodes {{ {} {assignments} }}", shown.mission);
    format!(r#"{{ project(id: "{project}") {{ missions {{ {missions} }} }} }}"#)
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
async fn take_away(app: &TestApp, table: &str, columns: &str) {
    for column in columns.split(' ') {
        let rename = format!("ALTER TABLE {table} RENAME COLUMN {column} TO gone_{column}");
        let renamed = app
            .state
            .db
            .write(async |conn| conn.execute(sql_query(&rename)).await);
        renamed.await.expect("a column of another name");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_does_not_read_what_it_does_not_show() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = project(&world, 2, "@x.example").await;
        let all = world.owner.query(&board(&project, BRIEF)).await;
        // What finds out who asks reads the account of the person.
        let of_users = "display_name_folded email phone archived_at created_at version";
        let of_assignments = "reason invited_by responded_at created_at updated_at";
        let of_missions = "description created_at updated_at version";
        take_away(&app, "missions", of_missions).await;
        take_away(&app, "users", of_users).await;
        take_away(&app, "assignments", of_assignments).await;
        let brief = world.owner.query(&board(&project, BRIEF)).await;
        assert_eq!(brief.data(), all.data());
        for whole in [
            Shown {
                user: "phone",
                ..BRIEF
            },
            Shown {
                assignment: "reason",
                ..BRIEF
            },
        ] {
            let whole = world.owner.query(&board(&project, whole)).await;
            assert_eq!(whole.code(), "INTERNAL");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whole_rows_take_as_many_statements_as_brief_ones() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let statements = async |query: &str| {
            let before = app.db.statements();
            world.owner.query(query).await.data();
            app.db.statements() - before
        };
        let whole = Shown {
            mission: "description version",
            assignment: "reason updatedAt",
            user: "email phone version",
        };
        for missions in [1, 50] {
            let project = project(&world, missions, &format!("@{missions}.example")).await;
            // The session and its account's place, the project, its missions, their assignments, the people.
            for shown in [BRIEF, whole] {
                assert_eq!(statements(&board(&project, shown)).await, 6);
            }
        }
    })
    .await;
}

/// Two fields of one level that show a row differently take a statement each, whatever the number of rows.
#[tokio::test(flavor = "multi_thread")]
async fn a_level_that_shows_rows_in_brief_and_whole_takes_two_statements() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = project(&world, 3, "@x.example").await;
        let before = app.db.statements();
        let both = Shown {
            assignment: "whole: user { phone }",
            ..BRIEF
        };
        let answer = world.owner.query(&board(&project, both)).await;
        assert_eq!(app.db.statements() - before, 7);
        let shown = answer
            .data()
            .pointer("/project/missions/nodes/2/assignments/0");
        let shown = shown.expect("an assignment");
        assert_eq!(shown["whole"], json!({"phone": "1"}));
        assert_eq!(shown["user"]["displayName"], "Léa");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_shows_a_tech_the_private_fields_of_nobody_else() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = project(&world, 1, "@x.example").await;
        let (tech, own) = world.member(Role::Tech).await;
        let (_, role) = world.place(&project, (&hour(48), &hour(50)), 1).await;
        world.invite(&role, &[&own]).await;
        let private = Shown {
            user: "displayName email phone account { __typename }",
            ..BRIEF
        };
        let answer = tech.query(&board(&project, private)).await;
        let user = |i: usize| {
            let place = format!("/project/missions/nodes/{i}/assignments/0/user");
            answer.data().pointer(&place).expect("a person").clone()
        };
        let nothing = json!({"displayName": "Léa", "email": null, "phone": null, "account": null});
        assert_eq!(user(0), nothing);
        assert_eq!(user(1)["account"], json!({"__typename": "Account"}));
        let owners = world.owner.query(&board(&project, private)).await;
        let place = "/project/missions/nodes/0/assignments/0/user/phone";
        assert_eq!(owners.data().pointer(place), Some(&json!("1")));
    })
    .await;
}
