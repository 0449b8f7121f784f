//! `coulisses-crew transfer`: all rows of a SQLite file, in PostgreSQL.

mod refused;
mod same;

use std::time::Duration;

use coulisses_crew::access::Role;
use coulisses_crew::db::{Counts, DbUrl, NoTransfer, Progress, transfer};
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use serde_json::json;
use tokio_postgres::Client;

use super::roles::connect;
use crate::support::{
    Backend, CREATE_AVAILABILITY, CREATE_USER, Need, Tables, TestApp, World, has,
};

/// Rows that no operation makes here, and values at the edges of what both databases store.
const EDGES: &str = r#"
    INSERT INTO throttles VALUES (randomblob(32), -62135596800000001), (zeroblob(32), 253402300799999999);
    INSERT INTO password_resets SELECT randomblob(16), id, randomblob(32), -1, 1, NULL FROM accounts;
    INSERT INTO outbox (org_id, id, kind, letter_id, attempts, unsure, planned_at, problem)
        SELECT id, randomblob(16), 'JOIN', randomblob(16), 10, 0, 123456, 'no "such" \person' FROM orgs;
    UPDATE projects SET created_at = -1, updated_at = 1,
        description = '😀 e' || char(769) || ' \N \. '' "' || char(9, 10, 11, 12, 13, 27, 127, 133, 8232, 65279, 1114109);
    UPDATE missions SET location = '', description = '\';
    UPDATE audit_log SET changes = '{"b": [1, 100.0, 1e2, -0.5, null, true], "a": "é\n\t\"\\😀\u0001\u20ac", "b c": {}}'
        WHERE rowid = (SELECT max(rowid) FROM audit_log);
"#;

/// The tables that a test's source may leave empty.
const OF_SQLITE: &str = "sqlite_";

/// A SQLite file with rows in every table, and an empty PostgreSQL database with an application on it.
struct Pair {
    source: TestApp,
    target: TestApp,
}

impl Pair {
    /// `None` where there is no PostgreSQL.
    async fn new() -> Option<Self> {
        if !has(Need::Postgres) {
            return None;
        }
        let source = TestApp::with(Backend::Sqlite, &[]).await;
        fill(&source).await;
        let target = TestApp::with(Backend::Postgres, &[]).await;
        Some(Self { source, target })
    }

    /// Writes to the source behind the back of its server.
    fn write(&self, sql: &str) {
        write(&self.source.database_url(), sql);
    }

    async fn transfer(&self) -> Result<Counts, NoTransfer> {
        self.transfer_told(|_| {}).await
    }

    async fn transfer_told(&self, told: impl FnMut(Progress<'_>)) -> Result<Counts, NoTransfer> {
        run(
            &self.source.database_url(),
            &self.target.url_of_server(),
            told,
        )
        .await
    }

    /// A superuser's connection to the target.
    async fn superuser(&self) -> Client {
        connect(&self.target.database_url()).await
    }

    /// The tables of the target that have rows, apart from that of the migrations.
    async fn full(&self) -> Vec<String> {
        let tables = Tables::of(&self.target).await.read(&self.target).await;
        let full = tables.into_iter().filter(|(_, text)| !text.is_empty());
        let names = full.map(|(name, _)| name);
        names
            .filter(|name| name != "__diesel_schema_migrations")
            .collect()
    }

    async fn asks(&self, sql: &str) -> i64 {
        let client = self.superuser().await;
        client.query_one(sql, &[]).await.expect("an answer").get(0)
    }
}

async fn run(from: &str, to: &str, told: impl FnMut(Progress<'_>)) -> Result<Counts, NoTransfer> {
    let (from, to) = (
        DbUrl::parse(from).expect("a URL"),
        DbUrl::parse(to).expect("a URL"),
    );
    transfer((&from, &to), Duration::ZERO, told).await
}

fn write(url: &str, sql: &str) {
    let DbUrl::Sqlite(path) = DbUrl::parse(url).expect("a URL") else {
        unreachable!("SQLite")
    };
    let mut conn = SqliteConnection::establish(&path.to_string_lossy()).expect("SQLite");
    conn.batch_execute(sql).expect("an update");
}

/// Makes rows in every table, and checks that none was left out.
async fn fill(app: &TestApp) {
    let world = World::new(app, "regie").await;
    let (_, user) = world.member(Role::Tech).await;
    let person = json!({"displayName": "Zoë “Z” O'Neil", "email": "zoe@example.org", "phone": "+33 1",
        "skills": ["Rigging", "Sound"], "tags": ["été"]});
    world
        .owner
        .gql(CREATE_USER, json!({"input": person}))
        .await
        .data();
    let project = world.project("Régie 😀").await;
    let times = ("2026-10-10T08:00:00.123456Z", "2026-10-10T18:00:00Z");
    let (_, role) = world.place(&project, times, 2).await;
    world.invite(&role, &[&user]).await;
    let slot = json!({"userId": user, "kind": "AVAILABLE", "note": "a\\b",
        "startsAt": "2026-10-10T08:00:00Z", "endsAt": "2026-11-12T18:00:00Z"});
    world
        .owner
        .gql(CREATE_AVAILABILITY, json!({"input": slot}))
        .await
        .data();
    write(&app.database_url(), EDGES);
    for (table, text) in Tables::of(app).await.read(app).await {
        assert!(
            !text.is_empty() || table.starts_with(OF_SQLITE),
            "{table} is empty"
        );
    }
}
