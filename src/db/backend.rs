//! What a connection is on either database.

use std::sync::Arc;

use deadpool::managed::Object;
use diesel::SqliteConnection;
use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use tokio::sync::OwnedMutexGuard;

use super::pool::{Held, SqliteManager};
use super::snapshot::{PgReader, SqliteReader};

#[expect(
    clippy::large_enum_variant,
    reason = "a connection is moved a few times, never kept in bulk"
)]
pub(super) enum Backend {
    /// Through diesel-async.
    Postgres(
        Object<AsyncDieselConnectionManager<AsyncPgConnection>>,
        Held,
    ),
    /// Through diesel itself; a statement runs inside `block_in_place`.
    Sqlite(Object<SqliteManager>, Held),
    /// A read-only transaction. Several reads of one request share it at the same time.
    PostgresSnapshot(Arc<PgReader>),
    /// In the snapshot of a request, whose reads take turns.
    SqliteSnapshot(OwnedMutexGuard<SqliteReader>),
}

/// Which database it is, and its connection.
pub(super) enum Side<'a> {
    Postgres(&'a AsyncPgConnection),
    Sqlite(&'a mut SqliteConnection),
}

impl Backend {
    pub(super) fn side(&mut self) -> Side<'_> {
        match self {
            Self::Postgres(conn, _) => Side::Postgres(conn),
            Self::PostgresSnapshot(reader) => Side::Postgres(reader.conn()),
            Self::Sqlite(conn, _) => Side::Sqlite(conn),
            Self::SqliteSnapshot(reader) => Side::Sqlite(reader.conn()),
        }
    }

    /// Which snapshot a statement runs in, to tell it of the statement's begin and end.
    pub(super) fn snapshot(&self) -> Option<Arc<PgReader>> {
        match self {
            Self::PostgresSnapshot(reader) => Some(Arc::clone(reader)),
            _ => None,
        }
    }
}
