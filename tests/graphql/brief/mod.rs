//! Rows that are read in brief where a document shows no more of them.

mod values;

use coulisses_crew::access::Role;
use diesel::sql_query;
use serde_json::json;

use crate::support::{TestApp, World, hour, on_each_database};

const PAGE: &str = "
    {
        missions {
            totalCount
            edges { cursor node { __typename id title } }
            pageInfo { hasNextPage }
        }
    }
";

const MISSION: &str = "query($id: ID!) { mission(id: $id) { title staffing { open } } }";

const ROLE: &str = "
    query($id: ID!) {
        node(id: $id) {
            ... on MissionRole { staffing { open } mission { id } assignments { id } }
        }
    }
";

const ASSIGNMENT: &str = "
    query($id: ID!) {
        assignment(id: $id) { status mission { title } user { displayName } }
    }
";

const PERSON: &str = "query($id: ID!) { user(id: $id) { displayName skills tags } }";

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

const FIRST_OF_EACH: Shown = Shown {
    mission: "id roles { id }",
    ..BRIEF
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
async fn what_a_document_does_not_show_is_not_read() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = project(&world, 2, "@x.example").await;
        let found = world.owner.query(&board(&project, FIRST_OF_EACH)).await;
        let at = |place: &str| {
            let place = format!("/project/missions/nodes/0/{place}");
            found.data().pointer(&place).expect("an id").clone()
        };
        let documents = [
            (board(&project, BRIEF), json!({})),
            (PAGE.to_owned(), json!({})),
            (MISSION.to_owned(), json!({"id": at("id")})),
            (ROLE.to_owned(), json!({"id": at("roles/0/id")})),
            (ASSIGNMENT.to_owned(), json!({"id": at("assignments/0/id")})),
            (
                PERSON.to_owned(),
                json!({"id": at("assignments/0/user/id")}),
            ),
        ];
        let mut before = Vec::new();
        for (document, variables) in &documents {
            let answer = world.owner.gql(document, variables.clone()).await;
            before.push(answer.data().clone());
        }
        // What finds out who asks reads the account of the person.
        let of_users = "display_name_folded email phone archived_at created_at version";
        take_away(&app, "users", of_users).await;
        let of_assignments = "reason invited_by responded_at created_at updated_at";
        take_away(&app, "assignments", of_assignments).await;
        take_away(
            &app,
            "missions",
            "description created_at updated_at version",
        )
        .await;
        for ((document, variables), before) in documents.iter().zip(before) {
            let answer = world.owner.gql(document, variables.clone()).await;
            assert_eq!(*answer.data(), before);
        }
        for whole in [
            Shown {
                user: "phone",
                ..BRIEF
            },
            Shown {
                assignment: "reason",
                ..BRIEF
            },
            Shown {
                mission: "version",
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
async fn whole_rows_take_a_statement_more_for_each_list_that_may_have_long_texts() {
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
            // And how long the texts of the assignments are.
            for (shown, expected) in [(BRIEF, 6), (whole, 7)] {
                assert_eq!(statements(&board(&project, shown)).await, expected);
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

#[tokio::test(flavor = "multi_thread")]
async fn a_payload_shows_the_whole_row_without_a_statement() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("P").await;
        let (mission, role) = world.place(&project, (&hour(24), &hour(34)), 9).await;
        let (lea, max) = (world.user("Léa", &[]).await, world.user("Max", &[]).await);
        let invite = |user: &str| json!({"roleId": role, "userIds": [user]});
        let invitations = |fields: &str| format!("invitations {{ assignment {{ {fields} }} }}");
        let user = |fields: &str| format!("user {{ {fields} }}");
        let of_mission = |fields: &str| format!("mission {{ {fields} }}");
        let steps = [
            (
                "updateUser",
                ["id", "email phone archivedAt createdAt version"].map(user),
                ["1", "2"].map(|phone| json!({"id": lea, "phone": phone})),
            ),
            (
                "updateMission",
                ["id", "description createdAt updatedAt version"].map(of_mission),
                ["a", "b"].map(|title| json!({"id": mission, "title": title})),
            ),
            (
                "inviteToMission",
                ["id", "reason respondedAt createdAt updatedAt"].map(invitations),
                [invite(&lea), invite(&max)],
            ),
        ];
        for (name, selections, inputs) in steps {
            let mut taken = Vec::new();
            for (selection, input) in selections.iter().zip(inputs) {
                let before = app.db.statements();
                world.owner.mutate(name, selection, input).await.data();
                taken.push(app.db.statements() - before);
            }
            assert_eq!(taken[0], taken[1], "{name}");
        }
    })
    .await;
}
