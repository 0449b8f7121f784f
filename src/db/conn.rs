//! A connection to either database.
//!
//! The type of a diesel query that is not boxed names no backend, so the same query runs on both. The methods of
//! [`Conn`] require that a query compiles for both. If one backend lacks a feature, the compiler reports an error at
//! the call.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use diesel::SqliteConnection;
use diesel::connection::SimpleConnection;
use diesel::pg::Pg;
use diesel::query_builder::{QueryFragment, QueryId};
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection, methods};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, TryStreamExt};
use tokio_util::sync::CancellationToken;

use super::backend::{Backend, Side};
use super::interrupt;
use super::kept::Kept;
use super::pool::{Db, Shared};
use super::ready::Watch;
use super::scope::Scope;
use super::snapshot::PgReader;
use crate::error::{AppError, Result};
use crate::ids::OrgId;

/// A connection out of the pool. Repositories take it as `&mut Conn`.
pub struct Conn {
    pub(super) backend: Backend,
    pub(super) db: Arc<Shared>,
    /// Counts the statements of the request.
    pub(super) counted: Option<Arc<AtomicU64>>,
    /// The statements that begin a transaction on PostgreSQL and tell it which organisation's rows to show. They are sent
    /// together with the first statement. `None` once they are sent.
    pub(super) scope: Option<String>,
    /// Cancelled when nobody waits for the statements any more.
    pub(super) abandoned: Option<CancellationToken>,
}

/// A query that returns rows of `U` on either database. It abbreviates the bounds of diesel and diesel-async.
pub trait Yields<'q, U>:
    for<'x> methods::LoadQuery<'q, &'x AsyncPgConnection, U>
    + diesel::query_dsl::LoadQuery<'q, SqliteConnection, U>
    + Send
    + 'q
{
}

impl<'q, U, Q> Yields<'q, U> for Q where
    Q: for<'x> methods::LoadQuery<'q, &'x AsyncPgConnection, U>
        + diesel::query_dsl::LoadQuery<'q, SqliteConnection, U>
        + Send
        + 'q
{
}

