//! Whom the larger allowance is for, and which attempts count.

use chrono::TimeDelta;
use coulisses_crew::access::Role;
use coulisses_crew::db::schema::org_memberships;
use coulisses_crew::ids::OrgId;
use diesel::prelude::*;

use super::{Stage, on_stage, write_to};
use crate::support::key;

/// Invites somebody to five missions, and says how many of the mails go at once.
async fn at_once(stage: &Stage<'_>, person: &str) -> usize {
    for day in 11..16 {
        let times = (
            format!("2026-10-{day}T08:00:00Z"),
            format!("2026-10-{day}T18:00:00Z"),
        );
        let times = (&*times.0, &*times.1);
        let (_, role) = stage.world.place(&stage.project, times, 1).await;
        stage.world.invite(&role, &[person]).await;
    }
    stage.post.deliver(stage.app).await.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_member_at_the_address_of_their_account_gets_more_than_three_mails_a_day() {
    on_stage(&[("THROTTLE_ENABLED", "true")], async |stage| {
        let world = &stage.world;
        let (tech, user) = world.member(Role::Tech).await;
        let me = tech.query("{ me { email } }").await;
        write_to(stage.app, &user, me.str("/data/me/email")).await;
        assert_eq!(at_once(&stage, &user).await, 5, "a member");

        // A manager may write any address into a profile.
        let (_, user) = world.member(Role::Tech).await;
        write_to(stage.app, &user, "stranger@elsewhere.example").await;
        assert_eq!(at_once(&stage, &user).await, 3, "somebody else's address");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_left_gets_no_more_mail_than_a_stranger() {
    on_stage(&[("THROTTLE_ENABLED", "true")], async |stage| {
        let (tech, user) = stage.world.member(Role::Tech).await;
        let me = tech.query("{ me { email } }").await;
        write_to(stage.app, &user, me.str("/data/me/email")).await;
        let left = org_memberships::table
            .filter(org_memberships::org_id.eq(key::<OrgId>(&stage.world.org_id)))
            .filter(org_memberships::role.eq(Role::Tech));
        let left = diesel::delete(left);
        let write = stage
            .app
            .state
            .db
            .write(async |conn| conn.execute(left).await);
        write.await.expect("a membership");
        assert_eq!(at_once(&stage, &user).await, 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_counts_once_however_often_it_is_tried() {
    on_stage(&[("THROTTLE_ENABLED", "true")], async |stage| {
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
