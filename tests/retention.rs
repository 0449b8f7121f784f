//! What is deleted when, to the microsecond.

use std::time::Duration;

use chrono::TimeDelta;
use coulisses_crew::clock::Random;
use coulisses_crew::db::schema::{audit_log, invitations, outbox, password_resets, sessions};
use coulisses_crew::db::types::Timestamp;
use coulisses_crew::domains::auth::model::Session;
use coulisses_crew::ids::AccountId;
use coulisses_crew::retention::{Deleted, EVERY, delete_old, run};
use diesel::prelude::*;
use futures_util::FutureExt;
use futures_util::future::join;
use serde_json::json;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::support::{
    LOGIN, REQUEST_RESET, TestApp, World, as_server, key, on_each_database, on_each_database_with,
};

/// Longer than anything takes here.
const LIMIT: Duration = Duration::from_secs(10);
const MICROSECOND: TimeDelta = TimeDelta::microseconds(1);
const INVITE: &str = "
    mutation($input: InviteMemberInput!) {
        inviteMember(input: $input) { token }
    }
";

async fn deleted(app: &TestApp) -> Deleted {
    let state = as_server(app);
    delete_old(&state, &CancellationToken::new()).await
}

/// Moves the clock. This is deleted when the time is over, and nothing a microsecond before.
async fn is_deleted_after(app: &TestApp, time: TimeDelta, expected: Deleted) {
    app.state.clock.advance(time - MICROSECOND);
    assert_eq!(deleted(app).await, Deleted::default());
    app.state.clock.advance(MICROSECOND);
    assert_eq!(deleted(app).await, expected);
    assert_eq!(deleted(app).await, Deleted::default());
}

