//! When a mission is: its interval, its instants, its zone.

use serde_json::{Value, json};

use super::{total, with};
use crate::support::{Answer, Client, World, on_each_database, refused};

const CREATE: &str = "
    mutation($input: CreateMissionInput!) {
        createMission(input: $input) { mission { id startsAt endsAt timezone } }
    }
";

const SIGN_UP: &str = r#"
    mutation {
        signUp(input: {
            email: "z@zone.example", password: "correct horse battery staple", displayName: "Z",
            orgName: "Zone", timezone: "Indian/Reunion"
        }) { accessToken }
    }
"#;

async fn create(client: &Client, project: &str, mission: Value) -> Answer {
    client
        .gql(
            CREATE,
            json!({"input": {"projectId": project, "mission": mission}}),
        )
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mission_ends_at_least_a_microsecond_after_its_start() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Festival").await;
        for (starts, ends) in [
            ("2026-10-24T20:00:00Z", "2026-10-24T20:00:00Z"),
            ("2026-10-24T22:00:00+02:00", "2026-10-24T20:00:00Z"),
            ("2026-10-24T20:00:00Z", "2026-10-24T19:59:59.999999Z"),
            ("2026-10-24T20:00:00Z", "2026-10-24T21:00:00+02:00"),
            // Less than a microsecond apart.
            (
                "2026-10-24T20:00:00.0000001Z",
                "2026-10-24T20:00:00.0000009Z",
            ),
            // A leap second is the same instant as the second behind it.
            ("2026-12-31T23:59:60.5Z", "2027-01-01T00:00:00.5Z"),
            ("2026-12-31T23:59:60.5Z", "2027-01-01T00:00:00.2Z"),
        ] {
            let mission = json!({"title": "A", "startsAt": starts, "endsAt": ends});
            let answer = create(&world.owner, &project, mission).await;
            refused(&answer, "BAD_USER_INPUT", "mission.endsAt");
        }
        assert_eq!(total(&world.owner).await, 0);
        let (start, end) = ("2026-10-24T20:00:00Z", "2026-10-24T20:00:00.000001Z");
        let shortest = json!({"title": "A", "startsAt": start, "endsAt": end});
        let answer = create(&world.owner, &project, shortest).await;
        assert_eq!(answer.data()["createMission"]["mission"]["endsAt"], end);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn instants_come_back_in_utc_to_the_microsecond() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Festival").await;
        let (autumn, winter) = ("2026-11-01T23:59:59.999999Z", "2027-01-01T00:00:00.000001Z");
        for (given, kept, ends_at) in [
            (
                "2026-10-24T22:00:00.123456+02:00",
                "2026-10-24T20:00:00.123456Z",
                autumn,
            ),
            ("2026-10-25T02:30:00+01:00", "2026-10-25T01:30:00Z", autumn),
            (
                "2026-10-24T10:15:00.5-09:30",
                "2026-10-24T19:45:00.500Z",
                autumn,
            ),
            (
                "2026-10-24T20:00:00.123456999Z",
                "2026-10-24T20:00:00.123456Z",
                autumn,
            ),
            (
                "1970-01-01T00:00:00.000001Z",
                "1970-01-01T00:00:00.000001Z",
                "1970-01-01T00:00:00.000002Z",
            ),
            ("2026-12-31T23:59:60Z", "2027-01-01T00:00:00Z", winter),
        ] {
            let mission = json!({"title": "A", "startsAt": given, "endsAt": ends_at});
            let answer = create(&world.owner, &project, mission).await;
            let mission = &answer.data()["createMission"]["mission"];
            let read = "query($id: ID!) { mission(id: $id) { startsAt endsAt } }";
            let read = world.owner.gql(read, json!({"id": mission["id"]})).await;
            let stored = json!({"startsAt": kept, "endsAt": ends_at});
            assert_eq!(read.data()["mission"], stored);
            assert_eq!(
                (&mission["startsAt"], &mission["endsAt"]),
                (&stored["startsAt"], &stored["endsAt"])
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instant_needs_an_offset_and_a_year_from_1900_to_9999() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Festival").await;
        for instant in [
            json!("2026-10-24T22:00:00"),
            json!("2026-10-24"),
            json!("2026-10-24T25:00:00Z"),
            json!("2026-02-30T10:00:00Z"),
            json!("tomorrow"),
            json!(""),
            json!("1899-12-31T23:59:59Z"),
            json!("+10000-01-01T00:00:00Z"),
            json!("9999-12-31T23:59:60Z"),
        ] {
            for field in ["startsAt", "endsAt"] {
                let answer = create(&world.owner, &project, with(field, instant.clone())).await;
                refused(&answer, "BAD_USER_INPUT", &format!("mission.{field}"));
            }
        }
        assert_eq!(total(&world.owner).await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mission_has_an_iana_zone_and_the_organisations_by_default() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Festival").await;
        for zone in ["Europe/Pariss", "+02:00", "CEST", "", "Mars/Olympus"] {
            let answer = create(&world.owner, &project, with("timezone", zone)).await;
            refused(&answer, "BAD_USER_INPUT", "mission.timezone");
        }
        let mut client = app.client();
        let answer = client.query(SIGN_UP).await;
        client.sign_in(&answer, "signUp");
        let own = client
            .query("mutation { createProject(input: {name: \"A\"}) { project { id } } }")
            .await;
        let own = own.str("/data/createProject/project/id");
        for (client, project, given, kept) in [
            (&world.owner, project.as_str(), Value::Null, "Europe/Paris"),
            (&client, own, Value::Null, "Indian/Reunion"),
            (&client, own, json!(" UTC "), "UTC"),
        ] {
            let answer = create(client, project, with("timezone", given)).await;
            assert_eq!(answer.data()["createMission"]["mission"]["timezone"], kept);
        }
    })
    .await;
}
