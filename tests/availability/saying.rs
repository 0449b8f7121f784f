//! Adding slots, and reading them.

use coulisses_crew::access::Role;
use coulisses_crew::ids::{AvailabilityId, UserId};
use serde_json::{Value, json};

use crate::support::{
    Answer, Client, World, accept, archive_user, audit, hour, key, nobodys, on_each_database,
    refused,
};

const CREATE: &str = "
    mutation($input: CreateAvailabilityInput!) {
        createAvailability(input: $input) {
            availability { id user { id } startsAt endsAt kind note }
            clashes { id status }
        }
    }
";

const OF_A_PERSON: &str = "
    query($id: ID!, $from: DateTime!, $to: DateTime!) {
        user(id: $id) { availability(from: $from, to: $to) { startsAt } }
    }
";

const TWO_TIMES: &str = r#"
    {
        users(first: 9) {
            nodes {
                displayName
                early: availability(from: "2026-10-24T08:00:00Z", to: "2026-10-24T09:00:00Z") {
                    kind
                }
                noon: availability(from: "2026-10-24T10:00:00Z", to: "2026-10-24T12:00:00Z") {
                    kind
                }
            }
        }
    }
"#;

async fn create(client: &Client, input: Value) -> Answer {
    client.gql(CREATE, json!({"input": input})).await
}

fn slot(user: &str, (from, to): (&str, &str), kind: &str) -> Value {
    json!({"userId": user, "startsAt": from, "endsAt": to, "kind": kind})
}

