//! A lost link can be had again.

use chrono::TimeDelta;
use coulisses_crew::access::Role;
use serde_json::json;

use super::{DAY, code};
use crate::support::{
    Answer, Client, World, accept, audit, cancel_mission, decline, on_each_database,
};

const RESEND: &str = "
    mutation($id: ID!) {
        resendInvitation(input: {assignmentId: $id}) { token invitation { id status expiresAt } }
    }
";

const SHOWN: &str = "
    query($id: ID!) { assignment(id: $id) { status invitation { id status } } }
";

async fn resend(client: &Client, id: &str) -> Answer {
    client.gql(RESEND, json!({"id": id})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_link_works_and_those_before_it_do_not() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let lea = world.user("Léa", &[]).await;
        let (_, role) = world.place(&world.project("P").await, DAY, 1).await;
        let (id, lost) = world.invite(&role, &[&lea]).await.remove(0);
        app.state.clock.advance(TimeDelta::minutes(1));
        let first = resend(&world.owner, &id).await;
        let second = resend(&world.owner, &id).await;
        let payload = &second.data()["resendInvitation"];
        assert_eq!(payload["invitation"]["status"], "PENDING");
        // Seven days from now, and not from the first link.
        assert_eq!(payload["invitation"]["expiresAt"], "2026-09-08T08:01:00Z");
        let token = payload["token"].as_str().expect("a token");
        let replaced = first.str("/data/resendInvitation/token");
        for old in [&lost, replaced] {
            assert_eq!(code(&accept(&app.client(), old).await), "INVALID_TOKEN");
            assert_eq!(code(&decline(&app.client(), old).await), "INVALID_TOKEN");
        }
        let shown = world.owner.gql(SHOWN, json!({"id": id})).await;
        let newest = shown.str("/data/assignment/invitation/id");
        assert_eq!(newest, payload["invitation"]["id"]);
        let entries = audit(&app, "resendInvitation").await;
        // Each time, the link before it is revoked and a new one is made.
        let revoked = json!({"status": ["PENDING", "REVOKED"]});
        let revoked = entries.iter().filter(|entry| entry.changes == revoked);
        assert_eq!((entries.len(), revoked.count()), (4, 2));
        assert!(
            entries
                .iter()
                .all(|entry| !entry.changes.to_string().contains(token))
        );
        accept(&app.client(), token).await.data();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_expired_or_was_withdrawn_is_sent_again() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let lea = world.user("Léa", &[]).await;
        let (_, role) = world.place(&world.project("P").await, DAY, 1).await;
        let (id, _) = world.invite(&role, &[&lea]).await.remove(0);
        app.state.clock.advance(TimeDelta::days(8));
        let owner = world.login("owner@regie.example").await;
        let expired = resend(&owner, &id).await;
        let invitation = expired.str("/data/resendInvitation/invitation/id");
        let revoke =
            "mutation($id: ID!) { revokeInvitation(input: {id: $id}) { invitation { id } } }";
        owner.gql(revoke, json!({"id": invitation})).await.data();
        let again = resend(&owner, &id).await;
        let token = again.str("/data/resendInvitation/token");
        accept(&app.client(), token).await.data();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_is_invited_to_an_open_mission_gets_another_link() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (tech, user) = world.member(Role::Tech).await;
        let (lea, max) = (world.user("Léa", &[]).await, world.user("Max", &[]).await);
        let (mission, role) = world.place(&world.project("P").await, DAY, 3).await;
        let invited = world.invite(&role, &[&user, &lea, &max]).await;
        accept(&app.client(), &invited[1].1).await.data();
        decline(&app.client(), &invited[2].1).await.data();
        assert_eq!(code(&resend(&tech, &invited[0].0).await), "FORBIDDEN");
        for (id, _) in &invited[1..] {
            assert_eq!(code(&resend(&world.owner, id).await), "INVALID_TRANSITION");
        }
        let stranger = World::new(&app, "autre").await;
        let foreign = resend(&stranger.owner, &invited[0].0).await;
        assert_eq!(foreign.error(), ("NOT_FOUND", "assignmentId"));
        cancel_mission(&app, &mission).await;
        assert_eq!(
            code(&resend(&world.owner, &invited[0].0).await),
            "MISSION_CLOSED"
        );
        assert_eq!(audit(&app, "resendInvitation").await, []);
    })
    .await;
}
