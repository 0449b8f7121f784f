//! Mails of which nobody knows whether they arrived: what follows is told all the same.

use chrono::TimeDelta;
use coulisses_crew::domains::outbox::service::deliver_due;
use tokio_util::sync::CancellationToken;

use super::{Stage, invite_to, on_stage, refuse, rows};
use crate::support::as_server;

const CALLED_OFF: &str = "Annulation : Load-in, le 10 octobre";
const LATER: Option<&str> = Some("450 4.2.0 later\r\n");

/// Invites Léa, and does not hear that the mail was sent.
async fn invites_in_vain(stage: &Stage<'_>) {
    stage.world.invite(&stage.role, &[&stage.lea]).await;
    assert!(stage.post.deliver(stage.app).await.is_empty());
    stage.later(1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_have_got_an_invitation_is_told_that_it_is_called_off() {
    on_stage(&[], async |stage| {
        let server = &stage.post.server;
        server.may_take.forget_permits(10_000);
        stage.world.invite(&stage.role, &[&stage.lea]).await;
        let state = as_server(stage.app);
        let sending =
            tokio::spawn(async move { deliver_due(&state, &CancellationToken::new()).await });
        server.heard(1).await;
        sending.abort();
        assert!(sending.await.is_err());
        server.may_take.add_permits(10_000);
        stage.cancel(None).await;
        let told = stage.told().await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].subject, CALLED_OFF);
        assert_eq!(rows(stage.app).await, []);
    })
    .await;
}

/// The mail server has all of the mail and closes the connection before it says so. It refuses the next attempt, which
/// says nothing about the first one.
#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_hangs_up_after_a_mail_may_have_taken_it() {
    on_stage(&[], async |stage| {
        stage.post.server.hang_up(true);
        invites_in_vain(&stage).await;
        stage.post.server.hang_up(false);
        refuse(&stage, LATER);
        stage.later(60);
        assert!(stage.post.deliver(stage.app).await.is_empty());
        refuse(&stage, None);
        stage.cancel(None).await;
        let told = stage.told().await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].subject, CALLED_OFF);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_was_refused_has_told_nothing() {
    on_stage(&[], async |stage| {
        refuse(&stage, LATER);
        invites_in_vain(&stage).await;
        refuse(&stage, None);
        stage.cancel(None).await;
        stage.later(3_600);
        assert!(stage.post.deliver(stage.app).await.is_empty());
        assert_eq!(rows(stage.app).await, []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_could_not_be_reached_has_taken_nothing() {
    on_stage(&[], async |stage| {
        let gone = stage.app.beside(&[("SMTP_URL", "smtp://127.0.0.1:9")]);
        stage.world.invite(&stage.role, &[&stage.lea]).await;
        let sent = deliver_due(&as_server(&gone), &CancellationToken::new()).await;
        assert_eq!(sent.expect("the outbox"), 0);
        stage.cancel(None).await;
        stage.later(3_600);
        assert!(stage.post.deliver(stage.app).await.is_empty());
        assert_eq!(rows(stage.app).await, []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_hangs_up_before_a_mail_has_taken_nothing() {
    on_stage(&[], async |stage| {
        stage.post.server.hang_up_early(true);
        invites_in_vain(&stage).await;
        stage.post.server.hang_up_early(false);
        stage.cancel(None).await;
        stage.later(3_600);
        assert!(stage.post.deliver(stage.app).await.is_empty());
        assert_eq!(rows(stage.app).await, []);
    })
    .await;
}

/// An attempt that an allowance does not admit is no attempt.
#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_was_refused_and_then_put_off_has_told_nothing() {
    let settings = [
        ("THROTTLE_ENABLED", "true"),
        ("MAILS_PER_RECIPIENT_A_DAY", "1"),
    ];
    on_stage(&settings, async |stage| {
        // They are tried again as two mails. The one about the older mission has not counted, so it waits.
        stage.world.invite(&stage.role, &[&stage.lea]).await;
        stage.later(1);
        let other = invite_to(&stage, &stage.lea, 12).await;
        refuse(&stage, Some("554 5.7.1 no\r\n"));
        assert!(stage.post.deliver(stage.app).await.is_empty());
        refuse(&stage, None);
        stage.later(60);
        let mails = stage.post.deliver(stage.app).await;
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].tokens(), [&*other]);
        assert_eq!(rows(stage.app).await.len(), 1);
        stage.cancel(None).await;
        stage.app.state.clock.advance(TimeDelta::days(1));
        assert!(stage.post.deliver(stage.app).await.is_empty());
        assert_eq!(rows(stage.app).await, []);
    })
    .await;
}
