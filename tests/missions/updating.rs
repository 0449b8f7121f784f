//! Changing the texts and the zone of a mission.

use chrono::TimeDelta;
use coulisses_crew::access::Role;
use coulisses_crew::ids::MissionId;
use serde_json::{Value, json};

use super::with;
use crate::support::{
    Answer, Client, Tables, World, all_at_once, audit, cancel_mission, hour, key, nobodys,
    on_each_database, outcome, refused,
};

const FIELDS: &str = "mission { title description location timezone startsAt version updatedAt }";

async fn update(client: &Client, input: Value) -> Answer {
    client.mutate("updateMission", FIELDS, input).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_of_a_mission_changes_what_it_names_and_null_empties_it() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Festival").await;
        let mut mission = with("description", "Tôt");
        mission["location"] = json!("Zénith");
        let made = world.create_mission(&project, mission).await;
        let id = made.str("/data/createMission/mission/id");
        app.state.clock.advance(TimeDelta::minutes(10));
        let input = json!({
            "id": id, "expectedVersion": 1, "title": " Montage ", "location": null, "timezone": " UTC ",
        });
        let answer = update(&world.owner, input).await;
        assert_eq!(
            answer.data()["updateMission"]["mission"],
            json!({
                "title": "Montage", "description": "Tôt", "location": null, "timezone": "UTC",
                "startsAt": "2026-09-02T08:00:00Z", "version": 2,
                "updatedAt": "2026-09-01T08:10:00Z",
            })
        );
        let entries = audit(&app, "updateMission").await;
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].entity_id, key::<MissionId>(id).uuid());
        assert_eq!(
            entries[0].changes,
            json!({
                "title": ["Load-in", "Montage"], "location": ["Zénith", null],
                "timezone": ["Europe/Paris", "UTC"],
            })
        );
        let found = world
            .owner
            .query(r#"{ missions(filter: {search: "montage"}) { nodes { title } } }"#)
            .await;
        assert_eq!(found.texts("/data/missions/nodes", "/title"), ["Montage"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn title_and_zone_of_a_mission_cannot_be_emptied() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Festival").await;
        let (id, _) = world.place(&project, (&hour(24), &hour(26)), 1).await;
        let before = Tables::of(&app).await.read(&app).await;
        for (field, value) in [
            ("title", json!(null)),
            ("title", json!(" ")),
            ("timezone", json!(null)),
            ("timezone", json!("Mars/Olympus")),
            ("location", json!("é".repeat(501))),
            ("description", json!("é".repeat(10_001))),
        ] {
            let mut input = json!({"id": id});
            input[field] = value;
            refused(&update(&world.owner, input).await, "BAD_USER_INPUT", field);
        }
        // Nothing differs, so nothing is written.
        let same = json!({"id": id, "title": "Load-in ", "description": "", "location": null});
        let answer = update(&world.owner, same).await;
        assert_eq!(answer.data()["updateMission"]["mission"]["version"], 1);
        assert_eq!(Tables::of(&app).await.read(&app).await, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_eight_who_change_the_same_version_of_a_mission_one_succeeds() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Festival").await;
        let (id, _) = world.place(&project, (&hour(24), &hour(26)), 1).await;
        let request = |i: i32| {
            let input = json!({"id": id, "expectedVersion": 1, "title": format!("M{i}")});
            (world.owner.clone(), "updateMission", FIELDS, input)
        };
        let answers = all_at_once((0..8).map(request).collect()).await;
        let mut outcomes: Vec<&str> = answers.iter().map(outcome).collect();
        outcomes.sort_unstable();
        assert_eq!(outcomes[0], "OK", "{outcomes:?}");
        assert_eq!(outcomes[1..], ["VERSION_CONFLICT"; 7], "{outcomes:?}");
        for expected in [1, 3] {
            let input = json!({"id": id, "expectedVersion": expected, "title": "Late"});
            let answer = update(&world.owner, input).await;
            refused(&answer, "VERSION_CONFLICT", "expectedVersion");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mission_that_is_over_or_cancelled_can_still_be_described() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Festival").await;
        let (id, _) = world.place(&project, (&hour(24), &hour(26)), 1).await;
        cancel_mission(&app, &id).await;
        app.state.clock.advance(TimeDelta::hours(48));
        let owner = world.owner_again().await;
        let input = json!({"id": id, "description": "It rained."});
        let answer = update(&owner, input).await;
        assert_eq!(answer.data()["updateMission"]["mission"]["version"], 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_manager_of_the_organisation_changes_a_mission() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let other = World::new(&app, "scene").await;
        let project = world.project("Festival").await;
        let (id, _) = world.place(&project, (&hour(24), &hour(26)), 1).await;
        let (tech, _) = world.member(Role::Tech).await;
        let input = |id: &str| json!({"id": id, "title": "B"});
        assert_eq!(update(&tech, input(&id)).await.code(), "FORBIDDEN");
        for id in [&id, &nobodys(&app, MissionId::PREFIX)] {
            refused(&update(&other.owner, input(id)).await, "NOT_FOUND", "id");
        }
        let (manager, _) = world.member(Role::Manager).await;
        update(&manager, input(&id)).await.data();
    })
    .await;
}
