//! What a connection is on either database.

use std::sync::Arc;

use deadpool::managed::Object;
use diesel::SqliteConnection;
use diesel_async::AsyncPgConnection;
use tokio::sync::OwnedMutexGuard;

use super::pg_pool::PgObject;
use super::pool::Held;
use super::snapshot::{PgReader, SqliteReader};
use super::sqlite::SqliteManager;

pub(super) enum Backend {
    /// Through diesel-async. It is shared only while statements are sent side by side.
    Postgres(Arc<(PgObject, Held)>),
    /// Through diesel itself; a statement runs inside `block_in_place`.
    Sqlite(Object<SqliteManager>, Held),
    /// A transaction that only reads. Several reads of one request share it at the same time.
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
            Self::Postgres(conn) => Side::Postgres(&conn.0),
            Self::PostgresSnapshot(reader) => Side::Postgres(reader.conn()),
            Self::Sqlite(conn, _) => Side::Sqlite(conn),
            Self::SqliteSnapshot(reader) => Side::Sqlite(reader.conn()),
        }
    }

    /// Another use of the same connection, on PostgreSQL. SQLite runs one statement at a time.
    pub(super) fn beside(&self) -> Option<Self> {
        match self {
            Self::Postgres(conn) => Some(Self::Postgres(Arc::clone(conn))),
            Self::PostgresSnapshot(reader) => Some(Self::PostgresSnapshot(Arc::clone(reader))),
            Self::Sqlite(..) | Self::SqliteSnapshot(_) => None,
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
