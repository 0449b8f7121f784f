//! How many mails a recipient gets, and what becomes of what they do not get at once.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use coulisses_crew::access::Role;
use serde_json::json;

use super::{Stage, invite_to, on_stage, rows, write_to};

/// People stay signed in for the day.
const THROTTLED: [(&str, &str); 2] = [
    ("THROTTLE_ENABLED", "true"),
    ("ACCESS_TOKEN_MINUTES", "1440"),
];

/// Invites somebody to five missions, one after the other, and says how many of the mails go at once.
async fn at_once(stage: &Stage<'_>, person: &str) -> usize {
    let mut sent = 0;
    for day in 11..16 {
        invite_to(stage, person, day).await;
        sent += stage.post.deliver(stage.app).await.len();
    }
    sent
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipient_gets_three_mails_and_eight_hours_later_one_with_all_that_has_waited() {
    on_stage(&THROTTLED, async |stage| {
        assert_eq!(at_once(&stage, &stage.lea).await, 3);
        // Another one does not go either before the allowance admits it.
        stage.app.state.clock.advance(TimeDelta::hours(1));
        let token = invite_to(&stage, &stage.lea, 17).await;
        assert!(stage.post.deliver(stage.app).await.is_empty());
        let rest = TimeDelta::hours(7) - TimeDelta::microseconds(1);
        stage.app.state.clock.advance(rest);
        assert!(stage.post.deliver(stage.app).await.is_empty());
        stage.app.state.clock.advance(TimeDelta::microseconds(1));
        let mails = stage.post.deliver(stage.app).await;
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].subject, "Vous êtes demandé·e pour 3 missions");
        assert_eq!(mails[0].tokens().last(), Some(&token.as_str()));
        assert_eq!(rows(stage.app).await, []);
        // The next one is admitted eight hours later, and not three at once.
        invite_to(&stage, &stage.lea, 18).await;
        assert!(stage.post.deliver(stage.app).await.is_empty());
        let eight_hours = TimeDelta::hours(8);
        stage.app.state.clock.advance(eight_hours);
        assert_eq!(stage.post.deliver(stage.app).await.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_invitations_in_a_burst_are_a_few_mails_and_none_is_lost() {
    on_stage(&THROTTLED, async |stage| {
        let (mut invited, mut told) = (BTreeSet::new(), Vec::new());
        let mut sent = 0;
        for day in 0..60 {
            invited.insert(invite_to(&stage, &stage.lea, 11 + day).await);
            let mails = stage.post.deliver(stage.app).await;
            sent += mails.len();
            told.extend(mails);
        }
        assert_eq!(sent, 3);
        assert_eq!(rows(stage.app).await.len(), 57);
        // A mail tells of fifty missions. The other seven wait for the next one.
        for waiting in [7, 0] {
            stage.app.state.clock.advance(TimeDelta::hours(8));
            let mails = stage.post.deliver(stage.app).await;
            assert_eq!(mails.len(), 1);
            assert_eq!(rows(stage.app).await.len(), waiting);
            told.extend(mails);
        }
        let tokens = told.iter().flat_map(|mail| mail.tokens());
        let tokens: Vec<String> = tokens.map(str::to_owned).collect();
        assert_eq!(tokens.len(), 60);
        assert_eq!(tokens.into_iter().collect::<BTreeSet<_>>(), invited);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_gets_as_many_mails_as_others_and_invitations_to_join_count_too() {
    on_stage(&THROTTLED, async |stage| {
        let world = &stage.world;
        let (tech, user) = world.member(Role::Tech).await;
        let me = tech.query("{ me { email } }").await;
        write_to(stage.app, &user, me.str("/data/me/email")).await;
        assert_eq!(at_once(&stage, &user).await, 3, "a member");

        let input = json!({"email": "lea@crew.example", "role": "TECH"});
        let invited = world.owner.mutate("inviteMember", "token", input).await;
        invited.data();
        stage.post.deliver(stage.app).await;
        assert_eq!(at_once(&stage, &stage.lea).await, 2, "invited to join");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_sets_how_many_mails_a_recipient_gets_in_a_day() {
    let four = ("MAILS_PER_RECIPIENT_A_DAY", "4");
    on_stage(&[THROTTLED[0], THROTTLED[1], four], async |stage| {
        assert_eq!(at_once(&stage, &stage.lea).await, 4);
        let early = TimeDelta::hours(6) - TimeDelta::microseconds(1);
        stage.app.state.clock.advance(early);
        assert!(stage.post.deliver(stage.app).await.is_empty());
        stage.app.state.clock.advance(TimeDelta::microseconds(1));
        assert_eq!(stage.post.deliver(stage.app).await.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_called_off_while_its_invitation_waits_is_never_told() {
    on_stage(&THROTTLED, async |stage| {
        assert_eq!(at_once(&stage, &stage.lea).await, 3);
        stage.world.invite(&stage.role, &[&stage.lea]).await;
        assert!(stage.post.deliver(stage.app).await.is_empty());
        stage.later(1);
        stage.cancel(None).await;
        stage.app.state.clock.advance(TimeDelta::hours(8));
        let mails = stage.post.deliver(stage.app).await;
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].subject, "Vous êtes demandé·e pour 2 missions");
        assert!(!mails[0].text.contains("10 octobre"), "{}", mails[0].text);
        assert_eq!(rows(stage.app).await, []);
    })
    .await;
}

/// Its link ends when the mission starts, however long the mail waits.
#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_whose_link_ends_while_it_waits_is_not_mailed() {
    on_stage(&THROTTLED, async |stage| {
        assert_eq!(at_once(&stage, &stage.lea).await, 3);
        let tonight = ("2026-09-01T12:00:00Z", "2026-09-01T22:00:00Z");
        let (_, role) = stage.world.place(&stage.project, tonight, 1).await;
        stage.world.invite(&role, &[&stage.lea]).await;
        assert!(stage.post.deliver(stage.app).await.is_empty());
        stage.app.state.clock.advance(TimeDelta::hours(8));
        let mails = stage.post.deliver(stage.app).await;
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].subject, "Vous êtes demandé·e pour 2 missions");
        assert_eq!(rows(stage.app).await, []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_counts_once_however_often_it_is_tried() {
    on_stage(&THROTTLED, async |stage| {
        let refuse = |with| *stage.post.server.refusal.lock().expect("nobody panicked") = with;
        refuse(Some("450 4.2.0 later\r\n"));
        let world = &stage.world;
        let token = world.invite(&stage.role, &[&stage.lea]).await.remove(0).1;
        for minutes in [0, 1, 5, 30] {
            stage.app.state.clock.advance(TimeDelta::minutes(minutes));
            assert!(stage.post.deliver(stage.app).await.is_empty());
        }
        refuse(None);
        stage.app.state.clock.advance(TimeDelta::minutes(120));
        let mails = stage.post.deliver(stage.app).await;
        assert_eq!(mails.len(), 1, "the fifth attempt");
        assert_eq!(mails[0].token(), Some(&*token));
    })
    .await;
}