// `BoxFuture<'c, _>` with `'q: 'c` instead of `async fn`: the compiler cannot show that the latter is `Send` for
// every lifetime, which spawning a caller needs.
impl Conn {
    /// All rows of a query.
    ///
    /// # Errors
    /// The database's error, converted to [`AppError`].
    pub fn load<'c, 'q, Q, U>(&'c mut self, query: Q) -> BoxFuture<'c, Result<Vec<U>>>
    where
        'q: 'c,
        Q: Yields<'q, U>,
        U: Send + 'c,
    {
        async move {
            self.count();
            let (scope, snapshot) = (self.scope.take(), self.backend.snapshot());
            let watch = &self.db.watch;
            match self.backend.side() {
                Side::Postgres(conn) => {
                    let mut own = conn;
                    let rows = async {
                        let rows = methods::LoadQuery::internal_load(query, &mut own).await?;
                        rows.try_collect::<Vec<U>>().await
                    };
                    Ok(run(watch, conn, scope, snapshot, rows).await?)
                }
                Side::Sqlite(conn) => blocking(self.abandoned.as_ref(), || Ok(query.load(conn)?)),
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
        Q: Yields<'q, U>,
        U: Send + 'c,
    {
        let rows = self.load(query);
        async move { Ok(rows.await?.into_iter().next()) }.boxed()
    }

    /// Does two pieces of work that do not depend on each other. PostgreSQL gets the statements of both at once, so they
    /// take one round trip. It may run them in either order.
    ///
    /// # Errors
    /// The first error of either.
    pub async fn both<T, U>(
        &mut self,
        one: impl AsyncFnOnce(&mut Self) -> Result<T>,
        other: impl AsyncFnOnce(&mut Self) -> Result<U>,
    ) -> Result<(T, U)> {
        let (Some(mut first), Some(mut beside)) = (self.beside(), self.beside()) else {
            return Ok((one(self).await?, other(self).await?));
        };
        first.scope = self.scope.take();
        // All three end, even if one fails, so that no statement is left behind on the connection. A statement that
        // fails makes the later ones of its transaction fail too, so the first error is the one to tell.
        let failed = AtomicU8::new(0);
        let (shown, one, other) = futures_util::future::join3(
            first.show(),
            noting(&failed, 1, one(self)),
            noting(&failed, 2, other(&mut beside)),
        )
        .await;
        shown?;
        match (one, other) {
            (Err(_), Err(other)) if failed.into_inner() == 2 => Err(other),
            (one, other) => Ok((one?, other?)),
        }
    }

    /// Counts a statement.
    fn count(&self) {
        self.db.statements.fetch_add(1, Ordering::Relaxed);
        if let Some(counted) = &self.counted {
            counted.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn beside(&self) -> Option<Self> {
        Some(Self {
            backend: self.backend.beside()?,
            db: Arc::clone(&self.db),
            counted: self.counted.clone(),
            scope: None,
            abandoned: self.abandoned.clone(),
        })
    }

    /// The first row.
    ///
    /// # Errors
    /// `NOT_FOUND` if there is no row, and as [`Conn::load`].
    pub fn one<'c, 'q, Q, U>(&'c mut self, query: Q) -> BoxFuture<'c, Result<U>>
    where
        'q: 'c,
        Q: Yields<'q, U>,
        U: Send + 'c,
    {
        let row = self.opt(query);
        async move { row.await?.ok_or_else(AppError::not_found) }.boxed()
    }

    /// Runs a statement and returns the number of affected rows.
    ///
    /// # Errors
    /// As [`Conn::load`].
    pub fn execute<'c, 'q, Q>(&'c mut self, statement: Q) -> BoxFuture<'c, Result<usize>>
    where
        'q: 'c,
        Q: QueryFragment<Pg>
            + QueryId
            + diesel::query_dsl::methods::ExecuteDsl<SqliteConnection>
            + Send
            + 'q,
    {
        async move {
            self.count();
            let (scope, snapshot) = (self.scope.take(), self.backend.snapshot());
            let watch = &self.db.watch;
            match self.backend.side() {
                Side::Postgres(conn) => {
                    let mut own = conn;
                    let statement = methods::ExecuteDsl::execute(Kept(statement), &mut own);
                    Ok(run(watch, conn, scope, snapshot, statement).await?)
                }
                Side::Sqlite(conn) => blocking(self.abandoned.as_ref(), || {
                    Ok(diesel::query_dsl::methods::ExecuteDsl::execute(
                        statement, conn,
                    )?)
                }),
            }
        }
        .boxed()
    }

    /// Sends the scope now if no statement has sent it yet.
    pub(super) async fn show(&mut self) -> Result<()> {
        let (scope, snapshot) = (self.scope.take(), self.backend.snapshot());
        let watch = &self.db.watch;
        if let Side::Postgres(conn) = self.backend.side()
            && scope.is_some()
        {
            run(watch, conn, scope, snapshot, std::future::ready(Ok(()))).await?;
        }
        Ok(())
    }

    /// Runs plain SQL: for transaction control only.
    pub(super) async fn command(&mut self, sql: &str) -> Result<(), DieselError> {
        let watch = &self.db.watch;
        match self.backend.side() {
            Side::Postgres(mut conn) => unless_silent(watch, conn.batch_execute(sql)).await,
            Side::Sqlite(conn) => tokio::task::block_in_place(|| conn.batch_execute(sql)),
        }
    }

    /// Begins a write transaction on SQLite. On PostgreSQL it begins with its first statement, or has begun already.
    pub(super) async fn begin(&mut self) -> Result<(), DieselError> {
        match self.backend.side() {
            Side::Postgres(_) => Ok(()),
            Side::Sqlite(_) => self.command("BEGIN IMMEDIATE").await,
        }
    }

    /// From here on the statements see the rows of this organisation. For work that learns its organisation on the way,
    /// such as signing in.
    pub fn enter(&mut self, org_id: OrgId) {
        let scope = Scope {
            org_id: Some(org_id),
            account_id: None,
        };
        let unsent = self.scope.take().map(|begin| begin + "; ");
        self.scope = Some(unsent.unwrap_or_default() + &scope.sql());
    }
}

/// Runs a statement on SQLite, which occupies its thread until it ends.
fn blocking<T>(abandoned: Option<&CancellationToken>, statement: impl FnOnce() -> T) -> T {
    tokio::task::block_in_place(|| interrupt::limited(abandoned, statement))
}

/// Notes which piece of work failed first.
async fn noting<T>(
    failed: &AtomicU8,
    number: u8,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    let done = work.await;
    if done.is_err() {
        let _ = failed.compare_exchange(0, number, Ordering::Relaxed, Ordering::Relaxed);
    }
    done
}

/// Waits for PostgreSQL, as long as it answers at all.
async fn unless_silent<T>(
    watch: &Watch,
    statement: impl Future<Output = Result<T, DieselError>>,
) -> Result<T, DieselError> {
    tokio::select! {
        biased;
        done = statement => done,
        () = watch.silence() => {
            let cause = Box::new("the database does not answer any more".to_owned());
            Err(DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, cause))
        }
    }
}

/// Runs statements on PostgreSQL. Sends the scope before the first one, and tells the snapshot whether they ended.
async fn run<T>(
    watch: &Watch,
    mut conn: &AsyncPgConnection,
    scope: Option<String>,
    snapshot: Option<Arc<PgReader>>,
    statements: impl Future<Output = Result<T, DieselError>>,
) -> Result<T, DieselError> {
    if let Some(reader) = &snapshot {
        reader.begins();
    }
    let scope = async {
        match scope {
            Some(scope) => conn.batch_execute(&scope).await,
            None => Ok(()),
        }
    };
    let both = async {
        let done = futures_util::future::try_join(scope, statements).await;
        if let Some(reader) = &snapshot {
            reader.ends();
        }
        Ok(done?.1)
    };
    unless_silent(watch, both).await
}

impl Db {
    /// Runs statements that only read, in the snapshot of the request if there is one.
    ///
    /// # Errors
    /// The errors of `work`; `UNAVAILABLE` if no connection becomes free in time.
    pub async fn read<T>(&self, work: impl AsyncFnOnce(&mut Conn) -> Result<T>) -> Result<T> {
        let mut conn = self.reader().await?;
        work(&mut conn).await
    }

    /// Whether the server bypasses PostgreSQL's policies, because it connects as a superuser or with `BYPASSRLS`.
    pub async fn bypasses_policies(&self) -> Result<bool> {
        let mut conn = self.reader().await?;
        if matches!(conn.backend.side(), Side::Sqlite(_)) {
            return Ok(false);
        }
        let role = "(SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user)";
        conn.one(diesel::select(diesel::dsl::sql::<diesel::sql_types::Bool>(
            role,
        )))
        .await
    }
}
