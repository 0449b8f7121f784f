//! Changing and deleting slots.

use chrono::TimeDelta;
use coulisses_crew::access::Role;
use coulisses_crew::ids::AvailabilityId;
use serde_json::{Value, json};

use crate::support::{
    ARCHIVE_USER, Answer, CREATE_AVAILABILITY, Client, TestApp, World, accept, audit, hour,
    instant, key, nobodys, on_each_database, refused,
};

const UPDATE: &str = "
    mutation($input: UpdateAvailabilityInput!) {
        updateAvailability(input: $input) {
            availability { id startsAt endsAt kind note }
            clashes { id }
            clashesTotal
        }
    }
";

const DELETE: &str = "
    mutation($id: ID!) {
        deleteAvailability(input: {id: $id}) { availabilityId }
    }
";

pub(super) async fn update(client: &Client, input: Value) -> Answer {
    client.gql(UPDATE, json!({"input": input})).await
}

async fn delete(client: &Client, id: &str) -> Answer {
    client.gql(DELETE, json!({"id": id})).await
}

/// A slot of a person from one hour to another; its id.
pub(super) async fn slot(
    world: &World<'_>,
    user: &str,
    (from, to): (i64, i64),
    kind: &str,
) -> String {
    let input = json!({
        "userId": user, "startsAt": hour(from), "endsAt": hour(to), "kind": kind, "note": "Away",
    });
    let made = world
        .owner
        .gql(CREATE_AVAILABILITY, json!({"input": input}))
        .await;
    made.str("/data/createAvailability/availability/id")
        .to_owned()
}

