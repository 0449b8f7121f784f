//! The migrations and the catalogue of both databases.

use std::collections::BTreeSet;
use std::path::Path;

use coulisses_crew::db::{DbUrl, migrate};
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncMigrationHarness, AsyncPgConnection};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};

use crate::support::{Backend, Database, TestApp, backends};

/// `src/db/schema.rs` as the catalogue would show it: `table.column type null`.
fn expected(backend: Backend) -> BTreeSet<String> {
    let text = include_str!("../../src/db/schema.rs");
    let mut columns = BTreeSet::new();
    let mut table = "";
    for line in text.lines().map(str::trim) {
        if let Some((name, rest)) = line.split_once(" (")
            && rest.ends_with(") {")
        {
            table = name;
        } else if !line.starts_with("diesel::")
            && let Some((column, sql_type)) = line.split_once(" -> ")
        {
            let sql_type = sql_type.trim_end_matches(',');
            let inner = sql_type
                .strip_prefix("Nullable<")
                .and_then(|of| of.strip_suffix('>'));
            let null = if inner.is_some() { "null" } else { "not null" };
            let native = match (inner.unwrap_or(sql_type), backend) {
                ("UuidColumn", Backend::Postgres) => "uuid",
                ("InstantColumn", Backend::Postgres) => "timestamp with time zone",
                ("JsonColumn", Backend::Postgres) => "jsonb",
                ("Text", Backend::Postgres) => "text",
                ("Integer", Backend::Postgres) => "integer",
                ("Binary", Backend::Postgres) => "bytea",
                ("UuidColumn" | "Binary", Backend::Sqlite) => "BLOB",
                ("InstantColumn" | "Integer", Backend::Sqlite) => "INTEGER",
                ("JsonColumn" | "Text", Backend::Sqlite) => "TEXT",
                (other, _) => panic!("a type that this test does not know: {other}"),
            };
            columns.insert(format!("{table}.{column} {native} {null}"));
        }
    }
    assert!(columns.len() > 90, "the test no longer reads schema.rs");
    columns
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = diesel::sql_types::Text)]
    line: String,
}

const SQLITE_CATALOGUE: &str = "
    SELECT m.name || '.' || c.name || ' ' || c.type ||
           CASE WHEN c.\"notnull\" = 1 THEN ' not null' ELSE ' null' END AS line
    FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c
    WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name <> '__diesel_schema_migrations'";

const POSTGRES_CATALOGUE: &str = "
    SELECT table_name || '.' || column_name || ' ' || data_type ||
           CASE is_nullable WHEN 'NO' THEN ' not null' ELSE ' null' END AS line
    FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name <> '__diesel_schema_migrations'";

/// Tables that belong to no organisation.
pub const GLOBAL: [&str; 5] = [
    "accounts",
    "sessions",
    "password_resets",
    "orgs",
    "throttles",
];

/// What a query of the catalogue tells of the database, by its text for either backend.
pub async fn lines(database: &Database, sqlite: &str, postgres: &str) -> BTreeSet<String> {
    let rows: Vec<Line> = match DbUrl::parse(&database.url_of_tests()).expect("a URL") {
        DbUrl::Sqlite(path) => {
            let mut conn = SqliteConnection::establish(&path.to_string_lossy()).expect("SQLite");
            diesel::sql_query(sqlite)
                .load(&mut conn)
                .expect("the catalogue")
        }
        DbUrl::Postgres(_) => {
            let mut conn = AsyncPgConnection::establish(&database.url_of_tests())
                .await
                .expect("PostgreSQL");
            let query = diesel::sql_query(postgres);
            diesel_async::RunQueryDsl::load(query, &mut conn)
                .await
                .expect("the catalogue")
        }
    };
    rows.into_iter().map(|row| row.line).collect()
}

