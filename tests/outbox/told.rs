//! What is told to the people, and to those who invited them.

use chrono::TimeDelta;
use coulisses_crew::access::Role;
use coulisses_crew::domains::assignments::model::AssignmentStatus;
use serde_json::json;

use super::{TIMES, on_stage, write_to};
use crate::support::{World, accept, decline, instant};

const INVITE: &str = "
    mutation($input: InviteToMissionInput!) {
        inviteToMission(input: $input) { invitations { token } }
    }
";

const ENGLISH: &str = "mutation { updateOrg(input: {language: EN}) { org { id } } }";

#[tokio::test(flavor = "multi_thread")]
async fn who_is_invited_gets_a_link_and_the_mission_at_once() {
    on_stage(&[], async |stage| {
        let (assignment, token) = stage
            .world
            .invite(&stage.role, &[&stage.lea])
            .await
            .remove(0);
        let mails = stage.post.deliver(stage.app).await;
        assert_eq!(mails.len(), 1);
        let mail = &mails[0];
        assert_eq!(mail.to, "lea@crew.example");
        assert_eq!(mail.subject, "Vous êtes demandé·e le 10 octobre : Load-in");
        let link = format!("https://app.coulisses.example/invitation?token={token}");
        for expected in [
            "Bonjour Léa,",
            "samedi 10 octobre 2026, de 10 h à 20 h (Europe/Paris)",
            "Rigger",
            &link,
        ] {
            assert!(mail.text.contains(expected), "{expected}: {}", mail.text);
            assert!(mail.html.contains(expected), "{expected}: {}", mail.html);
        }
        for (name, value) in [
            ("mime-version", "1.0"),
            ("auto-submitted", "auto-generated"),
            ("date", "Tue, 01 Sep 2026 08:00:00 +0000"),
        ] {
            assert_eq!(mail.header(name).as_deref(), Some(value));
        }
        let calendar = mail.calendar.as_deref().expect("a calendar file");
        for line in [
            &*format!("UID:{assignment}\n"),
            "METHOD:PUBLISH\n",
            "SEQUENCE:0\n",
            "DTSTART:20261010T080000Z\n",
            "DTEND:20261010T180000Z\n",
            "STATUS:TENTATIVE\n",
        ] {
            assert!(calendar.contains(line), "{line}: {calendar}");
        }
        accept(&stage.app.client(), &token).await.data();
        assert!(stage.told().await.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_is_in_the_language_of_the_organisation() {
    on_stage(&[], async |stage| {
        stage.world.owner.query(ENGLISH).await.data();
        let (_, token) = stage
            .world
            .invite(&stage.role, &[&stage.lea])
            .await
            .remove(0);
        let mails = stage.post.deliver(stage.app).await;
        assert_eq!(mails[0].subject, "Are you available on 10 October? Load-in");
        for expected in [
            "Hello Léa,",
            "Saturday 10 October 2026, 10:00 to 20:00 (Europe/Paris)",
            "Please answer before: Tuesday 8 September 2026 at 10:00 (Europe/Paris)",
        ] {
            assert!(
                mails[0].text.contains(expected),
                "{expected}: {}",
                mails[0].text
            );
        }
        assert!(
            mails[0].html.contains("<html lang=\"en\">"),
            "{}",
            mails[0].html
        );
        decline(&stage.app.client(), &token).await.data();
        let told = stage.told().await;
        assert_eq!(told[0].subject, "Léa declined: Load-in");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_address_is_told_nothing() {
    on_stage(&[], async |stage| {
        let marc = stage.world.user("Marc", &[]).await;
        stage.world.invite(&stage.role, &[&marc]).await;
        assert!(stage.post.deliver(stage.app).await.is_empty());
        // It does not wait for an address either.
        write_to(stage.app, &marc, "marc@crew.example").await;
        assert!(stage.told().await.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_invited_is_told_in_one_mail_who_declined_and_not_what_they_entered_themselves() {
    on_stage(&[], async |stage| {
        let marc = stage.world.user("Marc", &[]).await;
        let people = [&*stage.lea, &*marc];
        let invited = stage.world.invite(&stage.role, &people).await;
        assert_eq!(stage.post.deliver(stage.app).await.len(), 1);
        for (_, token) in &invited {
            decline(&stage.app.client(), token).await.data();
        }
        let told = stage.told().await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].to, "owner@regie.example");
        assert_eq!(told[0].subject, "2 réponses : Load-in");
        for name in ["Léa", "Marc"] {
            let line = format!("{name} a décliné. Motif\u{a0}: busy");
            assert!(told[0].text.contains(&line), "{}", told[0].text);
        }
        let (_, role) = stage.world.place(&stage.project, TIMES, 1).await;
        let (id, _) = stage.world.invite(&role, &[&stage.lea]).await.remove(0);
        assert_eq!(stage.post.deliver(stage.app).await.len(), 1);
        let decline = format!(
            "mutation {{ declineAssignment(input: {{id: \"{id}\"}}) {{ assignment {{ id }} }} }}"
        );
        stage.world.owner.query(&decline).await.data();
        assert!(stage.told().await.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_invited_is_told_as_long_as_they_are_a_manager() {
    on_stage(&[], async |stage| {
        let manager = stage.world.member(Role::Manager).await.0;
        let marc = stage.world.user("Marc", &[]).await;
        let members = "{ me { email memberships { id } } }";
        let me = manager.query(members).await;
        for (user, told) in [(&stage.lea, 1), (&marc, 0)] {
            let input = json!({"input": {"roleId": stage.role, "userIds": [user]}});
            let invited = manager.gql(INVITE, input).await;
            let token = invited.str("/data/inviteToMission/invitations/0/token");
            stage.post.deliver(stage.app).await;
            decline(&stage.app.client(), token).await.data();
            if told == 0 {
                let id = me.str("/data/me/memberships/0/id");
                let demote = format!("mutation {{ setMemberRole(input: {{membershipId: \"{id}\", role: TECH}}) {{ membership {{ id }} }} }}");
                stage.world.owner.query(&demote).await.data();
            }
            let mails = stage.told().await;
            assert_eq!(mails.len(), told);
            assert!(mails.iter().all(|mail| mail.to == me.str("/data/me/email")));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawal_is_told_to_who_invited_and_a_late_one_is_called_late() {
    on_stage(&[], async |stage| {
        let (_, token) = stage.invited(&stage.lea).await;
        accept(&stage.app.client(), &token).await.data();
        let cut_off = instant(TIMES.0) - TimeDelta::hours(48);
        for (early, subject) in [
            (TimeDelta::zero(), "Désistement de Léa : Load-in"),
            (
                TimeDelta::microseconds(-1),
                "Désistement tardif de Léa : Load-in",
            ),
        ] {
            let now = stage.app.state.clock.now();
            stage.app.state.clock.advance(cut_off - early - now);
            stage.cancel(Some(&stage.lea)).await;
            let told = stage.told().await;
            assert_eq!(told.len(), 1);
            assert_eq!(told[0].to, "owner@regie.example");
            assert_eq!(told[0].subject, subject);
            // The same once more, a microsecond later.
            stage.reopen(AssignmentStatus::Accepted).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_sent_again_goes_at_once_and_replaces_one_that_still_waits() {
    on_stage(&[], async |stage| {
        let resend = async |assignment: &str| {
            let input = json!({"assignmentId": assignment});
            let sent = stage.world.owner.mutate("resendInvitation", "token", input);
            let sent = sent.await;
            sent.str("/data/resendInvitation/token").to_owned()
        };
        let (assignment, _) = stage.invited(&stage.lea).await;
        let token = resend(&assignment).await;
        let mails = stage.post.deliver(stage.app).await;
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].token(), Some(&*token));
        assert_eq!(
            mails[0].subject,
            "Vous êtes demandé·e le 10 octobre : Load-in"
        );

        let marc = stage.world.user("Marc", &[]).await;
        write_to(stage.app, &marc, "marc@crew.example").await;
        let (assignment, _) = stage.world.invite(&stage.role, &[&marc]).await.remove(0);
        stage.later(1);
        let token = resend(&assignment).await;
        let mails = stage.post.deliver(stage.app).await;
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].token(), Some(&*token));
    })
    .await;
}

/// What is told in one organisation is not told in another.
#[tokio::test(flavor = "multi_thread")]
async fn two_organisations_have_their_own_mail() {
    on_stage(&[], async |stage| {
        let other = World::new(stage.app, "scene").await;
        let project = other.project("Autre").await;
        let (_, role) = other.place(&project, TIMES, 1).await;
        let ada = other.user("Ada", &[]).await;
        write_to(stage.app, &ada, "ada@crew.example").await;
        stage.world.invite(&stage.role, &[&stage.lea]).await;
        other.invite(&role, &[&ada]).await;
        let mails = stage.post.deliver(stage.app).await;
        assert_eq!(mails.len(), 2);
        for mail in mails {
            let org = if mail.to == "ada@crew.example" {
                "scene"
            } else {
                "regie"
            };
            assert!(mail.text.contains(&format!("pour {org}.")), "{}", mail.text);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_invites_themselves_gets_no_mail() {
    on_stage(&[], async |stage| {
        let (manager, user) = stage.world.member(Role::Manager).await;
        write_to(stage.app, &user, "chief@crew.example").await;
        let input = json!({"roleId": stage.role, "userIds": [user]});
        let invited = manager.mutate("inviteToMission", "invitations { token }", input);
        invited.await.data();
        assert!(stage.post.deliver(stage.app).await.is_empty());
    })
    .await;
}
