//! Archiving somebody while they are booked.

use chrono::TimeDelta;
use coulisses_crew::db::AnyOf as _;
use coulisses_crew::db::schema::{assignments, missions, users};
use coulisses_crew::db::types::Timestamp;
use coulisses_crew::domains::assignments::model::OPEN;
use coulisses_crew::ids::MissionId;
use diesel::prelude::*;
use serde_json::json;
use tokio::sync::Notify;

use super::archiving::{archive, invite, statuses};
use crate::support::{
    Answer, Backend, TestApp, World, accept, audit, backends, hour, key, on_each_database, refused,
};

/// The people who are archived and have an open assignment on a mission that has not started: there are none.
async fn booked_though_archived(app: &TestApp, now: Timestamp) -> i64 {
    let booked = users::table
        .inner_join(
            assignments::table.on(assignments::org_id
                .eq(users::org_id)
                .and(assignments::user_id.eq(users::id))),
        )
        .filter(users::archived_at.is_not_null())
        .filter(assignments::starts_at.gt(now))
        .filter(assignments::status.any_of(&OPEN))
        .count();
    let read = app.state.db.read(async |conn| conn.one(booked).await);
    read.await.expect("a count")
}

/// Who is told to come back does.
async fn until_answered(send: impl AsyncFn() -> Answer) -> Answer {
    loop {
        let answer = send().await;
        let code = answer.body.pointer("/errors/0/extensions/code");
        if code != Some(&json!("UNAVAILABLE")) {
            return answer;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_answers_or_is_invited_while_they_are_archived_is_not_booked_afterwards() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("P").await;
        let (mut won, mut late) = (0, 0);
        for round in 0..12 {
            let user = world.user(&format!("P{round}"), &[]).await;
            let (id, token) = invite(&world, &project, &user, 20 + round).await;
            let (_, role) = world.place(&project, (&hour(200), &hour(201)), 1).await;
            let client = app.client();
            // Each runs on a task of its own in the server.
            let (archived, accepted, inviting) = tokio::join!(
                async {
                    // Every other time the others begin.
                    if round % 2 == 1 {
                        tokio::task::yield_now().await;
                    }
                    until_answered(async || archive(&world.owner, &user, true).await).await
                },
                until_answered(async || accept(&client, &token).await),
                until_answered(async || world.try_invite(&role, &[&user]).await),
            );
            archived.data();
            // Whoever was first, the assignment was cancelled; who was late was told.
            let (status, invitation) = statuses(&app, &id).await;
            assert_eq!((&*status, &*invitation), ("CANCELLED", "REVOKED"));
            if accepted.body.get("errors").is_some() {
                assert_eq!(accepted.code(), "INVALID_TOKEN", "{}", accepted.text);
                late += 1;
            }
            match inviting.body.get("errors") {
                None => won += 1,
                Some(_) => refused(&inviting, "BAD_USER_INPUT", "userIds"),
            }
        }
        println!("accepted too late: {late}, invited in time: {won}, of 12");
        assert_eq!(booked_though_archived(&app, app.state.clock.now()).await, 0);
        // One entry for each person, and one for each assignment that was cancelled.
        assert_eq!(audit(&app, "archiveUser").await.len(), 12 + 12 + won);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_archived_while_their_running_mission_moves_has_no_future_booking_afterwards() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("P").await;
        let (mut moved, mut refusals) = (0, 0);
        for round in 0..14 {
            let user = world.user(&format!("P{round}"), &[]).await;
            let now = (&*hour(-1), &*hour(4));
            let (mission, role) = world.place(&project, now, 1).await;
            let (id, _) = world.invite(&role, &[&user]).await.remove(0);
            let accepting = json!({"id": id});
            let accepted = world
                .owner
                .mutate("acceptAssignment", "assignment { id }", accepting);
            accepted.await.data();
            let later = json!({"id": mission, "startsAt": hour(40), "endsAt": hour(44)});
            let archiving =
                async || until_answered(async || archive(&world.owner, &user, true).await).await;
            let moving = async || {
                until_answered(async || {
                    let input = later.clone();
                    let moving = world.owner.mutate("rescheduleMission", "applied", input);
                    moving.await
                })
                .await
            };
            let (archived, move_of_it) = match round {
                // Each of the two comes first once for certain.
                12 => (archiving().await, moving().await),
                13 => {
                    let moved = moving().await;
                    (archiving().await, moved)
                }
                _ => {
                    tokio::join!(
                        async {
                            // Every other time the move begins.
                            if round % 2 == 1 {
                                tokio::task::yield_now().await;
                            }
                            archiving().await
                        },
                        moving(),
                    )
                }
            };
            archived.data();
            let status = statuses(&app, &id).await.0;
            if move_of_it.body.get("errors").is_none() {
                assert_eq!(status, "CANCELLED");
                moved += 1;
            } else {
                assert_eq!(move_of_it.code(), "IN_USE", "{}", move_of_it.text);
                assert_eq!(status, "ACCEPTED");
                refusals += 1;
            }
        }
        println!("moved first: {moved}, archived first: {refusals}, of 14");
        assert!(moved > 0 && refusals > 0, "{moved}, {refusals}");
        assert_eq!(booked_though_archived(&app, app.state.clock.now()).await, 0);
    })
    .await;
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    number: i64,
}

/// How many statements wait for a lock on PostgreSQL.
async fn blocked(app: &TestApp) -> i64 {
    let query = "SELECT count(*) AS number FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let read = app
        .state
        .db
        .read(async |conn| conn.one::<_, Number>(diesel::sql_query(query)).await);
    read.await.expect("the activity").number
}

/// PostgreSQL compares a row that a statement has waited for as it is by then. SQLite has a single writer.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_archived_while_their_mission_moves_to_an_earlier_day_is_still_booked() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let app = TestApp::with(Backend::Postgres, &[]).await;
    let world = World::new(&app, "regie").await;
    let project = world.project("P").await;
    let user = world.user("Léa", &[]).await;
    let (mission, role) = world.place(&project, (&hour(48), &hour(52)), 1).await;
    world.invite(&role, &[&user]).await;
    let mission_id = key::<MissionId>(&mission);
    let now = app.state.clock.now();
    let (starts_at, ends_at) = (now + TimeDelta::hours(24), now + TimeDelta::hours(28));
    let (moved, waits) = (Notify::new(), Notify::new());
    // What `rescheduleMission` writes. It commits when the other one waits for it.
    let moving = app.state.db.write(async |conn| {
        let of_mission = missions::table.filter(missions::id.eq(mission_id));
        let time = (
            missions::starts_at.eq(starts_at),
            missions::ends_at.eq(ends_at),
        );
        conn.execute(diesel::update(of_mission).set(time)).await?;
        let booked = assignments::table.filter(assignments::mission_id.eq(mission_id));
        let time = (
            assignments::starts_at.eq(starts_at),
            assignments::ends_at.eq(ends_at),
        );
        conn.execute(diesel::update(booked).set(time)).await?;
        moved.notify_one();
        waits.notified().await;
        Ok(())
    });
    let archiving = async {
        moved.notified().await;
        let until_blocked = async {
            while blocked(&app).await == 0 {
                tokio::task::yield_now().await;
            }
            waits.notify_one();
        };
        tokio::join!(archive(&world.owner, &user, false), until_blocked).0
    };
    let (moved, archived) = tokio::join!(moving, archiving);
    moved.expect("a write");
    assert_eq!(archived.code(), "IN_USE", "{}", archived.text);
    assert_eq!(booked_though_archived(&app, now).await, 0);
}
