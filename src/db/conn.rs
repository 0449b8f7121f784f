//! A connection to either database, and its transactions.
//!
//! A diesel query that is not boxed has no backend in its type, so one value runs on both: the methods of
//! [`Conn`] ask for both capabilities, and what one backend lacks is a compile error at the call.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use deadpool::managed::Object;
use diesel::SqliteConnection;
use diesel::connection::SimpleConnection;
use diesel::result::Error as DieselError;
use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection, methods};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, TryStreamExt};

use super::pool::{Db, SqliteManager};
use crate::error::{AppError, Result};
use crate::ids::OrgId;

/// How often a transaction runs again after a serialisation failure or a deadlock.
const RETRIES: u32 = 5;

/// A connection out of the pool. Repositories take it as `&mut Conn`.
pub struct Conn {
    pub(super) backend: Backend,
    pub(super) statements: Arc<AtomicU64>,
    /// Says which organisation's rows PostgreSQL shows; sent along with the first statement of a read.
    pub(super) scope: Option<String>,
}

#[expect(
    clippy::large_enum_variant,
    reason = "a connection is moved a few times, never kept in bulk"
)]
pub(super) enum Backend {
    /// Through diesel-async.
    Postgres(Object<AsyncDieselConnectionManager<AsyncPgConnection>>),
    /// Through diesel itself; a statement runs inside `block_in_place`.
    Sqlite(Object<SqliteManager>),
}

