//! What is told when a mission moves or is called off.

use chrono::TimeDelta;
use serde_json::json;

use super::{TIMES, on_stage};
use crate::support::{Sent, accept, instant};

const NEXT_DAY: (&str, &str) = ("2026-10-11T08:00:00Z", "2026-10-11T18:00:00Z");
const AFTERNOON: (&str, &str) = ("2026-10-10T12:00:00Z", "2026-10-10T18:00:00Z");

/// The sequence of the only event in a mail.
fn sequence(mail: &Sent) -> i64 {
    let calendar = mail.calendar.as_deref().expect("a calendar file");
    let line = calendar
        .lines()
        .find_map(|line| line.strip_prefix("SEQUENCE:"));
    line.expect("a sequence").parse().expect("a number")
}

fn has(mail: &Sent, line: &str) {
    let calendar = mail.calendar.as_deref().expect("a calendar file");
    assert!(
        calendar.lines().any(|found| found == line),
        "{line}: {calendar}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_accepted_is_asked_again_with_a_new_link_and_who_invited_hears_the_answer() {
    on_stage(&[], async |stage| {
        let (assignment, token) = stage.invited(&stage.lea).await;
        accept(&stage.app.client(), &token).await.data();
        stage.later(1);
        stage.move_to(NEXT_DAY).await;
        let told = stage.told().await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].to, "lea@crew.example");
        assert_eq!(told[0].subject, "Horaire modifié, à reconfirmer : Load-in");
        for expected in [
            "dimanche 11 octobre 2026, de 10 h à 20 h (Europe/Paris)",
            "Ancien horaire\u{a0}: samedi 10 octobre 2026, de 10 h à 20 h (Europe/Paris)",
        ] {
            assert!(
                told[0].text.contains(expected),
                "{expected}: {}",
                told[0].text
            );
        }
        has(&told[0], &format!("UID:{assignment}"));
        has(&told[0], "DTSTART:20261011T080000Z");
        has(&told[0], "STATUS:TENTATIVE");
        assert!(sequence(&told[0]) > 0);
        let new = told[0].token().expect("a link").to_owned();
        assert_eq!(
            accept(&stage.app.client(), &token).await.code(),
            "INVALID_TOKEN"
        );
        accept(&stage.app.client(), &new).await.data();
        let told = stage.told().await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].to, "owner@regie.example");
        assert_eq!(told[0].subject, "Léa reconfirme : Load-in");
        assert!(told[0].calendar.is_none());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_accepted_is_told_of_a_time_within_the_old_one_and_stays() {
    on_stage(&[], async |stage| {
        let (_, token) = stage.invited(&stage.lea).await;
        accept(&stage.app.client(), &token).await.data();
        stage.move_to(AFTERNOON).await;
        let told = stage.told().await;
        assert_eq!(told.len(), 1);
        assert_eq!(
            told[0].subject,
            "Convocation modifiée : Load-in, le 10 octobre"
        );
        assert!(told[0].token().is_none());
        has(&told[0], "DTSTART:20261010T120000Z");
        has(&told[0], "STATUS:CONFIRMED");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_not_answered_gets_a_new_link_only_if_the_old_one_no_longer_works() {
    on_stage(&[], async |stage| {
        let (_, token) = stage.invited(&stage.lea).await;
        stage.move_to(AFTERNOON).await;
        let told = stage.told().await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].subject, "Horaire modifié : Load-in");
        assert!(told[0].token().is_none());
        assert!(
            told[0].text.contains("le lien que vous avez déjà reçu"),
            "{}",
            told[0].text
        );
        let first = sequence(&told[0]);
        stage.move_to(NEXT_DAY).await;
        let told = stage.told().await;
        assert_eq!(told[0].subject, "Horaire modifié : Load-in");
        assert!(sequence(&told[0]) > first);
        assert_eq!(
            accept(&stage.app.client(), &token).await.code(),
            "INVALID_TOKEN"
        );
        let new = told[0].token().expect("a link").to_owned();
        accept(&stage.app.client(), &new).await.data();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_changes_within_two_minutes_are_one_mail_with_the_last_state() {
    on_stage(&[], async |stage| {
        let (_, token) = stage.invited(&stage.lea).await;
        accept(&stage.app.client(), &token).await.data();
        stage.later(1);
        stage
            .move_to(("2026-10-12T08:00:00Z", "2026-10-12T18:00:00Z"))
            .await;
        stage.later(59);
        stage.move_to(NEXT_DAY).await;
        let told = stage.told_in(61).await;
        assert_eq!(told.len(), 1);
        assert!(
            told[0].text.contains("dimanche 11 octobre"),
            "{}",
            told[0].text
        );
        assert!(!told[0].text.contains("12 octobre"), "{}", told[0].text);
        stage.later(3_600);
        assert!(stage.post.deliver(stage.app).await.is_empty());
        let new = told[0].token().expect("a link").to_owned();
        accept(&stage.app.client(), &new).await.data();
    })
    .await;
}

/// The accord that was given does not come back with the old time, and the old link does not either.
#[tokio::test(flavor = "multi_thread")]
async fn a_mission_that_moves_away_and_back_asks_again() {
    on_stage(&[], async |stage| {
        let (_, token) = stage.invited(&stage.lea).await;
        accept(&stage.app.client(), &token).await.data();
        stage.later(1);
        stage.move_to(NEXT_DAY).await;
        stage.later(1);
        stage.move_to(TIMES).await;
        let told = stage.told_in(119).await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].subject, "Horaire modifié, à reconfirmer : Load-in");
        assert!(!told[0].text.contains("Ancien horaire"), "{}", told[0].text);
        let new = told[0].token().expect("a link").to_owned();
        accept(&stage.app.client(), &new).await.data();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_seen_a_change_is_not_told_of_it() {
    on_stage(&[], async |stage| {
        let (_, token) = stage.invited(&stage.lea).await;
        accept(&stage.app.client(), &token).await.data();
        stage.later(1);
        stage.move_to(NEXT_DAY).await;
        stage.later(1);
        // She withdraws before the mail goes. Who invited her is told that.
        stage.cancel(Some(&stage.lea)).await;
        let told = stage.told().await;
        assert!(
            told.iter().all(|mail| mail.to != "lea@crew.example"),
            "{told:?}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_called_off_is_told_why_and_the_calendar_too() {
    on_stage(&[], async |stage| {
        let (assignment, token) = stage.invited(&stage.lea).await;
        accept(&stage.app.client(), &token).await.data();
        stage.cancel(None).await;
        let told = stage.told().await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].to, "lea@crew.example");
        assert_eq!(told[0].subject, "Annulation : Load-in, le 10 octobre");
        let reason = "Motif\u{a0}: orage: voir http meteo example";
        assert!(told[0].text.contains(reason), "{}", told[0].text);
        has(&told[0], &format!("UID:{assignment}"));
        has(&told[0], "STATUS:CANCELLED");
        assert!(sequence(&told[0]) > 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_called_off_before_the_invitation_was_sent_is_told_nothing() {
    on_stage(&[], async |stage| {
        stage.world.invite(&stage.role, &[&stage.lea]).await;
        stage.later(1);
        stage.cancel(None).await;
        stage.later(1);
        assert!(stage.post.deliver(stage.app).await.is_empty());
        stage.later(3_600);
        assert!(stage.post.deliver(stage.app).await.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_called_off_and_invited_again_gets_one_mail_with_both_events() {
    on_stage(&[], async |stage| {
        let (old, token) = stage.invited(&stage.lea).await;
        accept(&stage.app.client(), &token).await.data();
        stage.later(1);
        stage.cancel(None).await;
        stage.later(1);
        let (new, token) = stage
            .world
            .invite(&stage.role, &[&stage.lea])
            .await
            .remove(0);
        let told = stage.post.deliver(stage.app).await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].token(), Some(&*token));
        for line in [
            &*format!("UID:{old}"),
            &format!("UID:{new}"),
            "STATUS:CANCELLED",
            "STATUS:TENTATIVE",
        ] {
            has(&told[0], line);
        }
        stage.later(3_600);
        assert!(stage.post.deliver(stage.app).await.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_asked_again_too_late_for_a_link_is_told_all_the_same() {
    on_stage(&[], async |stage| {
        let (_, token) = stage.invited(&stage.lea).await;
        accept(&stage.app.client(), &token).await.data();
        // The mission has begun: a link would end at its start.
        let begun = instant(TIMES.0) + TimeDelta::hours(1) - stage.app.state.clock.now();
        stage.app.state.clock.advance(begun);
        let owner = stage.world.owner_again().await;
        let input =
            json!({"id": stage.mission, "startsAt": TIMES.0, "endsAt": "2026-10-10T20:00:00Z"});
        owner
            .mutate("rescheduleMission", "applied", input)
            .await
            .data();
        let told = stage.told().await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].subject, "Horaire modifié, à reconfirmer : Load-in");
        assert_eq!(told[0].token(), None);
        let how = "connectez-vous";
        assert!(told[0].text.contains(how), "{}", told[0].text);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sequence_does_not_fall_if_a_change_is_told_before_its_two_minutes_are_over() {
    on_stage(&[], async |stage| {
        let (assignment, _) = stage
            .world
            .invite(&stage.role, &[&stage.lea])
            .await
            .remove(0);
        stage.later(1);
        stage.move_to(NEXT_DAY).await;
        // The invitation goes at once, and tells of the move too.
        let first = stage.post.deliver(stage.app).await;
        stage.later(60);
        let input = json!({"assignmentId": assignment});
        let owner = &stage.world.owner;
        owner
            .mutate("resendInvitation", "token", input)
            .await
            .data();
        let second = stage.post.deliver(stage.app).await;
        assert_eq!((first.len(), second.len()), (1, 1));
        assert!(sequence(&second[0]) > sequence(&first[0]));
    })
    .await;
}
