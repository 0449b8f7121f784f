//! A PostgreSQL that takes no writes, as a standby does, or that ends during a commit.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use diesel::sql_query;
use serde_json::json;

use crate::support::{Answer, Backend, CREATE_PROJECT, Client, TestApp, World, backends, logged};

/// A host that hangs would take longer: 2 s to connect, and 3 s to greet.
const BOUND: Duration = Duration::from_secs(5);

const READ: &str = "{ projects { totalCount } }";

async fn create(client: &Client, name: &str) -> Answer {
    let input = json!({"input": {"name": name}});
    client.gql(CREATE_PROJECT, input).await
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_to_a_postgresql_that_takes_no_writes_are_not_used_for_writes_again() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let app = TestApp::with(Backend::Postgres, &[]).await;
    let world = World::new(&app, "regie").await;
    app.take_no_writes(true).await;
    let server = app.beside(&[]);
    let mut client = server.client();
    client.token.clone_from(&world.owner.token);
    let refused = create(&client, "Refused").await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.code(), "UNAVAILABLE", "{}", refused.text);
    assert!(refused.headers.contains_key("retry-after"));
    client.query(READ).await.data();
    let not_ready = client.ready().await;
    assert_eq!(not_ready.status, StatusCode::SERVICE_UNAVAILABLE);
    let reason = "The database cannot be written to. Its disk is full, or it is read-only.";
    assert_eq!(not_ready.str("/error/message"), reason);

    // Neither the connection of that write nor those that were idle meanwhile are used again.
    app.take_no_writes(false).await;
    let again = create(&client, "Refused again, or taken").await;
    match again.status {
        StatusCode::SERVICE_UNAVAILABLE => assert_eq!(again.code(), "UNAVAILABLE"),
        _ => drop(again.data()),
    }
    create(&client, "Taken").await.data();
    let begun = Instant::now();
    while client.ready().await.status != StatusCode::OK {
        assert!(begun.elapsed() < BOUND, "it does not become ready");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_writes_have_the_connections_opened_anew_once_a_second_at_most() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let app = TestApp::with(Backend::Postgres, &[]).await;
    app.take_no_writes(true).await;
    let server = app.beside(&[]);
    let begun = Instant::now();
    let log = logged(async {
        for _ in 0..20 {
            let table = sql_query("CREATE TABLE refused ()");
            let written = server
                .db
                .write(async |conn| conn.execute(table.clone()).await);
            assert!(written.await.expect_err("a refusal").is_read_only());
        }
    });
    let times = log.await.matches("opened anew").count();
    let seconds = usize::try_from(begun.elapsed().as_secs()).expect("seconds");
    assert!((1..=1 + seconds).contains(&times), "{times}");
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
