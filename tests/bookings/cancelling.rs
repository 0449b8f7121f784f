//! Cancelling assignments: by a MANAGER, and by the person until the cut-off.

use chrono::TimeDelta;
use coulisses_crew::access::Role;
use serde_json::{Value, json};

use super::{DAY, code};
use crate::support::{
    Answer, Client, NOW, World, accept, assert_invariants, audit, decline, instant,
    on_each_database, on_each_database_with,
};

const CANCEL: &str = "
    mutation($input: CancelAssignmentInput!) {
        cancelAssignment(input: $input) {
            assignment { id status reason respondedAt invitation { status } }
            warningsTotal
        }
    }
";

async fn cancel(client: &Client, id: &str, reason: Option<&str>) -> Answer {
    let input = json!({"id": id, "reason": reason});
    client.gql(CANCEL, json!({"input": input})).await
}

/// An ACCEPTED assignment of a person on a mission that starts so long after the beginning of the tests.
async fn accepted(world: &World<'_>, user: &str, starts_in: TimeDelta) -> String {
    let starts_at = instant(NOW) + starts_in;
    let times = (starts_at, starts_at + TimeDelta::microseconds(1));
    let times = (&*times.0.to_rfc3339(), &*times.1.to_rfc3339());
    let project = world.project(&format!("{user} {starts_in}")).await;
    let (_, role) = world.place(&project, times, 1).await;
    let input = json!({"roleId": role, "userId": user});
    let assigned = world
        .owner
        .mutate("assignToMission", "assignment { id }", input)
        .await;
    assigned
        .str("/data/assignToMission/assignment/id")
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_cancels_who_is_invited_or_accepted_and_the_place_is_free_again() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (manager, _) = world.member(Role::Manager).await;
        let (lea, max) = (world.user("Léa", &[]).await, world.user("Max", &[]).await);
        let (_, role) = world.place(&world.project("P").await, DAY, 1).await;
        let invited = world.invite(&role, &[&lea, &max]).await;
        accept(&app.client(), &invited[0].1).await.data();
        assert_eq!(
            code(&accept(&app.client(), &invited[1].1).await),
            "ROLE_FULL"
        );

        let done = cancel(&manager, &invited[0].0, Some("  Rain. ")).await;
        let row = &done.data()["cancelAssignment"]["assignment"];
        assert_eq!(
            (&row["status"], &row["reason"]),
            (&json!("CANCELLED"), &json!("Rain."))
        );
        assert_eq!(row["respondedAt"], NOW);
        assert_eq!(row["invitation"]["status"], "REVOKED");
        assert_eq!(
            code(&accept(&app.client(), &invited[0].1).await),
            "INVALID_TOKEN"
        );
        accept(&app.client(), &invited[1].1).await.data();
        // The same twice succeeds, keeps the first reason and is written down once.
        let again = cancel(&manager, &invited[0].0, Some("Snow.")).await;
        assert_eq!(
            again.str("/data/cancelAssignment/assignment/reason"),
            "Rain."
        );
        let entries = audit(&app, "cancelAssignment").await;
        assert_eq!(entries.len(), 1);
        let changes = json!({"status": ["ACCEPTED", "CANCELLED"], "reason": [null, "Rain."]});
        assert_eq!(entries[0].changes, changes);
        assert_invariants(&app).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_person_withdraws_until_the_cut_off_and_a_manager_at_any_time() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (tech, user) = world.member(Role::Tech).await;
        let cut_off = TimeDelta::hours(48);
        let (second, micro) = (TimeDelta::seconds(1), TimeDelta::microseconds(1));
        for (starts_in, expected) in [
            (cut_off + second, "OK"),
            (cut_off + micro, "OK"),
            (cut_off, "WITHDRAWAL_TOO_LATE"),
            (cut_off - micro, "WITHDRAWAL_TOO_LATE"),
            (cut_off - second, "WITHDRAWAL_TOO_LATE"),
            (TimeDelta::zero(), "WITHDRAWAL_TOO_LATE"),
        ] {
            let id = accepted(&world, &user, starts_in).await;
            let before = audit(&app, "cancelAssignment").await.len();
            let own = cancel(&tech, &id, None).await;
            assert_eq!(code(&own), expected, "{starts_in}");
            let written = audit(&app, "cancelAssignment").await.len() - before;
            assert_eq!(written, usize::from(expected == "OK"));
            let managed = cancel(&world.owner, &id, None).await;
            assert_eq!(code(&managed), "OK", "{starts_in}");
            // Withdrawing again is the same answer, however late.
            assert_eq!(code(&cancel(&tech, &id, None).await), "OK", "{starts_in}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cut_off_is_a_setting_and_without_one_it_is_the_start() {
    on_each_database_with(&[("WITHDRAWAL_CUTOFF_HOURS", "0")], async |app| {
        let world = World::new(&app, "regie").await;
        let (tech, user) = world.member(Role::Tech).await;
        let micro = TimeDelta::microseconds(1);
        let before = accepted(&world, &user, micro).await;
        let now = accepted(&world, &user, TimeDelta::zero()).await;
        assert_eq!(code(&cancel(&tech, &before, None).await), "OK");
        assert_eq!(
            code(&cancel(&tech, &now, None).await),
            "WITHDRAWAL_TOO_LATE"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_declined_is_not_cancelled_and_who_is_invited_declines() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (tech, user) = world.member(Role::Tech).await;
        let (other, _) = world.member(Role::Tech).await;
        let (_, role) = world.place(&world.project("P").await, DAY, 1).await;
        let (id, token) = world.invite(&role, &[&user]).await.remove(0);
        assert_eq!(code(&cancel(&tech, &id, None).await), "INVALID_TRANSITION");
        assert_eq!(code(&cancel(&other, &id, None).await), "FORBIDDEN");
        decline(&tech, &token).await.data();
        assert_eq!(
            code(&cancel(&world.owner, &id, None).await),
            "INVALID_TRANSITION"
        );
        let long = "x".repeat(10_001);
        let refused = cancel(&world.owner, &id, Some(&long)).await;
        assert_eq!(refused.error(), ("BAD_USER_INPUT", "reason"));
        assert_eq!(audit(&app, "cancelAssignment").await, []);
        let stranger = World::new(&app, "autre").await;
        let foreign = cancel(&stranger.owner, &id, None).await;
        assert_eq!(foreign.error(), ("NOT_FOUND", "id"));
        assert_eq!(foreign.body["data"], Value::Null);
    })
    .await;
}
