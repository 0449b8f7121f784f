//! How much mail an account and an organisation may have sent, and what happens when the mail server is slow.

use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::http::StatusCode;
use chrono::TimeDelta;
use coulisses_crew::access::Role;
use coulisses_crew::db::Conn;
use coulisses_crew::db::schema::password_resets;
use coulisses_crew::domains::outbox::service::deliver_due;
use diesel::QueryDsl;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::support::{
    Answer, Client, Post, REQUEST_RESET, SlowMail, TestApp, World, as_server, backends, deliver,
    on_each_database_with,
};

const INVITE: &str = "
    mutation($email: String!) {
        inviteMember(input: {email: $email, role: TECH}) { token }
    }
";

const CREATE_ORG: &str = "mutation { createOrg(input: {name: \"another\"}) { org { id } } }";

/// Development without a mail server writes mail to the log, and counts it.
const ON: [(&str, &str); 1] = [("THROTTLE_ENABLED", "true")];

async fn invite(client: &Client, email: &str) -> Answer {
    client.gql(INVITE, json!({"email": email})).await
}

async fn invites(client: &Client, people: impl Iterator<Item = u32>) {
    for i in people {
        invite(client, &format!("p{i}@x.example")).await.data();
    }
}

fn is_refused(answer: &Answer, seconds: i64) {
    assert_eq!(answer.code(), "RATE_LIMITED", "{}", answer.text);
    assert_eq!(answer.at("/errors/0/extensions/retryAfterSeconds"), seconds);
    assert_eq!(answer.headers["retry-after"], seconds.to_string().as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_mails_a_recipient_three_times_a_day_and_all_of_them_ten_times() {
    on_each_database_with(&ON, async |app| {
        let ada = "ada@example.org";
        let mut worlds = Vec::new();
        for name in ["un", "deux", "trois", "quatre"] {
            worlds.push(World::new(&app, name).await);
        }
        for (world, allowed) in worlds.iter().zip([3, 3, 3, 1]) {
            for _ in 0..allowed {
                invite(&world.owner, ada).await.data();
            }
            let hours = if allowed == 3 { 8 * 60 } else { 144 };
            is_refused(&invite(&world.owner, ada).await, hours * 60);
        }
        // A refused mail counts nowhere: the others of the hour are all there.
        invites(&worlds[0].owner, 3..30).await;
        is_refused(&invite(&worlds[0].owner, "p30@x.example").await, 120);
        app.state.clock.advance(TimeDelta::days(1));
        let owner = worlds[3].login("owner@quatre.example").await;
        invite(&owner, ada).await.data();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_sends_thirty_mails_an_hour_and_a_new_organisation_a_hundred_a_day() {
    on_each_database_with(&ON, async |app| {
        let world = World::new(&app, "regie").await;
        let mut admins = vec![world.owner.clone()];
        for _ in 0..3 {
            admins.push(world.member(Role::Admin).await.0);
        }
        for (i, admin) in (0_u32..).zip(&admins[..3]) {
            invites(admin, i * 30..(i + 1) * 30).await;
            deliver(&app).await;
            is_refused(&invite(admin, "p200@x.example").await, 120);
        }
        invites(&admins[3], 90..100).await;
        is_refused(&invite(&admins[3], "p200@x.example").await, 864);
        // When it is a week old, only its accounts are counted.
        app.state.clock.advance(TimeDelta::weeks(1));
        let mut owner = world.login("owner@regie.example").await;
        for _ in 0..4 {
            invites(&owner, 100..130).await;
            deliver(&app).await;
            is_refused(&invite(&owner, "p200@x.example").await, 120);
            app.state.clock.advance(TimeDelta::hours(8));
            owner = world.login("owner@regie.example").await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_founds_five_organisations_and_then_one_an_hour() {
    on_each_database_with(&ON, async |app| {
        let world = World::new(&app, "regie").await;
        for _ in 0..5 {
            world.owner.query(CREATE_ORG).await.data();
        }
        is_refused(&world.owner.query(CREATE_ORG).await, 3600);
        app.state.clock.advance(TimeDelta::hours(1));
        let owner = world.login("owner@regie.example").await;
        owner.query(CREATE_ORG).await.data();
        is_refused(&owner.query(CREATE_ORG).await, 3600);
    })
    .await;
}

/// How many resets of passwords were asked for.
async fn resets(app: &TestApp) -> i64 {
    let count = async |conn: &mut Conn| conn.one(password_resets::table.count()).await;
    app.state.db.read(count).await.expect("a number")
}

/// Nobody waits for the mail server, and one connection to it is enough.
#[tokio::test(flavor = "multi_thread")]
async fn with_a_slow_mail_server_the_queue_is_shared_and_bounded() {
    for backend in backends() {
        let server = SlowMail::start().await;
        let settings = [("SMTP_URL", server.url.as_str()), ("TRUSTED_PROXIES", "1")];
        let app = TestApp::with(backend, &settings).await;
        let [one, other] = [
            World::new(&app, "regie").await,
            World::new(&app, "scene").await,
        ];
        // As many as a new organisation may send in a day.
        invites(&one.owner, 0..100).await;
        let full = invite(&one.owner, "p100@x.example").await;
        assert_eq!(full.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(full.code(), "UNAVAILABLE");
        assert_eq!(full.headers["retry-after"], "30");
        let ada = "ada@example.org";
        invite(&other.owner, ada).await.data();
        let (state, stop) = (as_server(&app), CancellationToken::new());
        let sender = stop.clone();
        let sending = tokio::spawn(async move { deliver_due(&state, &sender).await });
        // The sender is at it.
        server.heard(1).await;
        let reset = json!({"email": "owner@regie.example"});
        // Not from this machine: the answer comes before the mail.
        let mut stranger = app.client();
        stranger.forwarded = Some("192.0.2.1".to_owned());
        stranger.gql(REQUEST_RESET, reset).await.data();
        // The mail is asked for when the answer has been sent.
        let is_there = async {
            while resets(&app).await == 0 {
                tokio::task::yield_now().await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(30), is_there).await;
        waited.expect("a row of the reset");
        // They come soon, although a hundred came before them.
        server.may_take.add_permits(10);
        let mails = server.after(10).await;
        for expected in ["TO:<p", ada, "TO:<owner@regie.example>"] {
            assert!(
                mails.iter().any(|mail| mail.contains(expected)),
                "{backend:?}: {expected} is not among the first ten"
            );
        }
        // There is room again.
        invite(&one.owner, "p100@x.example").await.data();
        server.may_take.add_permits(93);
        server.after(93).await;
        sending.await.expect("a task").expect("the outbox");
        assert_eq!(server.most.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_of_an_organisation_makes_no_link_in_a_mail() {
    for backend in backends() {
        let post = Post::start().await;
        let app = TestApp::with(backend, &[post.setting()]).await;
        let world = World::new(&app, "regie").await;
        let rename = "mutation($name: String!) { updateOrg(input: {name: $name}) { org { id } } }";
        let name = json!({"name": "Click https://evil.example/win <b>now</b>"});
        world.owner.gql(rename, name).await.data();
        invite(&world.owner, "ada@example.org").await.data();
        let mails = post.deliver(&app).await;
        let shown = "Click https evil example win <b>now< b> vous invite";
        assert!(mails[0].text.contains(shown), "{}", mails[0].text);
        assert!(!mails[0].html.contains("<b>"), "{}", mails[0].html);
        assert!(!mails[0].html.contains("evil.example"), "{}", mails[0].html);
    }
}
