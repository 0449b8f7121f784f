//! Who belongs to an organisation, and who may change that.

use coulisses_crew::access::Role;
use serde_json::{Value, json};

use crate::support::{Answer, Client, REMOVE_MEMBER, World, on_each_database};

const MEMBERS: &str = "{ org { members { totalCount nodes { id role account { id email } } } } }";

const SET: &str = "
    mutation($id: ID!, $role: Role!) {
        setMemberRole(input: {membershipId: $id, role: $role}) { membership { id role } }
    }
";

const CREATE_ORG: &str = "
    mutation($name: String!) {
        createOrg(input: {name: $name}) { org { id name timezone } }
    }
";

const UPDATE_ORG: &str = "
    mutation($input: UpdateOrgInput!) {
        updateOrg(input: $input) { org { name timezone } }
    }
";

async fn set(client: &Client, id: &str, role: Role) -> Answer {
    client
        .gql(SET, json!({"id": id, "role": role.as_str()}))
        .await
}

async fn remove(client: &Client, id: &str) -> Answer {
    client.gql(REMOVE_MEMBER, json!({"id": id})).await
}

async fn own_membership(client: &Client) -> String {
    let answer = client.query("{ me { memberships { id } } }").await;
    answer.str("/data/me/memberships/0/id").to_owned()
}

fn code(answer: &Answer) -> &str {
    match answer.body.get("errors") {
        Some(_) => answer.code(),
        None => "OK",
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_further_organisation_is_owned_by_who_makes_it() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (tech, _) = world.member(Role::Tech).await;
        let answer = tech.gql(CREATE_ORG, json!({"name": "Nouvelle"})).await;
        assert_eq!(
            answer.data()["createOrg"]["org"]["timezone"],
            "Europe/Paris"
        );
        let roles = tech
            .query("{ myRole me { memberships { role org { name } } } }")
            .await;
        assert_eq!(roles.data()["myRole"], "TECH");
        assert_eq!(
            roles.data()["me"]["memberships"][1],
            json!({"role": "OWNER", "org": {"name": "Nouvelle"}})
        );
        tech.gql(CREATE_ORG, json!({"name": "Nouvelle"}))
            .await
            .data();
        let empty = tech.gql(CREATE_ORG, json!({"name": " "})).await;
        assert_eq!(empty.error(), ("BAD_USER_INPUT", "name"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_changed_by_an_admin() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        World::new(&app, "autre").await;
        let change = async |client: &Client, input: Value| {
            client.gql(UPDATE_ORG, json!({"input": input})).await
        };
        let (manager, _) = world.member(Role::Manager).await;
        let (admin, _) = world.member(Role::Admin).await;
        assert_eq!(
            change(&manager, json!({"name": "x"})).await.code(),
            "FORBIDDEN"
        );
        let answer = change(&admin, json!({"timezone": "America/Montreal"})).await;
        assert_eq!(
            answer.data()["updateOrg"]["org"],
            json!({"name": "regie", "timezone": "America/Montreal"})
        );
        let answer = change(&admin, json!({"name": "Régie Sud"})).await;
        assert_eq!(answer.data()["updateOrg"]["org"]["name"], "Régie Sud");
        let shared = change(&admin, json!({"name": "autre"})).await;
        assert_eq!(shared.data()["updateOrg"]["org"]["name"], "autre");
        let wrong = change(&admin, json!({"timezone": "x"})).await;
        assert_eq!(wrong.error(), ("BAD_USER_INPUT", "timezone"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_grants_above_their_own_role_or_changes_someone_above_it() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        app.state.clock.advance(chrono::TimeDelta::microseconds(1));
        let (admin, _) = world.member(Role::Admin).await;
        let (manager, _) = world.member(Role::Manager).await;
        let (tech, _) = world.member(Role::Tech).await;
        let owners = own_membership(&world.owner).await;
        let techs = own_membership(&tech).await;
        for (client, id, role, expected) in [
            (&tech, &techs, Role::Manager, "FORBIDDEN"),
            (&manager, &techs, Role::Manager, "FORBIDDEN"),
            (&admin, &techs, Role::Owner, "FORBIDDEN"),
            (&admin, &owners, Role::Tech, "FORBIDDEN"),
            (&admin, &techs, Role::Admin, "OK"),
            (&admin, &techs, Role::Tech, "OK"),
            (&world.owner, &techs, Role::Owner, "OK"),
            (&admin, &techs, Role::Tech, "FORBIDDEN"),
            (&world.owner, &techs, Role::Tech, "OK"),
        ] {
            assert_eq!(code(&set(client, id, role).await), expected, "{role:?}");
        }
        for (client, id, expected) in [
            (&manager, &techs, "FORBIDDEN"),
            (&admin, &owners, "FORBIDDEN"),
            (&tech, &techs, "OK"),
            (&admin, &techs, "NOT_FOUND"),
        ] {
            assert_eq!(code(&remove(client, id).await), expected);
        }
        assert_eq!(tech.query("{ myRole }").await.code(), "FORBIDDEN");
        let listed = admin.query(MEMBERS).await;
        assert_eq!(listed.data()["org"]["members"]["totalCount"], 3);
        assert_eq!(
            listed.data()["org"]["members"]["nodes"][0]["account"]["email"],
            "owner@regie.example"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_keeps_its_last_owner() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let owners = own_membership(&world.owner).await;
        assert_eq!(
            set(&world.owner, &owners, Role::Admin).await.code(),
            "LAST_OWNER"
        );
        assert_eq!(remove(&world.owner, &owners).await.code(), "LAST_OWNER");
        // Of two who leave at once, one stays.
        for _ in 0..5 {
            let (second, _) = world.member(Role::Owner).await;
            let second_id = own_membership(&second).await;
            let leave = |client: &Client, id: &str| {
                let (client, id) = (client.clone(), id.to_owned());
                tokio::spawn(async move { set(&client, &id, Role::Tech).await })
            };
            let (first, other) = (leave(&world.owner, &owners), leave(&second, &second_id));
            let (first, other) = (first.await.expect("a task"), other.await.expect("a task"));
            let mut codes = [code(&first), code(&other)];
            codes.sort_unstable();
            assert_eq!(codes, ["LAST_OWNER", "OK"]);
            if code(&first) == "OK" {
                set(&second, &owners, Role::Owner).await.data();
                set(&world.owner, &second_id, Role::Tech).await.data();
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_membership_of_another_organisation_is_not_there() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let other = World::new(&app, "autre").await;
        let foreign = own_membership(&other.owner).await;
        let random = "membership_01jdq3m5h2e8wbt4s7yv9n0k6c";
        for role in [Role::Tech, Role::Owner] {
            let (found, missing) = (
                set(&world.owner, &foreign, role).await,
                set(&world.owner, random, role).await,
            );
            assert_eq!(found.error(), ("NOT_FOUND", "membershipId"));
            assert_eq!(found.body, missing.body);
        }
        let (found, missing) = (
            remove(&world.owner, &foreign).await,
            remove(&world.owner, random).await,
        );
        assert_eq!(found.body, missing.body);
        assert_eq!(
            other.owner.query("{ myRole }").await.data()["myRole"],
            "OWNER"
        );
        let (tech, _) = world.member(Role::Tech).await;
        assert_eq!(tech.query(MEMBERS).await.code(), "FORBIDDEN");
    })
    .await;
}
