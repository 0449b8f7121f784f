//! The migrations of both databases, embedded in the binary and chosen by the URL.

use diesel::backend::Backend;
use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel::result::Error as DieselError;
use diesel::sqlite::Sqlite;
use diesel_async::{AsyncMigrationHarness, SimpleAsyncConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::demands;
use super::pool::open_sqlite;
use super::url::DbUrl;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Key of the advisory lock that lets one of several starting servers migrate while the others wait.
const LOCK: i64 = 0x636f_756c_6973;

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
            demands::check(&mut conn).await?;
            let mut harness = AsyncMigrationHarness::new(conn);
            // Without pending migrations no lock is taken. The lock belongs to the session, and behind a pooler in
            // transaction mode it would stay on a shared connection. If two servers create the table of migrations at once,
            // one of them fails here. It then waits for the lock.
            if matches!(harness.has_pending_migration(POSTGRES), Ok(false)) {
                return Ok(Vec::new());
            }
            let mut conn = harness.into_inner();
            // Migrations may take longer than the statements of requests. Other servers wait here.
            let prepare = format!(
                "SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0;
                 SELECT pg_advisory_lock({LOCK})"
            );
            conn.batch_execute(&prepare).await?;
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

/// Takes the write lock first, so that finding the pending migrations and running them are one transaction.
fn run_sqlite(conn: &mut diesel::SqliteConnection) -> Result<Vec<String>, Error> {
    let mut ran = Ok(Vec::new());
    conn.immediate_transaction::<_, DieselError, _>(|conn| {
        ran = conn.run_pending_migrations(SQLITE).map(names);
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
