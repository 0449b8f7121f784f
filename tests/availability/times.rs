//! When a slot may be, and that the longest one is found.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::changing::{slot, update};
use crate::support::{CREATE_AVAILABILITY, World, audit, hour, instant, on_each_database, refused};

#[tokio::test(flavor = "multi_thread")]
async fn a_slot_is_at_most_366_days_long_and_between_1970_and_2200() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let lea = world.user("Léa", &[]).await;
        let create = async |from: &str, to: &str| {
            let input = json!({"userId": lea, "startsAt": from, "endsAt": to, "kind": "AVAILABLE"});
            world
                .owner
                .gql(CREATE_AVAILABILITY, json!({"input": input}))
                .await
        };
        for (from, to, field) in [
            ("2028-01-01T00:00:00Z", "2029-01-01T00:00:00Z", None),
            (
                "2028-01-01T00:00:00Z",
                "2029-01-01T00:00:00.000001Z",
                Some("endsAt"),
            ),
            ("1970-01-01T00:00:00Z", "1970-01-02T00:00:00Z", None),
            (
                "1969-12-31T23:59:59.999999Z",
                "1970-01-02T00:00:00Z",
                Some("startsAt"),
            ),
            ("2199-12-31T00:00:00Z", "2200-01-01T00:00:00Z", None),
            (
                "2199-12-31T00:00:00Z",
                "2200-01-01T00:00:00.000001Z",
                Some("endsAt"),
            ),
            (
                "2200-01-01T00:00:00Z",
                "2200-01-02T00:00:00Z",
                Some("startsAt"),
            ),
        ] {
            let answer = create(from, to).await;
            match field {
                None => drop(answer.data().clone()),
                Some(field) => refused(&answer, "BAD_USER_INPUT", field),
            }
        }
        let id = slot(&world, &lea, (0, 10), "AVAILABLE").await;
        let days = |days: i64| (instant(&hour(10)) - TimeDelta::days(days)).to_rfc3339();
        update(&world.owner, json!({"id": id, "startsAt": days(366)}))
            .await
            .data();
        let longer = (instant(&days(366)) - TimeDelta::microseconds(1)).to_rfc3339();
        // Named is what was sent.
        for (input, field) in [
            (json!({"startsAt": longer}), "startsAt"),
            (json!({"startsAt": hour(10)}), "startsAt"),
            (json!({"endsAt": days(366)}), "endsAt"),
            (json!({"startsAt": hour(3), "endsAt": hour(2)}), "endsAt"),
            (json!({"startsAt": null}), "startsAt"),
            (json!({"endsAt": null}), "endsAt"),
            (json!({"endsAt": "tomorrow"}), "endsAt"),
            (json!({"kind": null}), "kind"),
            (json!({"note": "é".repeat(10_001)}), "note"),
        ] {
            let mut input = input;
            input["id"] = json!(id);
            refused(&update(&world.owner, input).await, "BAD_USER_INPUT", field);
        }
        assert_eq!(audit(&app, "updateAvailability").await.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_longest_slot_is_found_at_its_end() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let lea = world.user("Léa", &[]).await;
        let (start, end) = (instant(&hour(0)), instant(&hour(366 * 24)));
        let input = json!({
            "userId": lea, "startsAt": start.to_rfc3339(), "endsAt": end.to_rfc3339(),
            "kind": "UNAVAILABLE",
        });
        world
            .owner
            .gql(CREATE_AVAILABILITY, json!({"input": input}))
            .await
            .data();
        let found = async |from: i64, to: i64| {
            let at = |micros| (end + TimeDelta::microseconds(micros)).to_rfc3339();
            let query = "query($id: ID!, $from: DateTime!, $to: DateTime!) {
                user(id: $id) { availability(from: $from, to: $to) { kind } }
            }";
            let variables = json!({"id": lea, "from": at(from), "to": at(to)});
            let answer = world.owner.gql(query, variables).await;
            answer.data()["user"]["availability"]
                .as_array()
                .expect("a list")
                .len()
        };
        assert_eq!(found(-1, 0).await, 1);
        assert_eq!(found(0, 1).await, 0);
        // So it is among candidates, and it warns there.
        let warned = async |micros: i64| {
            let starts_at = (end + TimeDelta::microseconds(micros)).to_rfc3339();
            let ends_at = (end + TimeDelta::hours(1)).to_rfc3339();
            let project = world.project(&format!("P{micros}")).await;
            let (_, role) = world.place(&project, (&starts_at, &ends_at), 1).await;
            let query = "query($role: ID!) { candidates(roleId: $role) { availability } }";
            let answer = world.owner.gql(query, json!({"role": role})).await;
            let said = answer.data()["candidates"][0]["availability"].clone();
            let answer = world.try_invite(&role, &[&lea]).await;
            let warnings = &answer.data()["inviteToMission"]["warnings"];
            let warnings = warnings.as_array().expect("a list").iter();
            let warnings = warnings.filter(|warning| warning["code"] == "UNAVAILABLE");
            (said, warnings.count())
        };
        assert_eq!(warned(-1).await, (json!("UNAVAILABLE"), 1));
        assert_eq!(warned(0).await, (Value::Null, 0));
    })
    .await;
}
