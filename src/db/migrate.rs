//! The migrations of both databases, embedded in the binary and chosen by the URL.

use std::pin::pin;
use std::time::Duration;

use diesel::backend::Backend;
use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel::result::Error as DieselError;
use diesel::sql_types::{Bool, Text};
use diesel::sqlite::Sqlite;
use diesel_async::{AsyncMigrationHarness, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use tokio::time::timeout;

use super::demands;
use super::postgres::Unconnected;
use super::sqlite::open_sqlite;
use super::url::DbUrl;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Key of the advisory lock that lets one of several starting servers migrate while the others wait.
const LOCK: i64 = 0x636f_756c_6973;

/// How long PostgreSQL may take to tell which migrations ran.
const ANSWER: Duration = Duration::from_secs(5);
/// How often the log says that another server migrates.
const SAID_EVERY: Duration = Duration::from_secs(5);

/// The versions of the migrations that ran.
const APPLIED: &str = "SELECT version FROM __diesel_schema_migrations ORDER BY version";

type Error = Box<dyn std::error::Error + Send + Sync>;

/// Runs the pending migrations and returns their names. Several processes may start at once: one migrates, and the
/// others wait.
///
/// # Errors
/// If the database cannot be reached or is unsuitable, or if a migration fails. A failed migration is rolled back.
pub async fn run(url: &DbUrl) -> Result<Vec<String>, Error> {
    match url {
        DbUrl::Postgres(database) => {
            let mut conn = database.connect().await?;
            let looked = timeout(ANSWER, look(&mut conn)).await;
            let applied = looked.map_err(|_| Unconnected::silent())??;
            let known = versions_of_postgres();
            // No error, because an old server may start again while servers are replaced one by one.
            if let Some(newer) = Newer::of(&applied, &known) {
                tracing::warn!("{newer}");
            }
            // Without pending migrations no lock is taken. The lock belongs to the session, and behind a pooler in
            // transaction mode it would stay on a shared connection.
            if known.iter().all(|version| applied.contains(version)) {
                return Ok(Vec::new());
            }
            lock(&mut conn).await?;
            // The lock ends with the connection.
            Ok(names(
                AsyncMigrationHarness::new(conn).run_pending_migrations(POSTGRES)?,
            ))
        }
        DbUrl::Sqlite(path) => tokio::task::block_in_place(|| {
            let mut conn = open_sqlite(path)?;
            conn.batch_execute("PRAGMA busy_timeout = 60000")?;
            run_sqlite(&mut conn)
        }),
    }
}

/// Checks PostgreSQL, and returns the versions of the migrations that ran on it.
async fn look(conn: &mut AsyncPgConnection) -> Result<Vec<String>, Error> {
    demands::check(conn).await?;
    let exists = sql::<Bool>("SELECT to_regclass('__diesel_schema_migrations') IS NOT NULL");
    if !exists.get_result::<bool>(conn).await? {
        return Ok(Vec::new());
    }
    Ok(sql::<Text>(APPLIED).load(conn).await?)
}

/// A newer version of this program has migrated the database: its migrations that this version does not know.
#[derive(Debug, thiserror::Error)]
#[error(
    "a newer version of this program has migrated the database (migrations {0}): run that version, or restore a backup from \
     before these migrations"
)]
struct Newer(String);

impl Newer {
    fn of(applied: &[String], known: &[String]) -> Option<Self> {
        let newer = applied.iter().filter(|version| !known.contains(version));
        let versions = newer.map(String::as_str).collect::<Vec<_>>().join(", ");
        (!versions.is_empty()).then_some(Self(versions))
    }
}

/// Waits until no other server migrates, and says so in the log meanwhile. The lock ends with the connection.
async fn lock(conn: &mut AsyncPgConnection) -> Result<(), DieselError> {
    // Migrations may take longer than the statements of requests.
    let prepare = "SET statement_timeout = 0; SET lock_timeout = 0; \
                   SET idle_in_transaction_session_timeout = 0";
    conn.batch_execute(prepare).await?;
    let try_lock = sql::<Bool>(&format!("SELECT pg_try_advisory_lock({LOCK})"));
    if try_lock.get_result::<bool>(conn).await? {
        return Ok(());
    }
    let wait = format!("SELECT pg_advisory_lock({LOCK})");
    let mut locked = pin!(conn.batch_execute(&wait));
    let mut says = tokio::time::interval(SAID_EVERY);
    loop {
        tokio::select! {
            locked = &mut locked => return locked,
            _ = says.tick() => {
                tracing::info!("another server migrates this database; waiting for it");
            }
        }
    }
}

/// Takes the write lock first, so that finding the pending migrations and running them are one transaction. Refuses a file
/// that a newer version has migrated: it has one server, so nobody replaces servers one by one.
fn run_sqlite(conn: &mut diesel::SqliteConnection) -> Result<Vec<String>, Error> {
    let mut ran = Ok(Vec::new());
    conn.immediate_transaction::<_, DieselError, _>(|conn| {
        ran = conn.applied_migrations().and_then(|applied| {
            match Newer::of(&names(applied), &versions_of_sqlite()) {
                Some(newer) => Err(newer.into()),
                None => conn.run_pending_migrations(SQLITE).map(names),
            }
        });
        match ran {
            Ok(_) => Ok(()),
            Err(_) => Err(DieselError::RollbackTransaction),
        }
    })
    .or_else(|error| if ran.is_err() { Ok(()) } else { Err(error) })?;
    ran
}

/// The versions of all migrations for PostgreSQL.
pub(super) fn versions_of_postgres() -> Vec<String> {
    MigrationSource::<Pg>::migrations(&POSTGRES).map_or_else(|_| Vec::new(), all)
}

/// The versions of all migrations for SQLite.
pub(super) fn versions_of_sqlite() -> Vec<String> {
    MigrationSource::<Sqlite>::migrations(&SQLITE).map_or_else(|_| Vec::new(), all)
}

fn all<B: Backend>(migrations: Vec<Box<dyn Migration<B>>>) -> Vec<String> {
    let version = |migration: Box<dyn Migration<B>>| migration.name().version().to_string();
    migrations.into_iter().map(version).collect()
}

fn names(versions: Vec<diesel::migration::MigrationVersion<'_>>) -> Vec<String> {
    versions
        .into_iter()
        .map(|version| version.to_string())
        .collect()
}
