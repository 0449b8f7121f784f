//! Statements on SQLite that would never end: they end with their request, and hold up nobody else.

use std::path::Path;

use coulisses_crew::db::DbUrl;
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Backend, Live, TestApp, World};

/// No statement on the projects ends any more.
const ENDLESS: &str = "
    ALTER TABLE projects RENAME TO finite_projects;
    CREATE VIEW projects AS
        WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers)
        SELECT finite_projects.* FROM numbers CROSS JOIN finite_projects WHERE n < 0";

const ASKS: &str = "{ projects { nodes { id } } }";

fn make_endless(app: &TestApp) {
    let DbUrl::Sqlite(path) = DbUrl::parse(&app.database_url()).expect("a URL") else {
        unreachable!("these tests are about SQLite")
    };
    let path: &Path = &path;
    let mut conn = SqliteConnection::establish(&path.to_string_lossy()).expect("the database");
    conn.batch_execute(ENDLESS).expect("a view");
}

/// A request on a connection of its own, whose statement runs when this returns.
async fn begin(app: &TestApp, world: &World<'_>, live: &Live, statements: u64) -> TcpStream {
    let before = app.db.statements();
    let body = json!({"query": ASKS}).to_string();
    let token = world.owner.token.as_deref().expect("a token");
    let request = format!(
        "POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(live.address)
        .await
        .expect("a connection");
    stream.write_all(request.as_bytes()).await.expect("sent");
    while app.db.statements() < before + statements {
        tokio::task::yield_now().await;
    }
    stream
}

/// How many statements the request takes. It ends as long as there is no endless view.
async fn statements(app: &TestApp, world: &World<'_>) -> u64 {
    let before = app.db.statements();
    world.owner.query(ASKS).await.data();
    app.db.statements() - before
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_on_sqlite_ends_when_its_client_disconnects() {
    let app = TestApp::with(Backend::Sqlite, &[("SQLITE_READERS", "1")]).await;
    let world = World::new(&app, "regie").await;
    let statements = statements(&app, &world).await;
    make_endless(&app);
    let live = Live::start(&app).await;
    for _ in 0..3 {
        drop(begin(&app, &world, &live, statements).await);
        // There is one connection to read with, and it works.
        let answer = world.owner.query("{ org { name } }").await;
        assert_eq!(answer.data()["org"]["name"], "regie");
    }
    live.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statements_that_do_not_end_hold_up_nobody_else() {
    let app = TestApp::with(Backend::Sqlite, &[("SQLITE_READERS", "5")]).await;
    let world = World::new(&app, "regie").await;
    let other = World::new(&app, "scene").await;
    let statements = statements(&app, &world).await;
    make_endless(&app);
    let live = Live::start(&app).await;
    let mut running = Vec::new();
    for _ in 0..4 {
        running.push(begin(&app, &world, &live, statements).await);
    }
    // Twice as many as there are threads for tasks. Another thread takes over what they do not do.
    let mut stream = TcpStream::connect(live.address)
        .await
        .expect("a connection");
    let request = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    stream.write_all(request).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.ends_with(r#"{"status":"ok"}"#), "{answer}");
    let answer = other.owner.query("{ org { name } }").await;
    assert_eq!(answer.data()["org"]["name"], "scene");
    let create = "mutation { createOrg(input: {name: \"second\"}) { org { name } } }";
    let answer = other.owner.query(create).await;
    assert_eq!(answer.data()["createOrg"]["org"]["name"], "second");
    drop(running);
    live.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_statement_makes_the_answer_unavailable() {
    let app = TestApp::with(Backend::Sqlite, &[]).await;
    let world = World::new(&app, "regie").await;
    make_endless(&app);
    let (state, guard) = app.state.until_dropped();
    drop(guard);
    let read = state.db.read(async |conn| {
        let query = diesel::sql_query("SELECT count(*) AS number FROM projects");
        conn.one::<_, Number>(query).await
    });
    let error = read.await.err().expect("an error");
    assert_eq!(error.code.as_str(), "UNAVAILABLE");
    // The connection goes on.
    let answer = world.owner.query("{ org { name } }").await;
    assert_eq!(answer.data()["org"]["name"], Value::from("regie"));
}

#[derive(diesel::QueryableByName)]
struct Number {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    #[expect(dead_code, reason = "no statement ends, so nobody reads it")]
    number: i64,
}