// `BoxFuture<'c, _>` with `'q: 'c` instead of `async fn`: the compiler cannot show that the latter is `Send` for
// every lifetime, which spawning a caller needs.
impl Conn {
    /// All rows of a query.
    ///
    /// # Errors
    /// As mapped by [`AppError`] from the database's.
    pub fn load<'c, 'q, Q, U>(&'c mut self, query: Q) -> BoxFuture<'c, Result<Vec<U>>>
    where
        'q: 'c,
        Q: for<'x> methods::LoadQuery<'q, &'x AsyncPgConnection, U>
            + diesel::query_dsl::LoadQuery<'q, SqliteConnection, U>
            + Send
            + 'q,
        U: Send + 'c,
    {
        async move {
            self.statements.fetch_add(1, Ordering::Relaxed);
            let scope = self.scope.take();
            match &mut self.backend {
                Backend::Postgres(conn) => {
                    let conn: &AsyncPgConnection = conn;
                    let mut first = conn;
                    let mut second = conn;
                    let scope = async {
                        match scope {
                            Some(scope) => first.batch_execute(&scope).await,
                            None => Ok(()),
                        }
                    };
                    let rows = async {
                        let rows = methods::LoadQuery::internal_load(query, &mut second).await?;
                        rows.try_collect::<Vec<U>>().await
                    };
                    let ((), rows) = futures_util::try_join!(scope, rows)?;
                    Ok(rows)
                }
                Backend::Sqlite(conn) => {
                    tokio::task::block_in_place(|| Ok(query.load(&mut **conn)?))
                }
            }
        }
        .boxed()
    }

    /// The first row, or `None`.
    ///
    /// # Errors
    /// As [`Conn::load`].
    pub fn opt<'c, 'q, Q, U>(&'c mut self, query: Q) -> BoxFuture<'c, Result<Option<U>>>
    where
        'q: 'c,
        Q: for<'x> methods::LoadQuery<'q, &'x AsyncPgConnection, U>
            + diesel::query_dsl::LoadQuery<'q, SqliteConnection, U>
            + Send
            + 'q,
        U: Send + 'c,
    {
        let rows = self.load(query);
        async move { Ok(rows.await?.into_iter().next()) }.boxed()
    }

    /// The first row.
    ///
    /// # Errors
    /// `NOT_FOUND` where there is none, and as [`Conn::load`].
    pub fn one<'c, 'q, Q, U>(&'c mut self, query: Q) -> BoxFuture<'c, Result<U>>
    where
        'q: 'c,
        Q: for<'x> methods::LoadQuery<'q, &'x AsyncPgConnection, U>
            + diesel::query_dsl::LoadQuery<'q, SqliteConnection, U>
            + Send
            + 'q,
        U: Send + 'c,
    {
        let row = self.opt(query);
        async move { row.await?.ok_or_else(AppError::not_found) }.boxed()
    }

    /// Runs a statement and counts the rows it touched.
    ///
    /// # Errors
    /// As [`Conn::load`].
    pub fn execute<'c, 'q, Q>(&'c mut self, statement: Q) -> BoxFuture<'c, Result<usize>>
    where
        'q: 'c,
        Q: methods::ExecuteDsl<AsyncPgConnection>
            + diesel::query_dsl::methods::ExecuteDsl<SqliteConnection>
            + Send
            + 'q,
    {
        async move {
            self.statements.fetch_add(1, Ordering::Relaxed);
            let scope = self.scope.take();
            match &mut self.backend {
                Backend::Postgres(conn) => {
                    if let Some(scope) = scope {
                        conn.batch_execute(&scope).await?;
                    }
                    Ok(methods::ExecuteDsl::execute(statement, &mut **conn).await?)
                }
                Backend::Sqlite(conn) => tokio::task::block_in_place(|| {
                    Ok(diesel::query_dsl::methods::ExecuteDsl::execute(
                        statement,
                        &mut **conn,
                    )?)
                }),
            }
        }
        .boxed()
    }

    /// Runs plain SQL: for transaction control only.
    async fn command(&mut self, sql: &str) -> Result<(), DieselError> {
        match &mut self.backend {
            Backend::Postgres(conn) => conn.batch_execute(sql).await,
            Backend::Sqlite(conn) => tokio::task::block_in_place(|| conn.batch_execute(sql)),
        }
    }

    async fn begin(&mut self) -> Result<(), DieselError> {
        let scope = self.scope.take();
        match self.backend {
            Backend::Postgres(_) => {
                let sql = format!("BEGIN; {}", scope.unwrap_or_default());
                self.command(&sql).await
            }
            Backend::Sqlite(_) => self.command("BEGIN IMMEDIATE").await,
        }
    }

    /// From here on the statements see the rows of this organisation: for work that learns from a token which it is.
    pub fn enter(&mut self, org_id: OrgId) {
        self.scope = Some(scope(Some(org_id)));
    }
}

/// Tells PostgreSQL's policies whose rows to show. Each use of a connection begins with it, so nothing stays behind.
pub(super) fn scope(org_id: Option<OrgId>) -> String {
    let org_id = org_id.map(|id| id.uuid().to_string()).unwrap_or_default();
    format!("SELECT set_config('app.org_id', '{org_id}', false)")
}

/// An open transaction. Dropped without a commit, as when the client hangs up, it leaves none open: PostgreSQL's
/// connection is closed, SQLite rolls back (a single writer cannot be given away).
struct Open(Option<Conn>);

impl Open {
    async fn finish<T>(mut self, result: Result<T>) -> Result<T> {
        let Some(conn) = self.0.as_mut() else {
            return result;
        };
        let sql = if result.is_ok() { "COMMIT" } else { "ROLLBACK" };
        conn.command(sql).await?;
        self.0 = None;
        result
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        match self.0.take().map(|conn| conn.backend) {
            Some(Backend::Postgres(conn)) => drop(Object::take(conn)),
            Some(Backend::Sqlite(mut conn)) => {
                if let Err(error) = conn.batch_execute("ROLLBACK") {
                    tracing::error!(%error, "could not roll back; the connection is closed");
                    drop(Object::take(conn));
                }
            }
            None => {}
        }
    }
}

impl Db {
    /// Runs statements that only read. They see each what was committed before it.
    ///
    /// # Errors
    /// Those of `work`; `UNAVAILABLE` when no connection is to be had in time.
    pub async fn read<T>(&self, work: impl AsyncFnOnce(&mut Conn) -> Result<T>) -> Result<T> {
        let mut conn = self.reader().await?;
        work(&mut conn).await
    }

    /// Whether PostgreSQL's policies do not hold this server: it connects as a superuser or with `BYPASSRLS`.
    ///
    /// # Errors
    /// The database's.
    pub async fn bypasses_policies(&self) -> Result<bool> {
        let mut conn = self.reader().await?;
        if matches!(conn.backend, Backend::Sqlite(_)) {
            return Ok(false);
        }
        let role = "(SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user)";
        conn.one(diesel::select(diesel::dsl::sql::<diesel::sql_types::Bool>(
            role,
        )))
        .await
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// `UNAVAILABLE` when it does not.
    pub async fn ping(&self) -> Result<()> {
        Ok(self.reader().await?.command("SELECT 1").await?)
    }

    /// Runs a write transaction: committed when `work` returns `Ok`, rolled back otherwise. `work` runs again
    /// when PostgreSQL reports a serialisation failure or a deadlock.
    ///
    /// # Errors
    /// Those of `work`; `UNAVAILABLE` when no connection is to be had in time.
    pub async fn write<T>(
        &self,
        work: impl AsyncFnOnce(&mut Conn) -> Result<T> + Clone,
    ) -> Result<T> {
        let mut attempt = 0;
        loop {
            let mut open = Open(Some(self.writer().await?));
            let Some(conn) = open.0.as_mut() else {
                unreachable!("it was just put there")
            };
            conn.begin().await?;
            let result = work.clone()(conn).await;
            match open.finish(result).await {
                Err(error) if error.retryable && attempt < RETRIES => {
                    attempt += 1;
                    tracing::debug!(attempt, "transaction runs again: {error}");
                    let [jitter] = self.random().bytes::<1>();
                    let pause = (1 << attempt) * 5 + u64::from(jitter) / 16;
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                }
                result => return result,
            }
        }
    }
}
