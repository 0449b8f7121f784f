//! `/livez`, `/healthz` and `/readyz`.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use coulisses_crew::db::{Conn, Scope, Share};
use diesel::sql_query;
use futures_util::future::join_all;
use serde_json::json;

use crate::support::{
    Answer, Backend, Client, LOGIN, TestApp, WAITS_AS_IN_PRODUCTION, backends, on_each_database,
    on_each_database_with,
};

/// One connection for reads on either database.
const FEW: [(&str, &str); 2] = [("DB_POOL_SIZE", "2"), ("SQLITE_READERS", "1")];

async fn get(app: &TestApp, path: &str) -> Answer {
    let client = app.client();
    let request = client.request(Method::GET, path);
    client
        .send(request.body(Body::empty()).expect("a request"))
        .await
}

async fn assert_not_ready(app: &TestApp, reason: &str) {
    let answer = get(app, "/readyz").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.str("/error/code"), "UNAVAILABLE");
    assert_eq!(answer.str("/error/message"), reason);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_is_alive_and_not_ready() {
    on_each_database(async |app| {
        for path in ["/healthz", "/livez", "/readyz"] {
            let answer = get(&app, path).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}");
            assert_eq!(answer.str("/status"), "ok");
        }
        app.state.stopping.cancel();
        for path in ["/healthz", "/livez"] {
            assert_eq!(get(&app, path).await.status, StatusCode::OK, "{path}");
        }
        assert_not_ready(&app, "The server is stopping.").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_migrations_have_not_run_is_not_ready() {
    on_each_database(async |app| {
        let last = "(SELECT max(version) FROM __diesel_schema_migrations)";
        let undo = format!("DELETE FROM __diesel_schema_migrations WHERE version = {last}");
        let undone = async |conn: &mut Conn| conn.execute(sql_query(undo)).await;
        assert_eq!(app.state.db.write(undone).await.expect("a version"), 1);
        let reason = "The database lacks migrations of this server. Run: coulisses-crew migrate";
        assert_not_ready(&app, reason).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_of_the_database_is_another_reason_than_that_it_cannot_be_reached() {
    for (change, reason) in [
        (
            "RENAME TO renamed",
            "The database lacks migrations of this server. Run: coulisses-crew migrate",
        ),
        (
            "RENAME COLUMN version TO renamed",
            "The database refuses to answer.",
        ),
    ] {
        on_each_database(async |app| {
            let change = format!("ALTER TABLE __diesel_schema_migrations {change}");
            let changed = async |conn: &mut Conn| conn.execute(sql_query(change)).await;
            app.state.db.write(changed).await.expect("another table");
            assert_not_ready(&app, reason).await;
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_server_may_have_migrated_already() {
    on_each_database(async |app| {
        let add = "INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000')";
        let added = async |conn: &mut Conn| conn.execute(sql_query(add)).await;
        app.state.db.write(added).await.expect("a version");
        assert_eq!(get(&app, "/readyz").await.status, StatusCode::OK);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_probe_is_answered_while_requests_find_no_connection() {
    let [connections, readers] = FEW;
    on_each_database_with(
        &[connections, readers, WAITS_AS_IN_PRODUCTION],
        async |app| {
            let scope = Scope::default();
            let db = app.db.clone().charged_to(Share::Anonymous);
            let held = db.snapshot(scope, async |_| Ok(())).await;
            let held = held.expect("the only connection");
            let client = app.client();
            let nobody = json!({"email": "nobody@crew.example", "password": "a wrong password"});
            let (refused, probes) = tokio::join!(
                client.gql(LOGIN, nobody),
                join_all((0..200).map(|_| get(&app, "/readyz"))),
            );
            assert_eq!(refused.code(), "UNAVAILABLE", "{}", refused.text);
            for answer in probes {
                assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
            }
            drop(held);
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_metrics_say_that_the_database_answers_while_mails_cannot_be_counted() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let app = TestApp::with(Backend::Postgres, &[]).await;
    let shared = coulisses_crew::app::http(app.state.clone()).expect("routes");
    let reader = Client::new(coulisses_crew::http::metrics::router(shared));
    let while_locked = async |conn: &mut Conn| {
        conn.execute(sql_query("LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE"))
            .await?;
        let request = reader.request(Method::GET, "/metrics").body(Body::empty());
        let shown = reader.send(request.expect("a request")).await.text;
        assert!(shown.contains("coulisses_database_answers 1\n"), "{shown}");
        assert!(!shown.contains("mails_given_up"), "{shown}");
        Ok(())
    };
    let unlocked = app.state.db.write(while_locked).await;
    unlocked.expect("the table was locked");
}
