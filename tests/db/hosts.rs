//! Several hosts of PostgreSQL, of which one takes writes. `tests/scale/run` tries it with a real standby.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use coulisses_crew::db::{DbUrl, open};
use futures_util::future::join_all;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::support::{
    Backend, Between, CREATE_PROJECT, Client, Mode, TestApp, WAITS_AS_IN_PRODUCTION, World,
    backends,
};

/// A host that hangs would take longer: 2 s to connect, and 3 s to greet.
const BOUND: Duration = Duration::from_secs(5);

/// Most connections of one organisation while it is alone.
const SHARE: usize = 6;

const READ: &str = "{ projects { totalCount } }";

/// The host of a URL.
fn host(url: &str) -> &str {
    let (_, rest) = url.split_once('@').expect("a user");
    rest.split_once('/').expect("a name").0
}

/// The URL of an application's database, on these hosts.
fn on(app: &TestApp, hosts: &[&str]) -> String {
    let url = app.url_of_server();
    url.replace(host(&url), &hosts.join(","))
}

/// A PostgreSQL that has no connection left, and its address.
async fn full() -> (String, JoinHandle<()>) {
    const TOLD: &[u8] = b"SFATAL\0C53300\0Msorry, too many clients already\0\0";
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let length = u32::try_from(4 + TOLD.len()).expect("a length");
    let refusal = [b"E", &length.to_be_bytes()[..], TOLD].concat();
    let task = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = [0; 1_024];
            // The question for TLS has 8 bytes, and is answered with no.
            while let Ok(8) = stream.read(&mut asked).await {
                stream.write_all(b"N").await.expect("a reader");
            }
            stream.write_all(&refusal).await.expect("a reader");
        }
    });
    (address, task)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_hangs_or_refuses_does_not_keep_the_server_from_the_next_one() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    for mode in [Mode::Silent, Mode::Broken] {
        let app = TestApp::with(Backend::Postgres, &[]).await;
        let world = World::new(&app, "regie").await;
        let between = Between::start(&app).await;
        between.set(mode);
        let url = on(&app, &[host(&between.url), host(&app.url_of_server())]);
        let parsed = DbUrl::parse(&url).expect("a URL");
        let opened = timeout(BOUND, open(&parsed, Duration::ZERO)).await;
        opened.expect("in time").expect("a database");
        let server = app.beside(&[("DATABASE_URL", &url), WAITS_AS_IN_PRODUCTION]);
        let mut client = server.client();
        client.token.clone_from(&world.owner.token);
        let begun = Instant::now();
        client.query(READ).await.data();
        let input = json!({"input": {"name": "Tour"}});
        client.gql(CREATE_PROJECT, input).await.data();
        assert!(begun.elapsed() < BOUND, "{mode:?}: {:?}", begun.elapsed());
        client.becomes_ready().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_refuses_does_not_take_the_time_of_one_that_hangs() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let app = TestApp::with(Backend::Postgres, &[]).await;
    let between = Between::start(&app).await;
    between.set(Mode::Broken);
    let mut hosts = [host(&between.url)].repeat(40);
    let url = app.url_of_server();
    hosts.push(host(&url));
    let url = DbUrl::parse(&on(&app, &hosts)).expect("a URL");
    let opened = timeout(BOUND, open(&url, Duration::ZERO)).await;
    opened.expect("in time").expect("a database");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_hosts_the_one_that_says_what_is_wrong_is_told_and_not_the_standby() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let app = TestApp::with(Backend::Postgres, &[]).await;
    app.take_no_writes(true).await;
    let (full, task) = full().await;
    let url = app.url_of_server();
    for hosts in [[&*full, host(&url)], [host(&url), &*full]] {
        let url = DbUrl::parse(&on(&app, &hosts)).expect("a URL");
        let refused = open(&url, Duration::ZERO).await.expect_err("a refusal");
        let refused = refused.to_string();
        for words in [
            "too many clients",
            "All connections of PostgreSQL are taken",
        ] {
            assert!(refused.contains(words), "{refused}");
        }
    }
    task.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_finds_no_primary_among_hosts_that_take_no_writes() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let app = TestApp::with(Backend::Postgres, &[]).await;
    app.take_no_writes(true).await;
    let url = app.url_of_server();
    let url = DbUrl::parse(&on(&app, &[host(&url); 2])).expect("a URL");
    let refused = open(&url, Duration::ZERO).await.expect_err("a refusal");
    let refused = refused.to_string();
    for words in ["does not allow writes", "The server needs the primary."] {
        assert!(refused.contains(words), "{refused}");
    }
}

/// A server whose connections lead to the first of two hosts. The other one takes its place when that is silent.
struct Pair {
    _app: TestApp,
    _server: TestApp,
    client: Client,
    lost: Between,
    promoted: Between,
}

impl Pair {
    async fn new() -> Self {
        let app = TestApp::with(Backend::Postgres, &[]).await;
        let world = World::new(&app, "regie").await;
        let (lost, promoted) = (Between::start(&app).await, Between::start(&app).await);
        promoted.set(Mode::Broken);
        let url = on(&app, &[host(&lost.url), host(&promoted.url)]);
        let server = app.beside(&[("DATABASE_URL", &url), WAITS_AS_IN_PRODUCTION]);
        let mut client = server.client();
        client.token.clone_from(&world.owner.token);
        client.becomes_ready().await;
        // They leave idle connections.
        for answer in join_all((0..SHARE).map(|_| client.query(READ))).await {
            answer.data();
        }
        Self {
            _app: app,
            _server: server,
            client,
            lost,
            promoted,
        }
    }

    /// Sends more requests than there could be idle connections. None of them may hang.
    async fn works(&self) {
        let all = async {
            for _ in 0..2 * SHARE {
                self.client.query(READ).await.data();
            }
        };
        timeout(BOUND, all).await.expect("none hangs");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_promotion_no_request_gets_a_connection_to_the_machine_that_lost_its_power() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let pair = Pair::new().await;
    pair.lost.set(Mode::Silent);
    let refused = pair.client.query(READ).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    pair.promoted.set(Mode::Passes);
    let begun = Instant::now();
    while pair.client.query(READ).await.status != StatusCode::OK {
        assert!(begun.elapsed() < BOUND, "it does not find the other host");
    }
    pair.works().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promotion_before_anybody_notices_the_loss_leaves_no_connection_to_the_lost_machine() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let pair = Pair::new().await;
    pair.promoted.set(Mode::Passes);
    pair.lost.set(Mode::Silent);
    // The last answer counts for a second.
    let begun = Instant::now();
    while pair.client.ready().await.status == StatusCode::OK {
        assert!(begun.elapsed() < BOUND, "it does not notice");
    }
    pair.works().await;
}
