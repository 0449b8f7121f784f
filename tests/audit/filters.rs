//! Which entries a filter finds.

use chrono::TimeDelta;
use coulisses_crew::access::Role;
use coulisses_crew::db::types::Timestamp;
use serde_json::{Value, json};

use super::{entries, log};
use crate::support::{Schema, UPDATE_USER, World, instant, nobodys, on_each_database, refused};

/// The action and the object of each entry.
fn told(entries: &[Value]) -> Vec<(&str, &str)> {
    entries
        .iter()
        .map(|entry| {
            let field = |name: &str| entry[name].as_str().expect("a text");
            (field("action"), field("entityId"))
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_finds_by_object_actor_action_and_time_and_by_all_of_them() {
    on_each_database(async |app| {
        let mut world = World::new(&app, "regie").await;
        app.state.clock.advance(TimeDelta::days(1));
        world.owner = world.login("owner@regie.example").await;
        let (manager, _) = world.member(Role::Manager).await;
        app.state.clock.advance(TimeDelta::minutes(1));
        let (lea, max) = (world.user("Léa", &[]).await, world.user("Max", &[]).await);
        app.state.clock.advance(TimeDelta::microseconds(1));
        for (client, id) in [(&world.owner, &lea), (&manager, &lea), (&manager, &max)] {
            let phone = app.state.random.bytes::<4>();
            let input = json!({"id": id, "phone": format!("{phone:?}")});
            client
                .gql(UPDATE_USER, json!({"input": input}))
                .await
                .data();
        }
        app.state.clock.advance(TimeDelta::microseconds(1));
        let project = world.project("Gala").await;

        let me = manager.query("{ me { id } }").await;
        let actor = me.str("/data/me/id");
        let (made, changed) = (("createUser", &*lea), ("updateUser", &*lea));
        let (made_max, changed_max) = (("createUser", &*max), ("updateUser", &*max));
        let gala = ("createProject", &*project);
        let day = "2026-09-02T08:01:00Z";
        let [then, next] = [1, 2].map(|micros| format!("2026-09-02T08:01:00.00000{micros}Z"));
        let later = json!({"from": day});
        for (filter, expected) in [
            (json!({"entityId": lea}), vec![changed, changed, made]),
            (json!({"entityId": project}), vec![gala]),
            (
                json!({"actorId": actor, "from": day}),
                vec![changed_max, changed],
            ),
            (json!({"action": ["createProject"]}), vec![gala]),
            (
                json!({"action": ["createProject", "updateUser"]}),
                vec![gala, changed_max, changed, changed],
            ),
            (json!({"action": []}), vec![]),
            (json!({"action": ["noSuchMutation"]}), vec![]),
            (json!({"action": ["CREATEPROJECT"]}), vec![]),
            // Half-open, to the microsecond.
            (json!({"from": day, "to": then}), vec![made_max, made]),
            (
                json!({"from": then, "to": next}),
                vec![changed_max, changed, changed],
            ),
            (json!({"from": next}), vec![gala]),
            (
                json!({
                    "entityId": lea, "actorId": actor, "action": ["updateUser", "createUser"],
                    "from": then, "to": next,
                }),
                vec![changed],
            ),
            (
                json!({"entityId": lea, "action": ["createUser"], "from": then}),
                vec![],
            ),
        ] {
            let found = entries(&world.owner, filter.clone()).await;
            let (mut found, mut expected) = (told(&found), expected);
            // Those of the same instant come in the order of their ids, which are random.
            found.sort_unstable();
            expected.sort_unstable();
            assert_eq!(found, expected, "{filter}");
        }
        let all = entries(&world.owner, later).await;
        let at = |entry: &Value| instant(entry["at"].as_str().expect("a text"));
        let times: Vec<Timestamp> = all.iter().map(at).collect();
        assert!(times.is_sorted_by(|one, other| one >= other), "{times:?}");
        assert_eq!(told(&all)[0], gala);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_id_of_any_kind_of_row_is_taken_and_another_kind_with_the_same_key_is_not_found() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let lea = world.user("Léa", &[]).await;
        let schema = Schema::new();
        let (_, key) = lea.split_once('_').expect("an id");
        let mut tried = 0;
        for (prefix, of) in schema.prefixes() {
            tried += 1;
            let found = entries(&world.owner, json!({"entityId": format!("{prefix}_{key}")})).await;
            assert_eq!(found.len(), usize::from(of == "User"), "{prefix}");
            let nobodys = json!({"entityId": nobodys(&app, prefix)});
            assert!(entries(&world.owner, nobodys).await.is_empty());
        }
        assert!(tried > 11, "{tried} kinds");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_no_entry_can_fit_is_refused_at_its_field() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let lea = world.user("Léa", &[]).await;
        let (_, key) = lea.split_once('_').expect("an id");
        let day = "2026-09-02T08:00:00Z";
        for (filter, field) in [
            (json!({"entityId": "nonsense"}), "filter.entityId"),
            (json!({"entityId": key}), "filter.entityId"),
            (
                json!({"entityId": format!("ghost_{key}")}),
                "filter.entityId",
            ),
            (json!({"actorId": lea}), "filter.actorId"),
            (json!({"action": ["createUser", ""]}), "filter.action.1"),
            (json!({"action": ["create\0User"]}), "filter.action.0"),
            (json!({"action": ["x".repeat(201)]}), "filter.action.0"),
            (json!({"from": day, "to": day}), "filter.to"),
            (json!({"from": "yesterday"}), "filter.from"),
        ] {
            refused(&log(&world.owner, filter).await, "BAD_USER_INPUT", field);
        }
    })
    .await;
}
