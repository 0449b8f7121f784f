//! Several hosts of PostgreSQL, of which one takes writes. `tests/scale/run` tries it with a real standby.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{Method, StatusCode};
use coulisses_crew::db::{DbUrl, open};
use serde_json::json;
use tokio::time::timeout;

use crate::support::{
    Answer, Backend, Between, CREATE_PROJECT, Client, Mode, TestApp, World, backends,
};

/// As long as a request waits for a connection.
const BOUND: Duration = Duration::from_secs(2);

const READ: &str = "{ projects { totalCount } }";

async fn create(client: &Client, name: &str) -> Answer {
    let input = json!({"input": {"name": name}});
    client.gql(CREATE_PROJECT, input).await
}

async fn ready(client: &Client) -> Answer {
    let request = client.request(Method::GET, "/readyz");
    let request = request.body(Body::empty()).expect("a request");
    client.send(request).await
}

/// The URL of an application's database, on these two hosts.
fn on_both(first: &str, second: &str) -> String {
    let host = |url: &str| {
        let (_, rest) = url.split_once('@').expect("a user");
        rest.split_once('/').expect("a name").0.to_owned()
    };
    let (first_host, second_host) = (host(first), host(second));
    first.replace(&first_host, &format!("{first_host},{second_host}"))
}

/// Lets new connections to the database take no writes, as those to a standby do, or take them again.
async fn take_no_writes(app: &TestApp, is_read_only: bool) {
    let value = if is_read_only { "on" } else { "off" };
    let set = format!(
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = {value}', current_database());
         END $$"
    );
    // It may be read-only already.
    app.execute(&format!("BEGIN READ WRITE; {set}; COMMIT"))
        .await;
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
        let url = on_both(&between.url, &app.url_of_server());
        let parsed = DbUrl::parse(&url).expect("a URL");
        let opened = timeout(BOUND, open(&parsed, Duration::ZERO)).await;
        opened.expect("in time").expect("a database");
        let server = app.beside(&[("DATABASE_URL", &url)]);
        let mut client = server.client();
        client.token.clone_from(&world.owner.token);
        let begun = Instant::now();
        client.query(READ).await.data();
        create(&client, "Tour").await.data();
        assert!(begun.elapsed() < BOUND, "{mode:?}: {:?}", begun.elapsed());
        assert_eq!(ready(&client).await.status, StatusCode::OK);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_to_a_postgresql_that_takes_no_writes_are_not_used_for_writes_again() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let app = TestApp::with(Backend::Postgres, &[]).await;
    let world = World::new(&app, "regie").await;
    take_no_writes(&app, true).await;
    let server = app.beside(&[]);
    let mut client = server.client();
    client.token.clone_from(&world.owner.token);
    let refused = create(&client, "Refused").await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.code(), "UNAVAILABLE", "{}", refused.text);
    assert!(refused.headers.contains_key("retry-after"));
    client.query(READ).await.data();
    let not_ready = ready(&client).await;
    assert_eq!(not_ready.status, StatusCode::SERVICE_UNAVAILABLE);
    let reason = "The database cannot be written to. Its disk is full, or it is read-only.";
    assert_eq!(not_ready.str("/error/message"), reason);

    // Neither the connection of that write nor those that were idle meanwhile are used again.
    take_no_writes(&app, false).await;
    create(&client, "Refused again, or taken").await;
    create(&client, "Taken").await.data();
    let begun = Instant::now();
    while ready(&client).await.status != StatusCode::OK {
        assert!(begun.elapsed() < BOUND, "it does not become ready");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_finds_no_primary_among_hosts_that_take_no_writes() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let app = TestApp::with(Backend::Postgres, &[]).await;
    take_no_writes(&app, true).await;
    let url = app.url_of_server();
    let url = DbUrl::parse(&on_both(&url, &url)).expect("a URL");
    let refused = open(&url, Duration::ZERO).await.expect_err("a refusal");
    let refused = refused.to_string();
    for words in ["does not allow writes", "The server needs the primary."] {
        assert!(refused.contains(words), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn if_the_connection_is_lost_during_a_commit_the_client_learns_that_nobody_knows() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let app = TestApp::with(Backend::Postgres, &[]).await;
    let world = World::new(&app, "regie").await;
    app.execute(
        "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
             PERFORM pg_terminate_backend(pg_backend_pid());
             RETURN NULL;
         END $$;
         CREATE CONSTRAINT TRIGGER lost AFTER INSERT ON projects DEFERRABLE INITIALLY DEFERRED
             FOR EACH ROW EXECUTE FUNCTION lose()",
    )
    .await;
    let unknown = create(&world.owner, "Unknown").await;
    assert_eq!(unknown.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(unknown.code(), "UNAVAILABLE", "{}", unknown.text);
    assert!(
        unknown.text.contains("it may have been done"),
        "{}",
        unknown.text
    );
}
