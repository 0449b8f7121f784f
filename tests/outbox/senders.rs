//! Mail that several accounts cause, and several servers that send at the same time.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use coulisses_crew::access::Role;
use coulisses_crew::domains::outbox::service::deliver_due;
use coulisses_crew::domains::throttle::service::{MAIL_OF_ACCOUNT, attempt};
use coulisses_crew::ids::AccountId;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{Stage, TIMES, invite_to, on_stage, rows, write_to};
use crate::support::{Client, Sent, TestApp, World, accept, as_server, decline, instant, key};

const ON: [(&str, &str); 1] = [("THROTTLE_ENABLED", "true")];

const INVITE: &str = "
    mutation($input: InviteToMissionInput!) {
        inviteToMission(input: $input) { invitations { token } }
    }
";

/// Uses up what an account may have mailed, as it may do in another organisation.
async fn use_up(app: &TestApp, client: &Client) {
    let me = client.query("{ me { id } }").await;
    let account = key::<AccountId>(me.str("/data/me/id")).to_string();
    for _ in 0..30 {
        let counted = attempt(&app.state, MAIL_OF_ACCOUNT, &account).await;
        counted.expect("an allowance");
    }
}

/// Has somebody else than the owner invite a person to a mission of its own, so many days after the end of September.
async fn invited_by(stage: &Stage<'_>, client: &Client, person: &str, day: i64) -> String {
    let shift = TimeDelta::days(day - 10);
    let [from, to] = [TIMES.0, TIMES.1].map(|at| (instant(at) + shift).to_rfc3339());
    let (_, role) = stage.world.place(&stage.project, (&from, &to), 1).await;
    let input = json!({"roleId": role, "userIds": [person]});
    let invited = client.gql(INVITE, json!({"input": input})).await;
    let token = invited.str("/data/inviteToMission/invitations/0/token");
    token.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_has_used_up_its_allowance_holds_back_its_own_mail_only() {
    on_stage(&ON, async |stage| {
        let (mallory, _) = stage.world.member(Role::Manager).await;
        use_up(stage.app, &mallory).await;
        let own = invite_to(&stage, &stage.lea, 11).await;
        stage.later(1);
        let other = invited_by(&stage, &mallory, &stage.lea, 12).await;
        let mails = stage.post.deliver(stage.app).await;
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].tokens(), [&*own, &*other]);
        // What it alone caused waits.
        let marc = stage.world.user("Marc", &[]).await;
        write_to(stage.app, &marc, "marc@crew.example").await;
        invited_by(&stage, &mallory, &marc, 13).await;
        assert!(stage.post.deliver(stage.app).await.is_empty());
        assert_eq!(rows(stage.app).await.len(), 1);
        stage.app.state.clock.advance(TimeDelta::minutes(2));
        assert_eq!(stage.post.deliver(stage.app).await.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_waits_if_all_accounts_that_caused_it_have_used_up_their_allowance() {
    on_stage(&ON, async |stage| {
        let (mallory, _) = stage.world.member(Role::Manager).await;
        use_up(stage.app, &mallory).await;
        use_up(stage.app, &stage.world.owner).await;
        invite_to(&stage, &stage.lea, 11).await;
        invited_by(&stage, &mallory, &stage.lea, 12).await;
        assert!(stage.post.deliver(stage.app).await.is_empty());
        stage.app.state.clock.advance(TimeDelta::minutes(2));
        let mails = stage.post.deliver(stage.app).await;
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].tokens().len(), 2);
    })
    .await;
}

/// The answers of the one who has used up the allowance do not hold back those of the others.
#[tokio::test(flavor = "multi_thread")]
async fn an_invited_member_cannot_hold_back_the_answers_of_the_others() {
    on_stage(&ON, async |stage| {
        let (mallory, user) = stage.world.member(Role::Tech).await;
        use_up(stage.app, &mallory).await;
        let (tech, other) = stage.world.member(Role::Tech).await;
        for (client, person) in [(&tech, &other), (&mallory, &user)] {
            let token = stage.world.invite(&stage.role, &[person]).await.remove(0).1;
            stage.later(1);
            decline(client, &token).await.data();
        }
        stage.post.deliver(stage.app).await;
        stage.later(120);
        let told = stage.post.deliver(stage.app).await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].subject, "2 réponses : Load-in");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn seven_mails_a_day_are_one_after_each_seventh_of_a_day() {
    let settings = [
        ON[0],
        ("MAILS_PER_RECIPIENT_A_DAY", "7"),
        ("ACCESS_TOKEN_MINUTES", "1440"),
    ];
    on_stage(&settings, async |stage| {
        for day in 11..20 {
            invite_to(&stage, &stage.lea, day).await;
            let sent = stage.post.deliver(stage.app).await.len();
            assert_eq!(sent, usize::from(day < 18), "{day}");
        }
        // 24 hours are 86,400,000,000 microseconds, whose seventh has a fraction.
        stage
            .app
            .state
            .clock
            .advance(TimeDelta::microseconds(12_342_857_142));
        assert!(stage.post.deliver(stage.app).await.is_empty());
        stage.app.state.clock.advance(TimeDelta::microseconds(1));
        assert_eq!(stage.post.deliver(stage.app).await.len(), 1);
        assert_eq!(rows(stage.app).await, []);
    })
    .await;
}

/// Strangers can fill a mailbox with ten invitations a day. What somebody's own organisation tells them arrives.
#[tokio::test(flavor = "multi_thread")]
async fn strangers_with_new_organisations_cannot_silence_a_member_in_their_own_new_one() {
    on_stage(&ON, async |stage| {
        let mut sent = 0;
        for (name, mails) in [("un", 3), ("deux", 3), ("trois", 3), ("quatre", 1)] {
            let stranger = World::new(stage.app, name).await;
            for _ in 0..mails {
                let input = json!({"email": "owner@regie.example", "role": "TECH"});
                let invited = stranger.owner.mutate("inviteMember", "token", input).await;
                invited.data();
                sent += stage.post.deliver(stage.app).await.len();
            }
        }
        assert_eq!(sent, 10);
        let (_, token) = stage.invited(&stage.lea).await;
        decline(&stage.app.client(), &token).await.data();
        let told = stage.told().await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].to, "owner@regie.example");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_invited_is_not_told_of_answers_while_their_account_is_disabled() {
    on_stage(&[], async |stage| {
        let (_, token) = stage.invited(&stage.lea).await;
        decline(&stage.app.client(), &token).await.data();
        disable(&stage, "owner@regie.example").await;
        stage.later(120);
        assert!(stage.post.deliver(stage.app).await.is_empty());
        assert_eq!(rows(stage.app).await, []);
    })
    .await;
}

async fn disable(stage: &Stage<'_>, email: &'static str) {
    use coulisses_crew::db::schema::accounts;
    use diesel::prelude::*;
    let account = accounts::table.filter(accounts::email.eq(email));
    let now = stage.app.state.clock.now();
    let change = diesel::update(account).set(accounts::disabled_at.eq(now));
    let write = stage
        .app
        .state
        .db
        .write(async |conn| conn.execute(change).await);
    assert_eq!(write.await.expect("an update"), 1);
}

/// Four servers send while missions are moved and called off, and while people answer. Everybody is told the last state,
/// and no link is mailed twice.
#[tokio::test(flavor = "multi_thread")]
async fn servers_that_send_while_missions_change_tell_the_last_state_and_no_link_twice() {
    on_stage(&[], async |stage| {
        let world = &stage.world;
        let mut people = Vec::new();
        for i in 0..3 {
            let user = world.user(&format!("P{i}"), &[]).await;
            write_to(stage.app, &user, &format!("p{i}@crew.example")).await;
            people.push(user);
        }
        let everybody: Vec<&str> = people.iter().map(String::as_str).collect();
        let mut missions = Vec::new();
        for day in 0..6 {
            let shift = TimeDelta::days(day);
            let [from, to] = [TIMES.0, TIMES.1].map(|at| (instant(at) + shift).to_rfc3339());
            let (mission, role) = world.place(&stage.project, (&from, &to), 3).await;
            missions.push((mission, world.invite(&role, &everybody).await));
        }
        let stop = CancellationToken::new();
        let servers: Vec<_> = (0..4)
            .map(|_| {
                let (server, stop) = (stage.app.beside(&[stage.post.setting()]), stop.clone());
                tokio::spawn(async move {
                    while !stop.is_cancelled() {
                        deliver_due(&as_server(&server), &CancellationToken::new())
                            .await
                            .expect("the outbox");
                        tokio::task::yield_now().await;
                    }
                })
            })
            .collect();
        for (i, (mission, invited)) in missions.iter().enumerate() {
            let input = match i % 3 {
                0 => json!({"id": mission, "startsAt": "2026-11-02T08:00:00Z", "endsAt": "2026-11-02T18:00:00Z"}),
                1 => {
                    let input = json!({"id": mission, "reason": "orage"});
                    let selection = "mission { id }";
                    world.owner.mutate("cancelMission", selection, input).await.data();
                    continue;
                }
                _ => {
                    accept(&stage.app.client(), &invited[0].1).await.data();
                    decline(&stage.app.client(), &invited[1].1).await.data();
                    continue;
                }
            };
            world.owner.mutate("rescheduleMission", "applied", input).await.data();
        }
        stop.cancel();
        for server in servers {
            server.await.expect("a task");
        }
        for _ in 0..4 {
            stage.later(120);
            stage.post.deliver(stage.app).await;
        }
        assert_eq!(rows(stage.app).await, []);
        let heard = stage.post.server.all_heard();
        check(&heard.iter().map(|raw| Sent::read(raw)).collect::<Vec<_>>());
    })
    .await;
}

fn check(mails: &[Sent]) {
    let mut tokens: BTreeMap<&str, usize> = BTreeMap::new();
    for token in mails.iter().flat_map(Sent::tokens) {
        *tokens.entry(token).or_default() += 1;
    }
    let twice: Vec<_> = tokens.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    for i in 0..3 {
        let to = format!("p{i}@crew.example");
        let own: Vec<_> = mails.iter().filter(|mail| mail.to == to).collect();
        // Both missions that moved are on the new day.
        let moved = own
            .iter()
            .map(|mail| mail.text.matches("lundi 2 novembre").count());
        assert!(moved.sum::<usize>() >= 2, "{own:?}");
        // Whoever was asked for a mission that is called off was told so.
        for day in ["11 octobre", "14 octobre"] {
            let asked = own.iter().filter(|mail| {
                mail.text.contains(&format!("demandé·e le {day}"))
                    || (mail.subject.contains("demandé·e") && mail.text.contains(day))
            });
            let ended = own
                .iter()
                .any(|mail| mail.text.contains("est annulée") && mail.text.contains(day));
            assert!(asked.count() == 0 || ended, "{day}: {own:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_new_about_a_mission_waits_while_another_server_sends_a_mail_about_it() {
    on_stage(&[], async |stage| {
        let server = &stage.post.server;
        server.may_take.forget_permits(10_000);
        stage.world.invite(&stage.role, &[&stage.lea]).await;
        let state = as_server(stage.app);
        let sending =
            tokio::spawn(async move { deliver_due(&state, &CancellationToken::new()).await });
        server.heard(1).await;
        stage.later(1);
        stage.cancel(None).await;
        let again = stage.world.invite(&stage.role, &[&stage.lea]).await;
        let other = stage.app.beside(&[stage.post.setting()]);
        assert!(stage.post.deliver(&other).await.is_empty());
        server.may_take.add_permits(10_000);
        assert_eq!(sending.await.expect("a task").expect("the outbox"), 1);
        stage.later(119);
        let mails = stage.post.deliver(stage.app).await;
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].tokens(), [&*again[0].1]);
        assert_eq!(rows(stage.app).await, []);
    })
    .await;
}