/// How many entries the audit log has, and how many invitations there are.
async fn kept(app: &TestApp) -> (i64, i64) {
    let entries = audit_log::table.count();
    let invited = invitations::table.count();
    let counted = app
        .state
        .db
        .read(async |conn| Ok((conn.one(entries).await?, conn.one(invited).await?)));
    counted.await.expect("counts")
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_and_password_resets_go_30_days_after_their_end() {
    on_each_database(async |app| {
        let _world = World::new(&app, "regie").await;
        let asked = json!({"email": "owner@regie.example"});
        app.client().gql(REQUEST_RESET, asked).await.data();
        let before = kept(&app).await;
        let resets = Deleted {
            password_resets: 1,
            ..Deleted::default()
        };
        let reset_ends = TimeDelta::minutes(30);
        is_deleted_after(&app, reset_ends + TimeDelta::days(30), resets).await;
        let ended = Deleted {
            sessions: 1,
            ..Deleted::default()
        };
        let rest = TimeDelta::days(14) - reset_ends;
        is_deleted_after(&app, rest, ended).await;
        assert_eq!(kept(&app).await, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_of_attempts_go_when_the_allowance_is_full_again() {
    on_each_database_with(&[("THROTTLE_ENABLED", "true")], async |app| {
        let login = json!({"email": "ada@crew.example", "password": "a wrong password"});
        app.client().gql(LOGIN, login).await;
        let one = Deleted {
            throttles: 1,
            ..Deleted::default()
        };
        // That of the network address, then that of the e-mail address.
        is_deleted_after(&app, TimeDelta::seconds(20), one).await;
        is_deleted_after(&app, TimeDelta::seconds(70), one).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_that_was_given_up_goes_90_days_after_it_was_planned_and_its_invitation_stays() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        for name in ["ada", "bea"] {
            let input = json!({"email": format!("{name}@crew.example"), "role": "TECH"});
            world
                .owner
                .gql(INVITE, json!({"input": input}))
                .await
                .data();
        }
        let before = kept(&app).await;
        assert_eq!(before.1, 2);
        // One is given up, the other one still waits.
        let first = outbox::table.select(outbox::id).order(outbox::id).limit(1);
        let given_up = app.state.db.write(async |conn| {
            let id: coulisses_crew::ids::MailId = conn.one(first).await?;
            let mail = outbox::table.filter(outbox::id.eq(id));
            let none = outbox::due_at.eq(None::<Timestamp>);
            conn.execute(diesel::update(mail).set(none)).await
        });
        assert_eq!(given_up.await.expect("a mail"), 1);
        app.state.clock.advance(TimeDelta::days(60));
        // The session goes in between.
        assert_eq!(deleted(&app).await.sessions, 1);
        let mails = Deleted {
            mails: 1,
            ..Deleted::default()
        };
        is_deleted_after(&app, TimeDelta::days(30), mails).await;
        assert_eq!(kept(&app).await, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_delete_at_the_same_time_delete_each_row_once() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let me = world.owner.query("{ me { id } }").await;
        let account_id = key::<AccountId>(me.str("/data/me/id"));
        let (now, random) = (app.state.clock.now(), Random::seeded(7));
        let session = |_| Session {
            id: random.id(now),
            account_id,
            org_id: None,
            generation: 0,
            user_agent: None,
            created_at: now,
            last_used_at: now,
            expires_at: now + TimeDelta::days(14),
            revoked_at: None,
        };
        let rows: Vec<Session> = (0..999).map(session).collect();
        let insert = app.state.db.write(async |conn| {
            conn.execute(diesel::insert_into(sessions::table).values(rows.clone()))
                .await
        });
        insert.await.expect("sessions");
        app.state.clock.advance(TimeDelta::days(44));
        let (one, other) = (as_server(&app), as_server(&app.beside(&[])));
        let stop = CancellationToken::new();
        // Boxed, because clippy finds the future of the test too large.
        let both = join(
            delete_old(&one, &stop).boxed(),
            delete_old(&other, &stop).boxed(),
        );
        let (one, other) = both.await;
        assert_eq!(one.sessions + other.sessions, 1_000);
        assert_eq!(deleted(&app).await, Deleted::default());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_does_not_wait_for_the_next_time() {
    on_each_database(async |app| {
        let stop = CancellationToken::new();
        let task = tokio::spawn(run(as_server(&app), EVERY, stop.clone()));
        tokio::task::yield_now().await;
        stop.cancel();
        let ended = timeout(LIMIT, task).await.expect("it ends in time");
        ended.expect("it ends");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_deletes_by_itself_again_and_again() {
    on_each_database(async |app| {
        let _world = World::new(&app, "regie").await;
        let stop = CancellationToken::new();
        let every = Duration::from_millis(1);
        let task = tokio::spawn(run(as_server(&app), every, stop.clone()));
        let asked = json!({"email": "owner@regie.example"});
        for _ in 0..2 {
            app.client().gql(REQUEST_RESET, asked.clone()).await.data();
            app.state.clock.advance(TimeDelta::days(31));
            let rows = password_resets::table.count();
            let count = async || {
                let read = app
                    .state
                    .db
                    .read(async |conn| conn.one::<_, i64>(rows).await);
                read.await.expect("a count")
            };
            let goes = async {
                while count().await > 0 {
                    tokio::task::yield_now().await;
                }
            };
            timeout(LIMIT, goes).await.expect("the reset goes");
        }
        stop.cancel();
        task.await.expect("it ends");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_for_one_kind_of_rows_does_not_keep_the_others() {
    on_each_database(async |app| {
        let _world = World::new(&app, "regie").await;
        let asked = json!({"email": "owner@regie.example"});
        app.client().gql(REQUEST_RESET, asked).await.data();
        app.state.clock.advance(TimeDelta::days(60));
        let renamed = "ALTER TABLE sessions RENAME TO sessions_elsewhere";
        let rename = app
            .state
            .db
            .write(async |conn| conn.execute(diesel::sql_query(renamed)).await);
        rename.await.expect("another name");
        let gone = deleted(&app).await;
        assert_eq!((gone.sessions, gone.password_resets), (0, 1));
    })
    .await;
}