/// The ids of what clashes.
fn clashes(answer: &Answer) -> Vec<&str> {
    let clashes = &answer.data()["createAvailability"]["clashes"];
    let clashes = clashes.as_array().expect("a list").iter();
    clashes
        .map(|row| row["id"].as_str().expect("an id"))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slot_is_made_by_a_manager_or_the_person_and_leaves_one_audit_entry() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (tech, own) = world.member(Role::Tech).await;
        let (manager, _) = world.member(Role::Manager).await;
        let times = (
            "2026-10-24T22:00:00.000001+02:00",
            "2026-10-25T06:00:00+01:00",
        );
        for (client, kind) in [
            (&tech, "UNAVAILABLE"),
            (&manager, "AVAILABLE"),
            (&world.owner, "UNAVAILABLE"),
        ] {
            let mut input = slot(&own, times, kind);
            input["note"] = json!(" Vacances ");
            let answer = create(client, input).await;
            let id = answer
                .str("/data/createAvailability/availability/id")
                .to_owned();
            assert!(id.starts_with("availability_"), "{id}");
            assert_eq!(
                answer.data()["createAvailability"],
                json!({
                    "availability": {
                        "id": id, "user": {"id": own}, "startsAt": "2026-10-24T20:00:00.000001Z",
                        "endsAt": "2026-10-25T05:00:00Z", "kind": kind, "note": "Vacances",
                    },
                    "clashes": [],
                })
            );
            let node = "query($id: ID!) { node(id: $id) { ... on Availability { kind note } } }";
            let node = tech.gql(node, json!({"id": id})).await;
            assert_eq!(
                node.data()["node"],
                json!({"kind": kind, "note": "Vacances"})
            );
            let entries = audit(&app, "createAvailability").await;
            let id = key::<AvailabilityId>(&id).uuid();
            let entries: Vec<_> = entries
                .iter()
                .filter(|entry| entry.entity_id == id)
                .collect();
            assert_eq!(entries.len(), 1);
            assert_eq!(entries[0].entity_type, "Availability");
            assert_eq!(
                entries[0].changes,
                json!({
                    "user": [null, own], "startsAt": [null, "2026-10-24T20:00:00.000001Z"],
                    "endsAt": [null, "2026-10-25T05:00:00Z"], "kind": [null, kind],
                    "note": [null, "Vacances"],
                })
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tech_is_forbidden_the_slots_of_others_whether_they_exist_or_not() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let other = World::new(&app, "scene").await;
        let (tech, _) = world.member(Role::Tech).await;
        let (lea, theirs) = (world.user("Léa", &[]).await, other.user("Max", &[]).await);
        let missing = nobodys(&app, UserId::PREFIX);
        let times = (&*hour(2), &*hour(4));
        for id in [&lea, &theirs, &missing] {
            let answer = create(&tech, slot(id, times, "AVAILABLE")).await;
            assert_eq!(answer.code(), "FORBIDDEN");
            assert_eq!(
                create(&app.client(), slot(id, times, "AVAILABLE"))
                    .await
                    .code(),
                "UNAUTHENTICATED"
            );
        }
        let foreign = create(&world.owner, slot(&theirs, times, "AVAILABLE")).await;
        refused(&foreign, "NOT_FOUND", "userId");
        assert_eq!(
            foreign.body,
            create(&world.owner, slot(&missing, times, "AVAILABLE"))
                .await
                .body
        );
        assert!(audit(&app, "createAvailability").await.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slot_that_breaks_a_rule_is_refused_at_its_field() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let lea = world.user("Léa", &[]).await;
        let refuse = async |field: &str, input: Value| {
            refused(&create(&world.owner, input).await, "BAD_USER_INPUT", field);
        };
        let start = "2026-10-24T10:00:00Z";
        for end in [
            start,
            "2026-10-24T09:59:59.999999Z",
            "2026-10-24T12:00:00+02:00",
        ] {
            refuse("endsAt", slot(&lea, (start, end), "AVAILABLE")).await;
        }
        refuse(
            "startsAt",
            slot(&lea, ("2026-10-24T10:00:00", start), "AVAILABLE"),
        )
        .await;
        refuse("endsAt", slot(&lea, (start, "2026-10-25"), "AVAILABLE")).await;
        let project = world.project("Festival").await;
        refuse("userId", slot(&project, (start, &hour(1400)), "AVAILABLE")).await;
        let mut long = slot(&lea, (start, "2026-10-24T10:00:00.000001Z"), "AVAILABLE");
        long["note"] = json!("é".repeat(10_001));
        refuse("note", long.clone()).await;
        long["note"] = json!("é".repeat(10_000));
        create(&world.owner, long).await.data();
        archive_user(&app, &lea).await;
        refuse("userId", slot(&lea, (start, &hour(1400)), "AVAILABLE")).await;
        assert_eq!(audit(&app, "createAvailability").await.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unavailable_slot_tells_accepted_missions_it_overlaps_and_cancels_nothing() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (lea, max) = (world.user("Léa", &[]).await, world.user("Max", &[]).await);
        let project = world.project("Festival").await;
        let client = app.client();
        let book = async |(from, to): (i64, i64), user: &str, yes: bool| {
            let (_, role) = world.place(&project, (&hour(from), &hour(to)), 1).await;
            let (id, token) = world.invite(&role, &[user]).await.remove(0);
            if yes {
                accept(&client, &token).await.data();
            }
            id
        };
        let before = book((10, 12), &lea, true).await;
        let at_start = book((19, 21), &lea, true).await;
        let at_end = book((29, 31), &lea, true).await;
        book((24, 25), &lea, false).await;
        book((24, 25), &max, true).await;
        let behind = book((40, 42), &lea, true).await;
        let say = async |from: &str, to: &str, kind: &str| {
            create(&world.owner, slot(&lea, (from, to), kind)).await
        };

        assert!(clashes(&say(&hour(5), &hour(50), "AVAILABLE").await).is_empty());
        assert!(clashes(&say(&hour(12), &hour(19), "UNAVAILABLE").await).is_empty());
        assert_eq!(
            clashes(&say(&hour(20), &hour(30), "UNAVAILABLE").await),
            [&at_start, &at_end]
        );
        // At the microsecond.
        let edge = |hours: i64, ends: &str| hour(hours).replace(":00Z", ends);
        assert_eq!(
            clashes(&say(&hour(31), &edge(40, ":00.000001Z"), "UNAVAILABLE").await),
            [&behind]
        );
        assert_eq!(
            clashes(&say(&edge(11, ":00.999999Z"), &hour(12), "UNAVAILABLE").await),
            [&before]
        );

        let statuses = world
            .owner
            .query("{ assignments(first: 50) { nodes { status } } }")
            .await;
        let count = |status: &str| {
            let nodes = statuses.data()["assignments"]["nodes"]
                .as_array()
                .expect("a list");
            nodes.iter().filter(|row| row["status"] == status).count()
        };
        assert_eq!((count("ACCEPTED"), count("INVITED")), (5, 1));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_availability_of_a_person_is_the_overlapping_slots_by_start() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (lea, max) = (world.user("Léa", &[]).await, world.user("Max", &[]).await);
        let day = |time: &str| format!("2026-10-24T{time}Z");
        for (user, from, to, kind) in [
            (&lea, "14:00:00", "16:00:00", "UNAVAILABLE"),
            (&lea, "08:00:00", "10:00:00", "AVAILABLE"),
            (&lea, "10:00:00", "12:00:00", "UNAVAILABLE"),
            (&lea, "09:00:00", "15:00:00", "AVAILABLE"),
            (&max, "09:30:00", "11:00:00", "AVAILABLE"),
        ] {
            create(&world.owner, slot(user, (&day(from), &day(to)), kind))
                .await
                .data();
        }
        let starts = async |from: &str, to: &str| -> Vec<String> {
            let answer = world
                .owner
                .gql(
                    OF_A_PERSON,
                    json!({"id": lea, "from": day(from), "to": day(to)}),
                )
                .await;
            let slots = answer.data()["user"]["availability"]
                .as_array()
                .expect("a list")
                .clone();
            slots
                .iter()
                .map(|slot| slot["startsAt"].as_str().expect("text")[11..16].to_owned())
                .collect()
        };
        assert_eq!(
            starts("00:00:00", "23:00:00").await,
            ["08:00", "09:00", "10:00", "14:00"]
        );
        assert_eq!(starts("10:00:00", "14:00:00").await, ["09:00", "10:00"]);
        assert_eq!(
            starts("09:59:59.999999", "14:00:00.000001").await,
            ["08:00", "09:00", "10:00", "14:00"]
        );
        assert_eq!(starts("15:00:00", "15:00:00.000001").await, ["14:00"]);
        assert!(starts("16:00:00", "17:00:00").await.is_empty());
        assert!(starts("07:00:00", "08:00:00").await.is_empty());
        for (from, to) in [("10:00:00", "10:00:00"), ("11:00:00", "10:00:00")] {
            let answer = world
                .owner
                .gql(
                    OF_A_PERSON,
                    json!({"id": lea, "from": day(from), "to": day(to)}),
                )
                .await;
            assert_eq!(answer.error(), ("BAD_USER_INPUT", "to"));
        }

        // Several people and intervals in one query do not mix.
        assert_eq!(
            world.owner.query(TWO_TIMES).await.data()["users"]["nodes"],
            json!([
                {
                    "displayName": "Léa", "early": [{"kind": "AVAILABLE"}],
                    "noon": [{"kind": "AVAILABLE"}, {"kind": "UNAVAILABLE"}],
                },
                {"displayName": "Max", "early": [], "noon": [{"kind": "AVAILABLE"}]},
            ])
        );
    })
    .await;
}
