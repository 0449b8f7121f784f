//! How a database is asked whether it can be worked with, and what an error of that means.

use std::sync::Arc;

use deadpool::managed::Pool;
use diesel::dsl::sql;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::BigInt;
use diesel_async::AsyncPgConnection;

use super::migrate;
use super::pg_pool::PgPool;
use super::postgres::{Postgres, Unconnected};
use super::ready::NotReady;
use super::scope::Share;
use super::sqlite::SqliteManager;
use crate::error::AppError;
use crate::fair::Gate;

/// What the question answers instead of a number if PostgreSQL takes no writes.
pub(super) const READ_ONLY: i64 = -1;

pub(super) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Which database is asked.
pub(super) enum Of {
    Postgres {
        database: Arc<Postgres>,
        /// The connections of the requests.
        pool: PgPool,
        /// A connection that nobody else uses.
        own: Option<Box<AsyncPgConnection>>,
    },
    /// The gate has a place that is kept for the server.
    Sqlite(Pool<SqliteManager>, Gate<Share>),
}

impl Of {
    pub(super) fn postgres(&self) -> Option<Arc<Postgres>> {
        match self {
            Self::Postgres { database, .. } => Some(Arc::clone(database)),
            Self::Sqlite(..) => None,
        }
    }

    pub(super) fn versions(&self) -> Vec<String> {
        match self {
            Self::Postgres { .. } => migrate::versions_of_postgres(),
            Self::Sqlite(..) => migrate::versions_of_sqlite(),
        }
    }

    pub(super) fn has_several_hosts(&self) -> bool {
        self.postgres().is_some_and(|database| database.hosts() > 1)
    }

    /// Closes the connections to PostgreSQL that nobody uses at the moment.
    pub(super) fn close_idle(&mut self) {
        if let Self::Postgres { pool, own, .. } = self {
            pool.close_idle();
            *own = None;
        }
    }

    /// How many of the versions of this server are listed among the migrations, or `READ_ONLY`.
    ///
    /// # Errors
    /// One whose meaning [`reason`] tells.
    pub(super) async fn count(&mut self, count: &str) -> Result<i64, Cause> {
        match self {
            Self::Postgres { database, own, .. } => {
                let if_writable = format!(
                    "CASE WHEN current_setting('transaction_read_only')::boolean THEN {READ_ONLY} ELSE {count} END"
                );
                let query = diesel::select(sql::<BigInt>(&if_writable));
                // After an error or a time-out the connection is not used again, nor is one to a standby.
                let mut conn = match own.take() {
                    Some(conn) => conn,
                    None => Box::new(database.connect().await?),
                };
                let found = diesel_async::RunQueryDsl::get_result(query, &mut *conn).await?;
                *own = Some(conn).filter(|_| found != READ_ONLY);
                Ok(found)
            }
            Self::Sqlite(readers, gate) => {
                let query = diesel::select(sql::<BigInt>(count));
                let held = gate.enter(Share::Server).await?;
                let mut conn = readers.get().await.map_err(AppError::unavailable)?;
                // On a thread of its own, because a disk that hangs must not hold up who waits for the answer.
                let question = tokio::task::spawn_blocking(move || {
                    let _held = held;
                    diesel::RunQueryDsl::get_result(query, &mut *conn)
                });
                Ok(question.await??)
            }
        }
    }
}

/// What an error of the question means.
pub(super) fn reason(cause: &(dyn std::error::Error + 'static)) -> NotReady {
    match (cause.downcast_ref(), cause.downcast_ref()) {
        (Some(DieselError::DatabaseError(kind, told)), _) => match kind {
            DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => {
                NotReady::Away
            }
            _ if lacks_table(told.message()) => NotReady::Behind,
            _ => NotReady::Refusing,
        },
        (_, Some(Unconnected::Refused(refused))) if refused.as_db_error().is_some() => {
            NotReady::Refusing
        }
        _ => NotReady::Away,
    }
}

/// Whether no migration has run: neither database has another code for it than its words.
fn lacks_table(message: &str) -> bool {
    const WORDS: [&str; 2] = [
        "relation \"__diesel_schema_migrations\" does not exist",
        "no such table: __diesel_schema_migrations",
    ];
    WORDS.iter().any(|words| message.contains(words))
}
