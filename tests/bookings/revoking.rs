//! Withdrawing invitations: to missions and into the organisation.

use coulisses_crew::access::Role;
use serde_json::{Value, json};

use super::{DAY, code};
use crate::support::{Answer, Client, PASSWORD, World, accept, audit, decline, on_each_database};

const REVOKE: &str = "
    mutation($id: ID!) {
        revokeInvitation(input: {id: $id}) { invitation { id status } }
    }
";

const INVITE: &str = "
    mutation($email: String!, $role: Role!) {
        inviteMember(input: {email: $email, role: $role}) { token invitation { id } }
    }
";

const JOIN: &str = "
    mutation($input: JoinOrgInput!) {
        joinOrg(input: $input) { role }
    }
";

async fn revoke(client: &Client, id: &str) -> Answer {
    client.gql(REVOKE, json!({"id": id})).await
}

/// The id of the newest invitation of an assignment.
async fn invitation_of(client: &Client, assignment: &str) -> String {
    let query = "query($id: ID!) { assignment(id: $id) { status invitation { id } } }";
    let answer = client.gql(query, json!({"id": assignment})).await;
    answer.str("/data/assignment/invitation/id").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_invitation_to_a_mission_is_worth_nothing_and_the_assignment_stays() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (manager, _) = world.member(Role::Manager).await;
        let (tech, _) = world.member(Role::Tech).await;
        let other = World::new(&app, "autre").await;
        let (lea, max) = (world.user("Léa", &[]).await, world.user("Max", &[]).await);
        let (_, role) = world.place(&world.project("P").await, DAY, 2).await;
        let invited = world.invite(&role, &[&lea, &max]).await;
        let (assignment, token) = &invited[0];
        let id = invitation_of(&manager, assignment).await;

        assert_eq!(code(&revoke(&app.client(), &id).await), "UNAUTHENTICATED");
        assert_eq!(code(&revoke(&tech, &id).await), "FORBIDDEN");
        let foreign = revoke(&other.owner, &id).await;
        assert_eq!(foreign.error(), ("NOT_FOUND", "id"));
        let before = audit(&app, "revokeInvitation").await.len();
        // The same twice succeeds, and is written down once.
        for _ in 0..2 {
            let done = revoke(&manager, &id).await;
            let expected = json!({"id": id, "status": "REVOKED"});
            assert_eq!(done.data()["revokeInvitation"]["invitation"], expected);
        }
        assert_eq!(audit(&app, "revokeInvitation").await.len(), before + 1);
        assert_eq!(code(&accept(&app.client(), token).await), "INVALID_TOKEN");
        assert_eq!(code(&decline(&app.client(), token).await), "INVALID_TOKEN");
        let preview =
            "query($token: String!) { invitation(token: $token) { status mission { title } } }";
        let preview = app.client().gql(preview, json!({"token": token})).await;
        assert_eq!(
            preview.data()["invitation"],
            json!({"status": "REVOKED", "mission": null})
        );
        let status = "query($id: ID!) { assignment(id: $id) { status } }";
        let status = manager.gql(status, json!({"id": assignment})).await;
        assert_eq!(status.data()["assignment"]["status"], "INVITED");

        let (assignment, token) = &invited[1];
        accept(&app.client(), token).await.data();
        let id = invitation_of(&manager, assignment).await;
        assert_eq!(code(&revoke(&manager, &id).await), "INVALID_TRANSITION");
        accept(&app.client(), token).await.data();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_invite_into_the_organisation_may_withdraw_it() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (manager, _) = world.member(Role::Manager).await;
        let (admin, _) = world.member(Role::Admin).await;
        let join = async |token: &Value, name: &str| {
            let input = json!({"token": token, "password": PASSWORD, "displayName": name});
            app.client().gql(JOIN, json!({"input": input})).await
        };
        for (email, role, allowed) in [
            ("ada@example.org", Role::Tech, true),
            ("bob@example.org", Role::Admin, true),
            ("eve@example.org", Role::Owner, false),
        ] {
            let variables = json!({"email": email, "role": role.as_str()});
            let invited = world.owner.gql(INVITE, variables).await;
            let id = invited.str("/data/inviteMember/invitation/id");
            let token = invited.at("/data/inviteMember/token");
            assert_eq!(code(&revoke(&manager, id).await), "FORBIDDEN", "{email}");
            let done = revoke(&admin, id).await;
            assert_eq!(code(&done), if allowed { "OK" } else { "FORBIDDEN" });
            let joined = join(token, email).await;
            assert_eq!(code(&joined), if allowed { "INVALID_TOKEN" } else { "OK" });
            if !allowed {
                let late = revoke(&world.owner, id).await;
                assert_eq!(late.code(), "INVALID_TRANSITION");
            }
        }
    })
    .await;
}
