//! That mail arrives: retries, killed servers, several servers, and allowances.

use chrono::TimeDelta;
use coulisses_crew::crypto::LinkTokens;
use coulisses_crew::db::schema::outbox;
use coulisses_crew::domains::outbox::service::{deliver_due, failed, retry};
use diesel::prelude::*;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{TIMES, on_stage, refuse, rows, write_to};
use crate::support::{CREATE_USER, SECRET, accept, as_server};

/// That a mail is still tried.
const WAITING: bool = true;

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_is_refused_is_tried_again_for_five_days_and_then_the_operator_sees_it() {
    on_stage(&[("INVITATION_DAYS", "30")], async |stage| {
        refuse(&stage, Some("550 5.1.1 no such person\r\n"));
        let token = stage
            .world
            .invite(&stage.role, &[&stage.lea])
            .await
            .remove(0)
            .1;
        let day = TimeDelta::days(1);
        let minutes = TimeDelta::minutes;
        let waits = [
            minutes(1),
            minutes(5),
            minutes(30),
            minutes(120),
            day,
            day,
            day,
            day,
            day,
        ];
        for (attempt, wait) in (1..).zip(waits) {
            assert!(stage.post.deliver(stage.app).await.is_empty());
            assert_eq!(rows(stage.app).await, [(WAITING, attempt)]);
            let early = TimeDelta::microseconds(1);
            stage.app.state.clock.advance(wait - early);
            stage.post.deliver(stage.app).await;
            assert_eq!(rows(stage.app).await, [(WAITING, attempt)], "too early");
            stage.app.state.clock.advance(early);
        }
        stage.post.deliver(stage.app).await;
        let state = as_server(stage.app);
        let given_up = failed(&state).await.expect("the failed ones");
        assert_eq!((given_up.len(), given_up[0].attempts), (1, 10));
        let problem = given_up[0].problem.as_deref().expect("a problem");
        assert!(problem.contains("no such person"), "{problem}");
        stage.app.state.clock.advance(TimeDelta::days(2));
        assert!(stage.post.deliver(stage.app).await.is_empty());
        // The operator has it tried again.
        refuse(&stage, None);
        assert_eq!(retry(&state).await.expect("the failed ones"), 1);
        let mails = stage.post.deliver(stage.app).await;
        assert_eq!(mails[0].token(), Some(&*token));
        assert_eq!(rows(stage.app).await, []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_between_commit_and_sending_loses_no_mail() {
    on_stage(&[], async |stage| {
        let token = stage
            .world
            .invite(&stage.role, &[&stage.lea])
            .await
            .remove(0)
            .1;
        // Another server, after the first is gone.
        let other = stage.app.beside(&[
            stage.post.setting(),
            ("APP_URL", "https://app.coulisses.example"),
        ]);
        let mails = stage.post.deliver(&other).await;
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].token(), Some(&*token));
        accept(&stage.app.client(), &token).await.data();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_between_sending_and_marking_sends_twice_with_the_same_id() {
    on_stage(&[], async |stage| {
        let server = &stage.post.server;
        server.may_take.forget_permits(10_000);
        stage.world.invite(&stage.role, &[&stage.lea]).await;
        let state = as_server(stage.app);
        let sending =
            tokio::spawn(async move { deliver_due(&state, &CancellationToken::new()).await });
        // The mail server has all of it, and the server dies before it hears so.
        let first = server.heard(1).await.remove(0);
        sending.abort();
        assert!(sending.await.is_err());
        server.may_take.add_permits(10_000);
        // Nobody else sends it as long as the dead server could still be at it.
        stage.later(119);
        assert!(stage.post.deliver(stage.app).await.is_empty());
        stage.later(1);
        let mails = stage.post.deliver(stage.app).await;
        assert_eq!(mails.len(), 1);
        let id = mails[0].header("message-id").expect("an id");
        assert!(id.ends_with("@coulisses.example>"), "{id}");
        assert!(first.contains(&format!("Message-ID: {id}")), "{first}");
        assert_eq!(rows(stage.app).await, []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_send_at_the_same_time_send_each_mail_once() {
    on_stage(&[("THROTTLE_ENABLED", "false")], async |stage| {
        let mut people = Vec::new();
        for i in 0..12 {
            let user = stage.world.user(&format!("P{i}"), &[]).await;
            write_to(stage.app, &user, &format!("p{i}@crew.example")).await;
            people.push(user);
        }
        let people: Vec<&str> = people.iter().map(String::as_str).collect();
        stage.world.invite(&stage.role, &people).await;
        let servers: Vec<_> = (0..4)
            .map(|_| {
                let server = stage.app.beside(&[stage.post.setting()]);
                tokio::spawn(async move {
                    let stop = CancellationToken::new();
                    deliver_due(&as_server(&server), &stop).await
                })
            })
            .collect();
        let mut sent = 0;
        for server in servers {
            sent += server.await.expect("a task").expect("the outbox");
        }
        sent += stage.post.deliver(stage.app).await.len();
        assert_eq!(sent, 12);
        assert_eq!(rows(stage.app).await, []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_can_be_written_after_the_key_was_changed_and_not_without_the_key() {
    on_stage(&[], async |stage| {
        let token = stage
            .world
            .invite(&stage.role, &[&stage.lea])
            .await
            .remove(0)
            .1;
        let new = ("SECRET_KEY", "another secret of the tests, long enough too");
        let without = stage.app.beside(&[stage.post.setting(), new]);
        assert!(stage.post.deliver(&without).await.is_empty());
        let state = as_server(&without);
        let given_up = failed(&state).await.expect("the failed ones");
        let problem = given_up[0].problem.as_deref().expect("a problem");
        assert!(problem.contains("key"), "{problem}");
        retry(&state).await.expect("the failed ones");
        let old = ("SECRET_KEY_PREVIOUS", SECRET);
        let with = stage.app.beside(&[stage.post.setting(), new, old]);
        let mails = stage.post.deliver(&with).await;
        assert_eq!(mails[0].token(), Some(&*token));
    })
    .await;
}

/// What the database holds of a mail that waits is worth nothing without the key.
#[tokio::test(flavor = "multi_thread")]
async fn the_seed_of_a_link_makes_its_token_with_the_key_only() {
    on_stage(&[], async |stage| {
        let token = stage
            .world
            .invite(&stage.role, &[&stage.lea])
            .await
            .remove(0)
            .1;
        let row = outbox::table.select((outbox::org_id, outbox::seed));
        let read = stage.app.state.db.read(async |conn| conn.one(row).await);
        let (org_id, seed): (_, Option<Vec<u8>>) = read.await.expect("a mail");
        let seed = seed.expect("a seed");
        let hash = coulisses_crew::crypto::hash_presented(&token);
        let key = &stage.app.state.link_tokens;
        assert_eq!(key.again(org_id, &seed, &hash), Some(token.clone()));
        let other = stage
            .app
            .beside(&[("SECRET_KEY", "another secret of the tests, long enough too")]);
        let other: &LinkTokens = &other.state.link_tokens;
        assert_eq!(other.again(org_id, &seed, &hash), None);
        // It goes when the mail went.
        stage.post.deliver(stage.app).await;
        assert_eq!(rows(stage.app).await, []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_invites_fifty_people_has_thirty_mails_sent_at_once() {
    on_stage(&[("THROTTLE_ENABLED", "true")], async |stage| {
        let mut people = Vec::new();
        for i in 0..50 {
            let input =
                json!({"displayName": format!("P{i}"), "email": format!("p{i}@crew.example")});
            let created = stage
                .world
                .owner
                .gql(CREATE_USER, json!({"input": input}))
                .await;
            people.push(created.str("/data/createUser/user/id").to_owned());
        }
        let people: Vec<&str> = people.iter().map(String::as_str).collect();
        let (_, role) = stage.world.place(&stage.project, TIMES, 1).await;
        stage.world.invite(&role, &people).await;
        assert_eq!(stage.post.deliver(stage.app).await.len(), 30);
        for _ in 0..20 {
            stage.app.state.clock.advance(TimeDelta::minutes(2));
            assert_eq!(stage.post.deliver(stage.app).await.len(), 1);
        }
        assert_eq!(rows(stage.app).await, []);
    })
    .await;
}

/// Nobody waits for a server that is away, and each mail is tried in its turn.
#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_is_away_keeps_the_mail_waiting() {
    on_stage(&[], async |stage| {
        let gone = stage.app.beside(&[("SMTP_URL", "smtp://127.0.0.1:9")]);
        let token = stage
            .world
            .invite(&stage.role, &[&stage.lea])
            .await
            .remove(0)
            .1;
        let sent = deliver_due(&as_server(&gone), &CancellationToken::new()).await;
        assert_eq!(sent.expect("the outbox"), 0);
        assert_eq!(rows(stage.app).await, [(WAITING, 1)]);
        stage.later(60);
        let mails = stage.post.deliver(stage.app).await;
        assert_eq!(mails[0].token(), Some(&*token));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_the_mail_server_cannot_take_does_not_hold_up_the_others() {
    on_stage(&[], async |stage| {
        // The server of the test has no SMTPUTF8.
        let odd = stage.world.user("Odd", &[]).await;
        write_to(stage.app, &odd, "é@crew.example").await;
        stage.world.invite(&stage.role, &[&odd]).await;
        stage.later(1);
        stage.world.invite(&stage.role, &[&stage.lea]).await;
        let mails = stage.post.deliver(stage.app).await;
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].to, "lea@crew.example");
        assert_eq!(rows(stage.app).await, [(WAITING, 1)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_sent_again_and_again_waits_once() {
    on_stage(&[], async |stage| {
        let (assignment, _) = stage
            .world
            .invite(&stage.role, &[&stage.lea])
            .await
            .remove(0);
        let mut token = String::new();
        for _ in 0..3 {
            stage.later(1);
            let input = json!({"assignmentId": assignment});
            let owner = &stage.world.owner;
            let sent = owner.mutate("resendInvitation", "token", input).await;
            sent.str("/data/resendInvitation/token")
                .clone_into(&mut token);
        }
        assert_eq!(rows(stage.app).await, [(WAITING, 0)]);
        let mails = stage.post.deliver(stage.app).await;
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].token(), Some(&*token));
    })
    .await;
}