/// The slots that a person has at all.
async fn slots(world: &World<'_>, user: &str) -> usize {
    let query = "query($id: ID!, $from: DateTime!, $to: DateTime!) {
        user(id: $id) { availability(from: $from, to: $to) { id } }
    }";
    let variables = json!({"id": user, "from": hour(-9000), "to": hour(9000)});
    let answer = world.owner.gql(query, variables).await;
    let list = answer.data()["user"]["availability"].as_array();
    list.expect("a list").len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_is_left_out_stays_and_null_removes_the_note() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let lea = world.user("Léa", &[]).await;
        let id = slot(&world, &lea, (10, 20), "AVAILABLE").await;
        let mut expected = json!({
            "id": id, "startsAt": hour(10), "endsAt": hour(20), "kind": "AVAILABLE", "note": "Away",
        });
        for changes in [
            json!({"startsAt": hour(11)}),
            json!({"endsAt": hour(21)}),
            json!({"startsAt": hour(30), "endsAt": hour(31)}),
            json!({"kind": "UNAVAILABLE"}),
            json!({"note": "Here"}),
            json!({"note": null}),
        ] {
            let mut input = changes.clone();
            input["id"] = json!(id);
            for (field, value) in changes.as_object().expect("fields") {
                expected[field] = value.clone();
            }
            // The log is in the order of time.
            app.state.clock.advance(TimeDelta::seconds(1));
            let answer = update(&world.owner, input.clone()).await;
            assert_eq!(
                answer.data()["updateAvailability"]["availability"],
                expected
            );
            // The same again changes nothing.
            update(&world.owner, input).await.data();
        }
        let entries = audit(&app, "updateAvailability").await;
        assert_eq!(entries.len(), 6, "one for each change");
        assert_eq!(entries[0].entity_id, key::<AvailabilityId>(&id).uuid());
        assert_eq!(
            entries[0].changes,
            json!({"startsAt": [hour(10), hour(11)]})
        );
        assert_eq!(entries[5].changes, json!({"note": ["Here", null]}));
        assert_eq!(slots(&world, &lea).await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slot_that_becomes_unavailable_tells_what_was_accepted_in_it() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let lea = world.user("Léa", &[]).await;
        let (_, role) = world
            .place(&world.project("P").await, (&hour(20), &hour(24)), 1)
            .await;
        let (assignment, token) = world.invite(&role, &[&lea]).await.remove(0);
        accept(&app.client(), &token).await.data();
        let id = slot(&world, &lea, (10, 20), "UNAVAILABLE").await;
        let edge = (instant(&hour(20)) + TimeDelta::microseconds(1)).to_rfc3339();
        for (changes, clashes) in [
            (json!({"note": "touches"}), json!([])),
            (json!({"endsAt": edge}), json!([{"id": assignment}])),
            // Told again, although nothing changes.
            (json!({}), json!([{"id": assignment}])),
            (json!({"kind": "AVAILABLE"}), json!([])),
            (
                json!({"kind": "UNAVAILABLE", "startsAt": hour(24), "endsAt": hour(30)}),
                json!([]),
            ),
        ] {
            let mut input = changes;
            input["id"] = json!(id);
            let answer = update(&world.owner, input).await;
            let payload = &answer.data()["updateAvailability"];
            assert_eq!(payload["clashes"], clashes);
            assert_eq!(
                payload["clashesTotal"],
                clashes.as_array().expect("a list").len()
            );
        }
        let status = "query($id: ID!) { assignment(id: $id) { status } }";
        let status = world.owner.gql(status, json!({"id": assignment})).await;
        assert_eq!(status.data()["assignment"]["status"], "ACCEPTED");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slot_is_changed_and_deleted_by_a_manager_or_its_person_and_nobody_else() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let other = World::new(&app, "scene").await;
        let (tech, own) = world.member(Role::Tech).await;
        let (manager, _) = world.member(Role::Manager).await;
        let (lea, zoe) = (world.user("Léa", &[]).await, other.user("Zoé", &[]).await);
        let colleagues = slot(&world, &lea, (1, 2), "AVAILABLE").await;
        let theirs = slot(&other, &zoe, (1, 2), "AVAILABLE").await;
        let missing = nobodys(&app, AvailabilityId::PREFIX);
        let both = async |client: &Client, id: &str| {
            let input = json!({"id": id, "kind": "UNAVAILABLE"});
            [update(client, input).await, delete(client, id).await]
        };
        for answer in both(&tech, &colleagues).await {
            assert_eq!(answer.code(), "FORBIDDEN");
        }
        for client in [&tech, &manager] {
            for id in [&theirs, &missing] {
                for answer in both(client, id).await {
                    refused(&answer, "NOT_FOUND", "id");
                }
            }
        }
        for answer in both(&app.client(), &colleagues).await {
            assert_eq!(answer.code(), "UNAUTHENTICATED");
        }
        assert!(audit(&app, "updateAvailability").await.is_empty());
        for client in [&tech, &manager] {
            let id = slot(&world, &own, (1, 2), "AVAILABLE").await;
            for answer in both(client, &id).await {
                answer.data();
            }
            refused(&delete(client, &id).await, "NOT_FOUND", "id");
        }
        assert_eq!(slots(&world, &own).await, 0);
        let entries = audit(&app, "deleteAvailability").await;
        assert_eq!(entries.len(), 2);
        assert_eq!(
            entries[0].changes,
            json!({
                "user": [own, null], "startsAt": [hour(1), null], "endsAt": [hour(2), null],
                "kind": ["UNAVAILABLE", null], "note": ["Away", null],
            })
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_slots_of_an_archived_person_can_only_be_deleted() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let lea = world.user("Léa", &[]).await;
        let id = slot(&world, &lea, (1, 2), "AVAILABLE").await;
        world
            .owner
            .gql(ARCHIVE_USER, json!({"input": {"id": lea}}))
            .await
            .data();
        let answer = update(&world.owner, json!({"id": id, "note": "x"})).await;
        refused(&answer, "BAD_USER_INPUT", "id");
        delete(&world.owner, &id).await.data();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_who_delete_a_slot_at_once_one_does() {
    on_each_database(async |app: TestApp| {
        let world = World::new(&app, "regie").await;
        let lea = world.user("Léa", &[]).await;
        for _ in 0..4 {
            let id = slot(&world, &lea, (1, 2), "AVAILABLE").await;
            let tasks: Vec<_> = (0..4)
                .map(|_| {
                    let (client, id) = (world.owner.clone(), id.clone());
                    tokio::spawn(async move { delete(&client, &id).await })
                })
                .collect();
            let mut deleted = 0;
            for task in tasks {
                let answer = task.await.expect("a task");
                match answer.body.get("errors") {
                    None => deleted += 1,
                    Some(_) => refused(&answer, "NOT_FOUND", "id"),
                }
            }
            assert_eq!(deleted, 1);
        }
        assert_eq!(audit(&app, "deleteAvailability").await.len(), 4);
    })
    .await;
}