async fn catalogue(database: &Database) -> BTreeSet<String> {
    lines(database, SQLITE_CATALOGUE, POSTGRES_CATALOGUE).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_migrations_make_what_schema_rs_says() {
    for backend in backends() {
        let database = Database::new(backend).await;
        assert_eq!(catalogue(&database).await, expected(backend), "{backend:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_migrations_go_down_to_nothing_and_up_again() {
    for backend in backends() {
        let database = Database::new(backend).await;
        let before = catalogue(&database).await;
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        match DbUrl::parse(&database.url_of_tests()).expect("a URL") {
            DbUrl::Sqlite(path) => {
                let mut conn =
                    SqliteConnection::establish(&path.to_string_lossy()).expect("SQLite");
                let files = FileBasedMigrations::from_path(folder.join("sqlite")).expect("files");
                conn.revert_all_migrations(files.clone()).expect("down");
                assert_eq!(catalogue(&database).await, BTreeSet::new());
                conn.run_pending_migrations(files).expect("up");
            }
            DbUrl::Postgres(_) => {
                let conn = AsyncPgConnection::establish(&database.url_of_tests())
                    .await
                    .expect("PostgreSQL");
                let mut harness = AsyncMigrationHarness::new(conn);
                let files = FileBasedMigrations::from_path(folder.join("postgres")).expect("files");
                harness.revert_all_migrations(files.clone()).expect("down");
                assert_eq!(catalogue(&database).await, BTreeSet::new());
                harness.run_pending_migrations(files).expect("up");
            }
        }
        assert_eq!(catalogue(&database).await, before, "{backend:?}");
    }
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |backend: &str| -> BTreeSet<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("migrations")
            .join(backend);
        let entries = std::fs::read_dir(folder).expect("a folder");
        entries
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .to_string_lossy()
                    .into()
            })
            .collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
}

#[tokio::test(flavor = "multi_thread")]
async fn four_servers_that_start_at_once_migrate_once() {
    for backend in backends() {
        let database = Database::empty(backend).await;
        let url = DbUrl::parse(&database.url()).expect("a URL");
        let starts: Vec<_> = (0..4)
            .map(|_| {
                let url = url.clone();
                tokio::spawn(async move { migrate::run(&url).await.expect("none fails").len() })
            })
            .collect();
        let mut ran = Vec::new();
        for start in starts {
            ran.push(start.await.expect("a task"));
        }
        ran.sort_unstable();
        assert_eq!(ran[..3], [0, 0, 0], "{backend:?}");
        assert!(ran[3] > 0, "{backend:?}");
        assert_eq!(catalogue(&database).await, expected(backend), "{backend:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_tenant_table_names_its_organisation() {
    for backend in backends() {
        let database = Database::new(backend).await;
        let columns = catalogue(&database).await;
        let tables: BTreeSet<&str> = columns
            .iter()
            .filter_map(|line| line.split('.').next())
            .collect();
        for table in tables.into_iter().filter(|table| !GLOBAL.contains(table)) {
            let native = match backend {
                Backend::Sqlite => "BLOB",
                Backend::Postgres => "uuid",
            };
            let line = format!("{table}.org_id {native} not null");
            assert!(columns.contains(&line), "{backend:?}: {table}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_is_recent_and_set_to_keep_what_it_acknowledges() {
    let app = TestApp::with(Backend::Sqlite, &[]).await;
    let of = async |sql: &str| -> String {
        let query = diesel::sql_query(format!("SELECT {sql} AS line"));
        let reads = app
            .state
            .db
            .read(async |conn| conn.one::<_, Line>(query).await);
        reads.await.expect("a line").line
    };
    let version = of("sqlite_version()").await;
    let parts: Vec<u32> = version
        .split('.')
        .map(|part| part.parse().expect("a number"))
        .collect();
    assert!(parts >= vec![3, 51, 3], "{version}");
    // What `.cargo/config.toml` says of the build.
    let options = of("(SELECT group_concat(compile_options) FROM pragma_compile_options)").await;
    for (option, is_set) in [
        ("ENABLE_QPSG", true),
        ("THREADSAFE=2", true),
        ("DEFAULT_MEMSTATUS=0", true),
        ("ENABLE_MEMORY_MANAGEMENT", false),
        ("ENABLE_API_ARMOR", false),
    ] {
        let found = options.split(',').any(|found| found == option);
        assert_eq!(found, is_set, "{option}: {options}");
    }
    for (pragma, value) in [
        ("journal_mode", "wal"),
        ("synchronous", "2"),
        ("foreign_keys", "1"),
        ("query_only", "1"),
    ] {
        let found = of(&format!(
            "(SELECT CAST({pragma} AS TEXT) FROM pragma_{pragma})"
        ))
        .await;
        assert_eq!(found, value, "{pragma} of a reader");
    }
}
