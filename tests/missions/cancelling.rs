//! Cancelling missions, and what it means for the people on them.

use chrono::TimeDelta;
use coulisses_crew::access::Role;
use coulisses_crew::ids::MissionId;
use serde_json::{Value, json};

use super::{accepted, invited, read, status};
use crate::support::{
    Answer, Client, Tables, World, accept, assert_invariants, audit, decline, hour, key, nobodys,
    on_each_database, refused,
};

async fn cancel(client: &Client, input: Value) -> Answer {
    let fields = "mission { cancelledAt version }";
    client.mutate("cancelMission", fields, input).await
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_a_mission_cancels_who_is_invited_or_has_accepted_with_the_reason() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Festival").await;
        let (id, role) = world.place(&project, (&hour(24), &hour(26)), 2).await;
        let lea = accepted(&world, &role, "Léa").await;
        let max = invited(&world, &role, "Max").await;
        let zoe = invited(&world, &role, "Zoé").await;
        decline(&app.client(), &zoe.token).await.data();
        let answer = cancel(&world.owner, json!({"id": id, "reason": " Storm "})).await;
        assert_eq!(
            answer.data()["cancelMission"]["mission"],
            json!({"cancelledAt": "2026-09-01T08:00:00Z", "version": 2})
        );
        let mission = read(&world.owner, &id).await;
        let of = |id: &str| {
            let mut rows = mission["assignments"].as_array().expect("rows").iter();
            rows.find(|row| row["id"] == id).expect("a row").clone()
        };
        for person in [&lea, &max] {
            let row = of(&person.assignment);
            assert_eq!(
                (&row["status"], &row["reason"]),
                (&json!("CANCELLED"), &json!("Storm"))
            );
            assert_eq!(
                accept(&app.client(), &person.token).await.code(),
                "INVALID_TOKEN"
            );
        }
        let row = of(&zoe.assignment);
        assert_eq!(
            (&row["status"], &row["reason"]),
            (&json!("DECLINED"), &json!("busy"))
        );
        assert_invariants(&app).await;

        let entries = audit(&app, "cancelMission").await;
        assert_eq!(entries.len(), 3);
        let of_mission = entries.iter().find(|entry| entry.entity_type == "Mission");
        let of_mission = of_mission.expect("an entry of the mission");
        assert_eq!(of_mission.entity_id, key::<MissionId>(&id).uuid());
        assert_eq!(
            of_mission.changes,
            json!({"cancelledAt": [null, "2026-09-01T08:00:00Z"], "reason": [null, "Storm"]})
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_a_mission_again_succeeds_and_writes_nothing() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Festival").await;
        let (id, _) = world.place(&project, (&hour(24), &hour(26)), 2).await;
        cancel(&world.owner, json!({"id": id})).await.data();
        // Also when it would have started by now.
        app.state.clock.advance(TimeDelta::hours(25));
        let owner = world.owner_again().await;
        let before = Tables::of(&app).await.read(&app).await;
        let again = cancel(&owner, json!({"id": id, "reason": "Storm"})).await;
        assert_eq!(again.data()["cancelMission"]["mission"]["version"], 2);
        assert_eq!(Tables::of(&app).await.read(&app).await, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mission_can_be_cancelled_until_the_microsecond_before_it_starts() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Festival").await;
        let (started, role) = world.place(&project, (&hour(24), &hour(26)), 2).await;
        let start = app.state.clock.now() + TimeDelta::hours(24) + TimeDelta::microseconds(1);
        let (from, to) = (start.to_rfc3339(), hour(26));
        let (coming, _) = world.place(&project, (&from, &to), 2).await;
        let lea = accepted(&world, &role, "Léa").await;
        app.state.clock.advance(TimeDelta::hours(24));
        let owner = world.owner_again().await;
        let closed = cancel(&owner, json!({"id": started})).await;
        assert_eq!(closed.code(), "MISSION_CLOSED");
        assert_eq!(status(&owner, &lea.assignment).await, "ACCEPTED");
        cancel(&owner, json!({"id": coming})).await.data();
        app.state.clock.advance(TimeDelta::hours(24));
        let owner = world.owner_again().await;
        let closed = cancel(&owner, json!({"id": started})).await;
        assert_eq!(closed.code(), "MISSION_CLOSED");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_manager_of_the_organisation_cancels_a_mission() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let other = World::new(&app, "scene").await;
        let project = world.project("Festival").await;
        let (id, _) = world.place(&project, (&hour(24), &hour(26)), 1).await;
        let (tech, _) = world.member(Role::Tech).await;
        assert_eq!(cancel(&tech, json!({"id": id})).await.code(), "FORBIDDEN");
        for id in [&id, &nobodys(&app, MissionId::PREFIX)] {
            refused(
                &cancel(&other.owner, json!({"id": id})).await,
                "NOT_FOUND",
                "id",
            );
        }
        let long = json!({"id": id, "reason": "é".repeat(10_001)});
        refused(
            &cancel(&world.owner, long).await,
            "BAD_USER_INPUT",
            "reason",
        );
        assert!(audit(&app, "cancelMission").await.is_empty());
        let (manager, _) = world.member(Role::Manager).await;
        cancel(&manager, json!({"id": id})).await.data();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_takes_as_many_statements_for_twenty_people_as_for_two() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Festival").await;
        let mut counts = Vec::new();
        for people in [2, 20] {
            let (id, role) = world.place(&project, (&hour(24), &hour(34)), 20).await;
            for i in 0..people {
                // Each is asked and answers at another instant.
                app.state.clock.advance(TimeDelta::seconds(1));
                accepted(&world, &role, &format!("P{people}-{i}")).await;
            }
            invited(&world, &role, &format!("Q{people}")).await;
            let before = app.db.statements();
            cancel(&world.owner, json!({"id": id})).await.data();
            counts.push(app.db.statements() - before);
        }
        println!("statements of cancelMission with 3 and with 21 people: {counts:?}");
        assert_eq!(counts[0], counts[1]);
    })
    .await;
}
