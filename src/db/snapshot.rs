//! One snapshot and one connection for all reads of a request.
//!
//! A request that reads sees one moment: its counts, lists and people agree with each other. On PostgreSQL the reads of
//! one level are pipelined on the connection, and nothing stays behind on it, so that a pooler in transaction mode works.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use deadpool::managed::Object;
use diesel::SqliteConnection;
use diesel::connection::SimpleConnection;
use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use tokio::sync::{Mutex, OwnedSemaphorePermit};

use super::backend::Backend;
use super::conn::Conn;
use super::pool::{Db, Pools, SqliteManager};
use super::scope::Scope;
use crate::error::{AppError, Result};

/// The snapshot of a request. It ends with the last one who holds it: its transaction is closed, and the connection goes
/// back to the pool.
#[derive(Clone)]
pub(super) enum Snapshot {
    /// Its organisation's rows, and no others, are shown.
    Postgres(Arc<PgReader>, Scope),
    Sqlite(Arc<Mutex<SqliteReader>>),
}

impl Snapshot {
    /// Another use of its connection; `None` where it does not show what is asked for.
    pub(super) async fn reader(&self, scope: Scope) -> Option<Backend> {
        match self {
            Self::Postgres(reader, shown) => {
                (*shown == scope).then(|| Backend::PostgresSnapshot(Arc::clone(reader)))
            }
            Self::Sqlite(reader) => {
                let alone = Arc::clone(reader).lock_owned().await;
                Some(Backend::SqliteSnapshot(alone))
            }
        }
    }
}

impl Db {
    /// Begins a snapshot with its first read. The database that comes back reads in it, as long as it reads the rows of
    /// this scope; other rows are read in the moment of their statement.
    ///
    /// # Errors
    /// Those of `first`; `UNAVAILABLE` when no connection is to be had in time.
    pub async fn snapshot<T>(
        &self,
        scope: Scope,
        first: impl AsyncFnOnce(&mut Conn) -> Result<T>,
    ) -> Result<(Self, T)> {
        let (snapshot, begin) = match &self.pools {
            Pools::Postgres { pool, snapshots } => {
                let permit = Arc::clone(snapshots).acquire_owned();
                let permit = self.in_time(permit).await?;
                let object = self.in_time(pool.get()).await?;
                let reader = Arc::new(PgReader::new(object, Some(permit)));
                (Snapshot::Postgres(reader, scope), Some(begin(scope)))
            }
            Pools::Sqlite { readers, .. } => {
                let object = self.in_time(readers.get()).await?;
                let reader = tokio::task::block_in_place(|| SqliteReader::begin(object))?;
                (Snapshot::Sqlite(Arc::new(Mutex::new(reader))), None)
            }
        };
        let own = Self {
            scope,
            snapshot: Some(snapshot),
            ..self.clone()
        };
        let mut conn = own.reader().await?;
        conn.scope = begin;
        let found = first(&mut conn).await?;
        // Where it ran no statement, nothing has begun yet.
        conn.show().await?;
        drop(conn);
        Ok((own, found))
    }
}

/// Begins a transaction on PostgreSQL that only reads, for the rows of a scope. It goes out with the first statement.
pub(super) fn begin(scope: Scope) -> String {
    let scope = scope.sql();
    format!("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {scope}")
}

type PgObject = Object<AsyncDieselConnectionManager<AsyncPgConnection>>;

/// A connection to PostgreSQL in a transaction that only reads. Statements on it may overlap.
pub(super) struct PgReader {
    /// There until it is dropped.
    object: Option<PgObject>,
    /// A request that holds its connection from level to level has one.
    permit: Option<OwnedSemaphorePermit>,
    begun: AtomicUsize,
    ended: AtomicUsize,
}

impl PgReader {
    pub(super) fn new(object: PgObject, permit: Option<OwnedSemaphorePermit>) -> Self {
        Self {
            object: Some(object),
            permit,
            begun: AtomicUsize::new(0),
            ended: AtomicUsize::new(0),
        }
    }

    pub(super) fn conn(&self) -> &AsyncPgConnection {
        match &self.object {
            Some(object) => object,
            None => unreachable!("it is taken when it is dropped"),
        }
    }

    /// A statement begins. One that does not end was left behind by a client that hung up.
    pub(super) fn begins(&self) {
        self.begun.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn ends(&self) {
        self.ended.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for PgReader {
    fn drop(&mut self) {
        let (begun, ended) = (*self.begun.get_mut(), *self.ended.get_mut());
        let (object, permit) = (self.object.take(), self.permit.take());
        let Some(object) = object.filter(|_| begun > 0) else {
            return;
        };
        // Nobody waits for it.
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(async move {
                close(object, begun != ended).await;
                drop(permit);
            })),
            Err(_) => drop(Object::take(object)),
        }
    }
}

/// Ends the transaction. A statement that nobody waits for any more is cancelled; its connection is closed, because the
/// cancellation could still hit whoever used it next.
async fn close(object: PgObject, abandoned: bool) {
    if abandoned {
        let token = object.cancel_token();
        if let Err(error) = token.cancel_query(tokio_postgres::NoTls).await {
            tracing::debug!(%error, "a statement could not be cancelled");
        }
        drop(Object::take(object));
        return;
    }
    let mut conn: &AsyncPgConnection = &object;
    if let Err(error) = conn.batch_execute("COMMIT").await {
        tracing::debug!(%error, "a snapshot could not be ended; its connection is closed");
        drop(Object::take(object));
    }
}

/// A connection to SQLite in a transaction that only reads.
pub(super) struct SqliteReader {
    /// There until it is dropped.
    object: Option<Object<SqliteManager>>,
}

impl SqliteReader {
    fn begin(mut object: Object<SqliteManager>) -> Result<Self> {
        object
            .batch_execute("BEGIN")
            .map_err(AppError::unavailable)?;
        Ok(Self {
            object: Some(object),
        })
    }

    pub(super) fn conn(&mut self) -> &mut SqliteConnection {
        match &mut self.object {
            Some(object) => object,
            None => unreachable!("it is taken when it is dropped"),
        }
    }
}

impl Drop for SqliteReader {
    fn drop(&mut self) {
        if let Some(mut object) = self.object.take()
            && let Err(error) = object.batch_execute("COMMIT")
        {
            tracing::error!(%error, "a snapshot could not be ended; its connection is closed");
            drop(Object::take(object));
        }
    }
}
