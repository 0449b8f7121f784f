//! One snapshot and one connection for all reads of a request.
//!
//! All reads of a request see the same state of the database, so its counts, lists and people agree. On PostgreSQL the
//! reads of one level are pipelined on the connection. No setting stays on the connection, so a pooler in transaction
//! mode works.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use deadpool::managed::Object;
use diesel::SqliteConnection;
use diesel::connection::SimpleConnection;
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use futures_util::FutureExt;
use futures_util::future::join;
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::backend::Backend;
use super::conn::Conn;
use super::pg_pool::PgObject;
use super::pool::{Db, Held, Pools, free};
use super::postgres::Postgres;
use super::scope::Scope;
use super::sqlite::SqliteManager;
use crate::error::{AppError, Result};

/// The snapshot of a request. When its last user drops it, its transaction ends and the connection returns to the pool.
#[derive(Clone)]
pub(super) enum Snapshot {
    /// Its organisation's rows, and no others, are shown.
    Postgres(Arc<PgReader>, Scope),
    Sqlite(Arc<Mutex<SqliteReader>>),
}

impl Snapshot {
    /// Another use of its connection; `None` if it shows rows of another scope.
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
    /// Begins a snapshot with its first read. The returned database reads rows of this scope in the snapshot. It reads
    /// other rows outside of it.
    ///
    /// # Errors
    /// Those of `first`; `UNAVAILABLE` when no connection is to be had in time.
    pub async fn snapshot<T>(
        &self,
        scope: Scope,
        first: impl AsyncFnOnce(&mut Conn) -> Result<T>,
    ) -> Result<(Self, T)> {
        let (snapshot, begin) = match &self.shared.pools {
            Pools::Postgres {
                database,
                pool,
                gate,
                ..
            } => {
                let (object, held) = self.take(gate, pool.get()).await?;
                let reader = Arc::new(PgReader::new(object, held, database));
                (Snapshot::Postgres(reader, scope), Some(begin(scope)))
            }
            Pools::Sqlite {
                readers, reading, ..
            } => {
                let (object, held) = self.take(reading, free(readers)).await?;
                let begun = || SqliteReader::begin(object, held);
                let reader = tokio::task::block_in_place(begun)?;
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
        // If the first read ran no statement, the transaction has not begun yet.
        conn.show().await?;
        drop(conn);
        Ok((own, found))
    }
}

/// The statements that begin a read-only transaction for a scope on PostgreSQL. They are sent with the first query.
pub(super) fn begin(scope: Scope) -> String {
    let scope = scope.sql();
    format!("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {scope}")
}

/// A connection to PostgreSQL in a transaction that has only read so far. Its statements may be pipelined.
pub(super) struct PgReader {
    /// `None` only while it is being dropped or taken apart.
    object: Option<(PgObject, Held)>,
    database: Arc<Postgres>,
    begun: AtomicUsize,
    ended: AtomicUsize,
}

impl PgReader {
    pub(super) fn new(object: PgObject, held: Held, database: &Arc<Postgres>) -> Self {
        Self {
            object: Some((object, held)),
            database: Arc::clone(database),
            begun: AtomicUsize::new(0),
            ended: AtomicUsize::new(0),
        }
    }

    /// Its connection, which stays in the transaction.
    pub(super) fn into_inner(mut self) -> Option<(PgObject, Held)> {
        self.object.take()
    }

    pub(super) fn conn(&self) -> &AsyncPgConnection {
        match &self.object {
            Some((object, _)) => object,
            None => unreachable!("it is taken when it is dropped"),
        }
    }

    /// Marks the begin of a statement. If its end is never marked, its client has disconnected.
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
        let Some((object, held)) = self.object.take().filter(|_| begun > 0) else {
            return;
        };
        if begun == ended {
            end(object);
            return;
        }
        let database = Arc::clone(&self.database);
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(async move {
                cancel_within_limit(&database, object).await;
                drop(held);
            })),
            Err(_) => drop(Object::take(object)),
        }
    }
}

/// How long a statement that nobody waits for may still run. Most end sooner, and a cancellation costs PostgreSQL a new
/// process.
const PATIENCE: Duration = Duration::from_millis(100);

/// How long PostgreSQL has to end a transaction. If it hangs, the connection must not keep its place.
const LIMIT: Duration = Duration::from_secs(2);

/// Ends the transaction without waiting for it. PostgreSQL runs the statements of a connection one after the other, so
/// whoever uses it next is behind the end. A broken connection is not used again: the pool notices it.
fn end(object: PgObject) {
    let mut conn: &AsyncPgConnection = &object;
    // It is sent when it is polled for the first time.
    let sent = conn.batch_execute("COMMIT").now_or_never();
    if let Some(Err(error)) = sent {
        tracing::debug!(%error, "a snapshot could not be ended; its connection is closed");
        drop(Object::take(object));
    }
}

/// Cancels a statement that nobody waits for any more. If anything goes wrong, or takes too long, the connection is
/// closed.
async fn cancel_within_limit(database: &Postgres, object: PgObject) {
    let ended = timeout(LIMIT, cancel(database, &object)).await;
    if !ended.unwrap_or(false) {
        tracing::debug!("a snapshot could not be ended; its connection is closed");
        drop(Object::take(object));
    }
}

/// Ends what runs on a connection, and returns whether the connection can be used again. New connections would cost more:
/// a client that hangs up again and again would slow down everybody.
async fn cancel(database: &Postgres, mut conn: &AsyncPgConnection) -> bool {
    let (mut behind, mut again) = (conn, conn);
    // The first one fails if the statement before it was cancelled, because the transaction has failed then.
    let check = behind.batch_execute("SELECT");
    let mut ended = pin!(join(check, conn.batch_execute("ROLLBACK")));
    if let Ok((_, rolled_back)) = timeout(PATIENCE, &mut ended).await {
        return rolled_back.is_ok();
    }
    if let Err(error) = database.cancel(again).await {
        tracing::debug!(%error, "a statement could not be cancelled");
        return false;
    }
    let (check, rolled_back) = ended.await;
    // The cancellation goes its own way. If the statement has ended by itself, it may still come, and must not hit whoever
    // uses the connection next.
    if check.is_ok() {
        return false;
    }
    rolled_back.is_ok() || again.batch_execute("ROLLBACK").await.is_ok()
}

/// A connection to SQLite in a transaction that only reads.
pub(super) struct SqliteReader {
    /// `None` only while it is being dropped.
    object: Option<Object<SqliteManager>>,
    _held: Held,
}

impl SqliteReader {
    fn begin(mut object: Object<SqliteManager>, held: Held) -> Result<Self> {
        object
            .batch_execute("BEGIN")
            .map_err(AppError::unavailable)?;
        Ok(Self {
            object: Some(object),
            _held: held,
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
