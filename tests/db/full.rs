//! A database that has no room left.

use axum::http::StatusCode;
use coulisses_crew::db::Conn;
use coulisses_crew::error::Result;
use diesel::sql_query;
use serde_json::json;

use crate::support::{Answer, Backend, CREATE_PROJECT, Client, TestApp, World, backends};

/// Lets SQLite's file grow no further, or as far as it likes.
async fn sqlite_pages(app: &TestApp, at_most: u32) {
    let set = async |conn: &mut Conn| -> Result<usize> {
        conn.execute(sql_query(format!("PRAGMA max_page_count = {at_most}")))
            .await
    };
    app.db.write(set).await.expect("a setting");
}

/// Lets each new project fail as PostgreSQL does on a full disk, or no longer.
async fn postgres_disk(app: &TestApp, is_full: bool) {
    let statements: &[&str] = match is_full {
        true => &[
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                 RAISE EXCEPTION 'could not extend file \"base/16384/16385\": No space left on device'
                     USING ERRCODE = 'disk_full', HINT = 'Check free disk space.';
             END $$",
            "CREATE TRIGGER full_disk BEFORE INSERT ON projects EXECUTE FUNCTION full_disk()",
        ],
        false => &["DROP TRIGGER full_disk ON projects"],
    };
    for statement in statements {
        let run = async |conn: &mut Conn| conn.execute(sql_query(*statement)).await;
        app.state.db.write(run).await.expect("a trigger");
    }
}

async fn fill(app: &TestApp, backend: Backend, is_full: bool) {
    match backend {
        Backend::Sqlite => sqlite_pages(app, if is_full { 1 } else { 1_000_000 }).await,
        Backend::Postgres => postgres_disk(app, is_full).await,
    }
}

async fn create(client: &Client, number: u32) -> Answer {
    let input = json!({"name": format!("P{number}"), "description": "long ".repeat(800)});
    client.gql(CREATE_PROJECT, json!({"input": input})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_unavailable_and_the_server_not_ready_until_there_is_room() {
    for backend in backends() {
        let app = TestApp::with(backend, &[]).await;
        let world = World::new(&app, "regie").await;
        world.owner.becomes_ready().await;
        fill(&app, backend, true).await;
        // What is left of the last pages is used up first.
        let mut failed = None;
        for number in 0..50 {
            let answer = create(&world.owner, number).await;
            if answer.body.get("errors").is_some() {
                failed = Some(answer);
                break;
            }
        }
        let failed = failed.expect("no room");
        assert_eq!(failed.code(), "UNAVAILABLE", "{backend:?}: {}", failed.text);
        assert!(!failed.text.contains("disk"), "{}", failed.text);
        let not_ready = world.owner.ready().await;
        assert_eq!(not_ready.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(not_ready.str("/error/code"), "UNAVAILABLE");
        // Reading goes on.
        let read = "{ projects { totalCount } }";
        world.owner.query(read).await.data();

        fill(&app, backend, false).await;
        create(&world.owner, 99).await.data();
        world.owner.becomes_ready().await;
    }
}
