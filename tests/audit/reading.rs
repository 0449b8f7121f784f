//! What an entry tells, and to whom.

use chrono::TimeDelta;
use coulisses_crew::access::Role;
use coulisses_crew::db::schema::users;
use coulisses_crew::ids::{AccountId, UserId};
use diesel::prelude::*;
use serde_json::{Value, json};

use super::{entries, log};
use crate::support::{
    CREATE_USER, Client, NOW, REMOVE_MEMBER, UPDATE_USER, World, accept, key, on_each_database,
};

const ACTORS: &str = "
    {
        auditLog(first: 200, filter: {action: [\"createProject\"]}) {
            nodes { actor { email memberships { role } } }
        }
    }
";

const ACCOUNT: &str = "query($id: ID!) { node(id: $id) { ... on Account { email } } }";

async fn me(client: &Client) -> Value {
    let me = client.query("{ me { id displayName } }").await;
    me.data()["me"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_tells_who_did_what_to_which_row_and_what_differs() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (manager, _) = world.member(Role::Manager).await;
        let input = json!({"displayName": "Léa", "phone": "1", "skills": ["Son", "Lumière"]});
        let made = manager.gql(CREATE_USER, json!({"input": input})).await;
        let lea = made.str("/data/createUser/user/id");
        app.state.clock.advance(TimeDelta::seconds(1));
        let input = json!({"id": lea, "phone": null, "tags": ["A"]});
        world
            .owner
            .gql(UPDATE_USER, json!({"input": input}))
            .await
            .data();

        let found = entries(&world.owner, json!({"entityId": lea})).await;
        let entry = |i: usize, at: &str, actor: Value, action: &str, changes: Value| {
            json!({
                "id": found[i]["id"], "at": at, "actor": actor, "action": action,
                "entityType": "User", "entityId": lea, "changes": changes,
            })
        };
        assert_eq!(
            json!(found),
            json!([
                entry(
                    0,
                    "2026-09-01T08:00:01Z",
                    me(&world.owner).await,
                    "updateUser",
                    json!({"phone": ["1", null], "tags": [[], ["A"]]}),
                ),
                entry(
                    1,
                    NOW,
                    me(&manager).await,
                    "createUser",
                    json!({
                        "displayName": [null, "Léa"], "phone": [null, "1"],
                        "skills": [null, ["Lumière", "Son"]], "tags": [null, []],
                    }),
                ),
            ])
        );
        for entry in &found {
            let id = entry["id"].as_str().expect("an id");
            assert!(id.starts_with("audit_"), "{id}");
            let node = "query($id: ID!) { node(id: $id) { ... on AuditEntry { changes } } }";
            let node = async |client: &Client| {
                let answer = client.gql(node, json!({"id": id})).await;
                answer.data()["node"].clone()
            };
            assert_eq!(
                node(&world.owner).await,
                json!({"changes": entry["changes"]})
            );
            assert_eq!(node(&manager).await, Value::Null);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_by_token_has_no_actor() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let lea = world.user("Léa", &[]).await;
        let times = ("2026-10-10T08:00:00Z", "2026-10-10T18:00:00Z");
        let (_, role) = world.place(&world.project("P").await, times, 1).await;
        let (id, token) = world.invite(&role, &[&lea]).await.remove(0);
        accept(&app.client(), &token).await.data();
        let found = entries(&world.owner, json!({"action": ["acceptInvitation"]})).await;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0]["actor"], Value::Null);
        assert_eq!(found[0]["entityId"], json!(id));
        assert_eq!(
            found[0]["changes"]["status"],
            json!(["INVITED", "ACCEPTED"])
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_holds_the_organisation_of_the_token_only() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let other = World::new(&app, "scene").await;
        let theirs = other.project("Theirs").await;
        world.project("Ours").await;
        let all = log(&world.owner, json!({})).await;
        assert!(!all.text.contains("Theirs"), "{}", all.text);
        assert!(all.text.contains("Ours"), "{}", all.text);
        let them = me(&other.owner).await["id"].clone();
        for filter in [json!({"entityId": theirs}), json!({"actorId": them})] {
            assert_eq!(
                entries(&world.owner, filter.clone()).await,
                Vec::<Value>::new()
            );
            assert!(!entries(&other.owner, filter).await.is_empty());
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_left_the_organisation_is_named_to_admins_of_its_log_and_to_nobody_else() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let other = World::new(&app, "scene").await;
        let (admin, _) = world.member(Role::Admin).await;
        let (manager, _) = world.member(Role::Manager).await;
        let (gone, profile) = world.member(Role::Manager).await;
        let create = "mutation { createProject(input: {name: \"Gala\"}) { project { id } } }";
        gone.query(create).await.data();
        let mine = gone.query("{ me { id email memberships { id } } }").await;
        let membership = json!({"id": mine.str("/data/me/memberships/0/id")});
        world.owner.gql(REMOVE_MEMBER, membership).await.data();
        // A crew profile would show them to each MANAGER.
        let row = users::table.filter(users::id.eq(key::<UserId>(&profile)));
        let alone = diesel::update(row).set(users::account_id.eq(None::<AccountId>));
        let write = app.state.db.write(async |conn| conn.execute(alone).await);
        write.await.expect("an update");

        let actors = admin.query(ACTORS).await;
        let email = mine.str("/data/me/email");
        assert_eq!(
            actors.data()["auditLog"]["nodes"],
            json!([{"actor": {"email": email, "memberships": []}}])
        );
        let node = async |client: &Client| {
            let account = json!({"id": mine.str("/data/me/id")});
            client.gql(ACCOUNT, account).await.data()["node"].clone()
        };
        assert_eq!(node(&admin).await, json!({"email": email}));
        assert_eq!(node(&manager).await, Value::Null);
        assert_eq!(node(&other.owner).await, Value::Null);
    })
    .await;
}
