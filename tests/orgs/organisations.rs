//! Organisations, roles and the lookup by id.

use coulisses_crew::access::Role;
use coulisses_crew::db::schema::{org_memberships, users};
use coulisses_crew::ids::{AccountId, UserId};
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::support::{World, audit, join, key, on_each_database};

const TIMES: (&str, &str) = ("2026-10-10T08:00:00Z", "2026-10-10T18:00:00Z");

#[tokio::test(flavor = "multi_thread")]
async fn each_role_reads_what_the_demo_says() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let fields = ["any", "manager", "admin", "owner"];
        let clients = [
            (world.member(Role::Tech).await.0, 1),
            (world.member(Role::Manager).await.0, 2),
            (world.member(Role::Admin).await.0, 3),
            (world.owner.clone(), 4),
        ];
        for (client, allowed) in clients {
            for (i, field) in fields.iter().enumerate() {
                let answer = client.query(&format!("{{ rbacDemo {{ {field} }} }}")).await;
                if i < allowed {
                    assert!(answer.data()["rbacDemo"][field].is_string());
                } else {
                    assert_eq!(answer.code(), "FORBIDDEN", "{field}");
                }
            }
        }
        let answer = app.client().query("{ rbacDemo { any } }").await;
        assert_eq!(answer.code(), "UNAUTHENTICATED");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn scoped_is_for_the_tokens_organisation_only() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let other = World::new(&app, "autre").await;
        let scoped = "query($id: ID!) { rbacDemo { scoped(orgId: $id) } }";
        world
            .owner
            .gql(scoped, json!({"id": world.org_id}))
            .await
            .data();
        let foreign = world.owner.gql(scoped, json!({"id": other.org_id})).await;
        let random = world
            .owner
            .gql(scoped, json!({"id": "org_01jdq3m5h2e8wbt4s7yv9n0k6c"}))
            .await;
        assert_eq!(foreign.code(), "NOT_FOUND");
        assert_eq!(foreign.body, random.body);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_read_on_each_request() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (client, user) = world.member(Role::Admin).await;
        let role = "{ myRole }";
        assert_eq!(client.query(role).await.data()["myRole"], "ADMIN");
        let account = users::table
            .filter(users::id.eq(key::<UserId>(&user)))
            .select(users::account_id.assume_not_null());
        let db = &app.state.db;
        let account: AccountId = db
            .read(async |conn| conn.one(account).await)
            .await
            .expect("the account");
        let own = org_memberships::table.filter(org_memberships::account_id.eq(account));
        let demote = diesel::update(own).set(org_memberships::role.eq(Role::Tech));
        db.write(async |conn| conn.execute(demote).await)
            .await
            .expect("a demotion");
        assert_eq!(client.query(role).await.data()["myRole"], "TECH");
        db.write(async |conn| conn.execute(diesel::delete(own)).await)
            .await
            .expect("a removal");
        assert_eq!(client.query(role).await.code(), "FORBIDDEN");
        // They are still somebody.
        client
            .query("{ me { id memberships { role } } }")
            .await
            .data();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn node_finds_what_its_field_would_and_nothing_else() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let other = World::new(&app, "autre").await;
        let (tech, user) = world.member(Role::Tech).await;
        let project = world.project("P").await;
        let (mission, role) = world.place(&project, TIMES, 1).await;
        let answer = world.try_invite(&role, &[&user]).await;
        let invited = &answer.data()["inviteToMission"]["invitations"][0];
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let (assignment, invitation) = (
            text(&invited["assignment"]["id"]),
            text(&invited["invitation"]["id"]),
        );
        let own = world
            .owner
            .query("{ me { id memberships { id } } org { id } }")
            .await;
        let membership = text(&own.data()["me"]["memberships"][0]["id"]);
        let account = text(&own.data()["me"]["id"]);
        let node = "query($id: ID!) { node(id: $id) { __typename id } }";
        let shared = [
            (&project, "Project"),
            (&mission, "Mission"),
            (&role, "MissionRole"),
            (&user, "User"),
            (&assignment, "Assignment"),
            (&world.org_id, "Org"),
        ];
        let owners = [
            (&invitation, "Invitation"),
            (&membership, "OrgMembership"),
            (&account, "Account"),
        ];
        for (id, kind) in shared.iter().chain(&owners) {
            let answer = world.owner.gql(node, json!({"id": id})).await;
            assert_eq!(answer.data()["node"], json!({"__typename": kind, "id": id}));
            let foreign = other.owner.gql(node, json!({"id": id})).await;
            assert_eq!(foreign.data()["node"], Value::Null, "{kind}");
        }
        for (id, kind) in shared {
            let answer = tech.gql(node, json!({"id": id})).await;
            assert_eq!(answer.data()["node"]["__typename"], kind);
        }
        for (id, kind) in owners {
            let answer = tech.gql(node, json!({"id": id})).await;
            assert_eq!(answer.data()["node"], Value::Null, "{kind}");
        }
        for odd in [
            "",
            "x",
            "mission_",
            "mission_zzz",
            "dragon_01jdq3m5h2e8wbt4s7yv9n0k6c",
        ] {
            let answer = world.owner.gql(node, json!({"id": odd})).await;
            assert_eq!(answer.error(), ("BAD_USER_INPUT", "id"), "{odd}");
        }
        assert_eq!(
            app.client().gql(node, json!({"id": project})).await.code(),
            "UNAUTHENTICATED"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_inside_another_organisation_needs_its_token() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (_, user) = world.member(Role::Tech).await;
        let other = World::new(&app, "autre").await;
        // The person of `other` belongs to both.
        join(&app, &world.org_id, &other.owner, Role::Owner).await;
        let names = other
            .owner
            .query("{ me { memberships { org { name } } } }")
            .await;
        assert_eq!(
            names.data()["me"]["memberships"]
                .as_array()
                .expect("a list")
                .len(),
            2
        );
        let skills = other
            .owner
            .query("{ me { memberships { org { name skills } } } }")
            .await;
        assert_eq!(skills.code(), "FORBIDDEN");
        let user = other.owner.gql(
            "query($id: ID!) { user(id: $id) { id } }",
            json!({"id": user}),
        );
        assert_eq!(user.await.data()["user"], Value::Null);
    })
    .await;
}

/// Its mail is French unless somebody says otherwise.
#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_has_a_language() {
    const UPDATE: &str = "
        mutation($input: UpdateOrgInput!) {
            updateOrg(input: $input) { org { language name } }
        }
    ";
    const CREATE: &str = "
        mutation {
            fr: createOrg(input: {name: \"Scene\"}) { org { language } }
            en: createOrg(input: {name: \"Stage\", language: EN}) { org { language } }
        }
    ";
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let first = world.owner.query("{ org { language } }").await;
        assert_eq!(first.str("/data/org/language"), "FR");
        let english = json!({"input": {"language": "EN"}});
        let updated = world.owner.gql(UPDATE, english).await;
        assert_eq!(updated.str("/data/updateOrg/org/language"), "EN");
        let renamed = json!({"input": {"name": "Stage management"}});
        let renamed = world.owner.gql(UPDATE, renamed).await;
        assert_eq!(renamed.str("/data/updateOrg/org/language"), "EN");
        let written = audit(&app, "updateOrg").await;
        let change = json!({"language": ["FR", "EN"]});
        assert!(
            written.iter().any(|entry| entry.changes == change),
            "{written:?}"
        );
        let created = world.owner.query(CREATE).await;
        assert_eq!(created.str("/data/fr/org/language"), "FR");
        assert_eq!(created.str("/data/en/org/language"), "EN");
    })
    .await;
}
