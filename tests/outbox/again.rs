//! Mail that is tried again: it stays the mail that it was.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use coulisses_crew::db::schema::outbox;
use coulisses_crew::domains::outbox::service::failed;
use diesel::prelude::*;
use serde_json::json;

use super::{Stage, invite_to, on_stage, refuse, rows};
use crate::support::as_server;

const LATER: Option<&str> = Some("450 4.2.0 later\r\n");
const NEXT_DAY: (&str, &str) = ("2026-10-11T08:00:00Z", "2026-10-11T18:00:00Z");
const WAITS: [i64; 9] = [1, 5, 30, 120, 1_440, 1_440, 1_440, 1_440, 1_440];

/// The mails that rows were part of, and their attempts.
async fn letters(stage: &Stage<'_>) -> BTreeSet<(String, i32)> {
    let rows = outbox::table.select((outbox::letter_id, outbox::attempts));
    let read = stage.app.state.db.read(async |conn| conn.load(rows).await);
    let rows: Vec<(Option<coulisses_crew::ids::MailId>, i32)> = read.await.expect("the outbox");
    let named = |(letter, attempts): (Option<_>, i32)| (format!("{letter:?}"), attempts);
    rows.into_iter().map(named).collect()
}

fn dislike(stage: &Stage<'_>, words: Option<&'static str>) {
    *stage.post.server.dislikes.lock().expect("nobody panicked") = words;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_may_have_arrived_has_the_same_id_although_another_mission_became_due() {
    on_stage(&[], async |stage| {
        let server = &stage.post.server;
        let first = [
            invite_to(&stage, &stage.lea, 11).await,
            invite_to(&stage, &stage.lea, 12).await,
        ];
        server.hang_up(true);
        assert!(stage.post.deliver(stage.app).await.is_empty());
        let heard = server.heard(1).await.remove(0);
        server.hang_up(false);
        stage.later(60);
        let third = invite_to(&stage, &stage.lea, 13).await;
        let mails = stage.post.deliver(stage.app).await;
        assert_eq!(mails.len(), 2);
        let again = mails.iter().find(|mail| mail.tokens() == first);
        let id = again.expect("the first mail").header("message-id");
        let id = id.expect("an id");
        assert!(heard.contains(&format!("Message-ID: {id}")), "{heard}");
        assert!(mails.iter().any(|mail| mail.tokens() == [&*third]));
        assert_eq!(rows(stage.app).await, []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_new_joins_a_mail_that_failed_and_goes_on_with_its_attempts() {
    on_stage(&[], async |stage| {
        stage.world.invite(&stage.role, &[&stage.lea]).await;
        let other = invite_to(&stage, &stage.lea, 12).await;
        refuse(&stage, LATER);
        for minutes in [0, 1] {
            stage.later(minutes * 60);
            assert!(stage.post.deliver(stage.app).await.is_empty());
        }
        stage.move_to(NEXT_DAY).await;
        stage.later(120);
        assert!(stage.post.deliver(stage.app).await.is_empty());
        let tried = letters(&stage).await;
        assert_eq!(tried.len(), 1, "{tried:?}");
        assert!(tried.iter().all(|(_, attempts)| *attempts == 3));
        // The third attempt is followed by half an hour, and not by a minute.
        refuse(&stage, None);
        stage.later(30 * 60 - 1);
        assert!(stage.post.deliver(stage.app).await.is_empty());
        stage.later(1);
        let mails = stage.post.deliver(stage.app).await;
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].tokens().len(), 2);
        assert!(mails[0].tokens().contains(&&*other));
        assert!(mails[0].text.contains("dimanche 11 octobre"));
    })
    .await;
}

/// Otherwise whoever moves missions could have them mailed for nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_failed_counts_once_with_what_is_new_in_it() {
    let settings = [
        ("THROTTLE_ENABLED", "true"),
        ("MAILS_PER_RECIPIENT_A_DAY", "1"),
    ];
    on_stage(&settings, async |stage| {
        refuse(&stage, LATER);
        stage.world.invite(&stage.role, &[&stage.lea]).await;
        assert!(stage.post.deliver(stage.app).await.is_empty());
        stage.later(1);
        refuse(&stage, None);
        stage.move_to(NEXT_DAY).await;
        stage.later(60);
        let mails = stage.post.deliver(stage.app).await;
        assert_eq!(mails.len(), 1);
        assert!(mails[0].text.contains("dimanche 11 octobre"));
        assert_eq!(rows(stage.app).await, []);
        invite_to(&stage, &stage.lea, 13).await;
        assert!(stage.post.deliver(stage.app).await.is_empty());
    })
    .await;
}

/// It may have arrived, so what follows is another mail.
#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_may_have_arrived_counts_again_with_what_is_new_in_it() {
    let settings = [
        ("THROTTLE_ENABLED", "true"),
        ("MAILS_PER_RECIPIENT_A_DAY", "1"),
    ];
    on_stage(&settings, async |stage| {
        stage.post.server.hang_up(true);
        stage.world.invite(&stage.role, &[&stage.lea]).await;
        assert!(stage.post.deliver(stage.app).await.is_empty());
        stage.post.server.hang_up(false);
        stage.move_to(NEXT_DAY).await;
        stage.later(120);
        assert!(stage.post.deliver(stage.app).await.is_empty());
        stage.app.state.clock.advance(TimeDelta::days(1));
        let mails = stage.post.deliver(stage.app).await;
        assert_eq!(mails.len(), 1);
        assert!(mails[0].text.contains("dimanche 11 octobre"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mission_that_the_mail_server_refuses_does_not_keep_the_others_from_arriving() {
    on_stage(&[("INVITATION_DAYS", "30")], async |stage| {
        dislike(&stage, Some("13 octobre"));
        let mut innocent = BTreeSet::new();
        for day in 11..16 {
            let token = invite_to(&stage, &stage.lea, day).await;
            if day != 13 {
                innocent.insert(token);
            }
        }
        let (mut told, mut mails) = (BTreeSet::new(), 0);
        for minutes in [0].into_iter().chain(WAITS) {
            stage.app.state.clock.advance(TimeDelta::minutes(minutes));
            for mail in stage.post.deliver(stage.app).await {
                mails += 1;
                told.extend(mail.tokens().into_iter().map(str::to_owned));
            }
        }
        assert_eq!(told, innocent);
        assert!(mails <= 3, "{mails}");
        let given_up = failed(&as_server(stage.app)).await.expect("the outbox");
        assert_eq!((given_up.len(), given_up[0].attempts), (1, 10));
    })
    .await;
}

/// Each mail that comes of one that was refused counts towards the allowances.
#[tokio::test(flavor = "multi_thread")]
async fn the_parts_of_a_mail_that_was_refused_count_as_mails_of_their_own() {
    let settings = [
        ("THROTTLE_ENABLED", "true"),
        ("MAILS_PER_RECIPIENT_A_DAY", "1"),
    ];
    on_stage(&settings, async |stage| {
        refuse(&stage, Some("554 5.7.1 no\r\n"));
        invite_to(&stage, &stage.lea, 11).await;
        invite_to(&stage, &stage.lea, 12).await;
        assert!(stage.post.deliver(stage.app).await.is_empty());
        assert_eq!(letters(&stage).await.len(), 2);
        refuse(&stage, None);
        stage.later(60);
        assert_eq!(stage.post.deliver(stage.app).await.len(), 1);
        stage.app.state.clock.advance(TimeDelta::days(1));
        assert_eq!(stage.post.deliver(stage.app).await.len(), 1);
        assert_eq!(rows(stage.app).await, []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_asks_for_patience_gets_the_mail_in_one_piece() {
    on_stage(&[], async |stage| {
        refuse(&stage, LATER);
        invite_to(&stage, &stage.lea, 11).await;
        invite_to(&stage, &stage.lea, 12).await;
        for minutes in [0, 1, 5] {
            stage.later(minutes * 60);
            assert!(stage.post.deliver(stage.app).await.is_empty());
        }
        refuse(&stage, None);
        stage.later(30 * 60);
        let mails = stage.post.deliver(stage.app).await;
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].tokens().len(), 2);
    })
    .await;
}

/// Fifty-five missions are two mails. Of one of them, one mission is refused.
#[tokio::test(flavor = "multi_thread")]
async fn more_missions_than_one_mail_tells_of_arrive_although_one_is_refused() {
    on_stage(&[("INVITATION_DAYS", "30")], async |stage| {
        dislike(&stage, Some("20 octobre"));
        let mut innocent = BTreeSet::new();
        for day in 11..66 {
            let token = invite_to(&stage, &stage.lea, day).await;
            if day != 20 {
                innocent.insert(token);
            }
        }
        let mut told = Vec::new();
        for minutes in [0].into_iter().chain(WAITS) {
            stage.app.state.clock.advance(TimeDelta::minutes(minutes));
            for mail in stage.post.deliver(stage.app).await {
                told.extend(mail.tokens().into_iter().map(str::to_owned));
            }
        }
        assert_eq!(told.len(), innocent.len(), "each once");
        assert_eq!(told.into_iter().collect::<BTreeSet<_>>(), innocent);
        assert_eq!(rows(stage.app).await, [(false, 10)]);
    })
    .await;
}

/// The answers of an outage stay the mails that they were.
#[tokio::test(flavor = "multi_thread")]
async fn mails_that_failed_at_different_times_stay_different_mails() {
    on_stage(&[], async |stage| {
        stage.post.server.hang_up_early(true);
        let first = invite_to(&stage, &stage.lea, 11).await;
        assert!(stage.post.deliver(stage.app).await.is_empty());
        stage.later(30);
        let second = invite_to(&stage, &stage.lea, 12).await;
        assert!(stage.post.deliver(stage.app).await.is_empty());
        stage.post.server.hang_up_early(false);
        stage.later(60);
        let mails = stage.post.deliver(stage.app).await;
        let told: Vec<_> = mails.iter().map(|mail| mail.tokens()).collect();
        assert_eq!(told, [[&*first], [&*second]]);
    })
    .await;
}

/// An attempt that its allowance could not be asked about was not made.
#[tokio::test(flavor = "multi_thread")]
async fn a_mail_whose_allowance_could_not_be_read_was_not_tried_and_has_not_counted() {
    let settings = [
        ("THROTTLE_ENABLED", "true"),
        ("MAILS_PER_RECIPIENT_A_DAY", "1"),
    ];
    on_stage(&settings, async |stage| {
        let run = async |sql: &'static str| {
            let query = diesel::sql_query(sql);
            let write = stage
                .app
                .state
                .db
                .write(async |conn| conn.execute(query.clone()).await);
            write.await.expect("a statement");
        };
        stage.world.invite(&stage.role, &[&stage.lea]).await;
        run("ALTER TABLE throttles RENAME TO gone").await;
        assert!(stage.post.deliver(stage.app).await.is_empty());
        assert_eq!(rows(stage.app).await, [(true, 0)]);
        run("ALTER TABLE gone RENAME TO throttles").await;
        // It is not one that perhaps arrived.
        stage.cancel(None).await;
        invite_to(&stage, &stage.lea, 12).await;
        stage.later(120);
        let mails = stage.post.deliver(stage.app).await;
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].tokens().len(), 1);
        assert_eq!(rows(stage.app).await, []);
        invite_to(&stage, &stage.lea, 13).await;
        assert!(
            stage.post.deliver(stage.app).await.is_empty(),
            "it has counted"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_never_got_the_invitation_is_not_told_of_the_end_of_one_that_was_sent_again() {
    on_stage(&[("ACCESS_TOKEN_MINUTES", "1440")], async |stage| {
        for moves in [false, true] {
            let invited = stage
                .world
                .invite(&stage.role, &[&stage.lea])
                .await
                .remove(0);
            stage.later(1);
            if moves {
                stage.move_to(NEXT_DAY).await;
                stage.later(1);
            }
            let input = json!({"assignmentId": invited.0});
            let sent = stage
                .world
                .owner
                .mutate("resendInvitation", "token", input)
                .await;
            sent.data();
            stage.cancel(None).await;
            stage.later(3_600);
            assert!(stage.post.deliver(stage.app).await.is_empty(), "{moves}");
            assert_eq!(rows(stage.app).await, []);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_have_got_the_invitation_is_told_of_the_end_of_one_that_was_sent_again() {
    on_stage(&[], async |stage| {
        stage.post.server.hang_up(true);
        let invited = stage
            .world
            .invite(&stage.role, &[&stage.lea])
            .await
            .remove(0);
        assert!(stage.post.deliver(stage.app).await.is_empty());
        stage.post.server.hang_up(false);
        stage.later(1);
        let input = json!({"assignmentId": invited.0});
        let sent = stage
            .world
            .owner
            .mutate("resendInvitation", "token", input)
            .await;
        sent.data();
        stage.cancel(None).await;
        stage.later(120);
        let mails = stage.post.deliver(stage.app).await;
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].subject, "Annulation : Load-in, le 10 octobre");
    })
    .await;
}
