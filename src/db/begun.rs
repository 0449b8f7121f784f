//! The transaction of a mutation begins with the statements that read its session.
//!
//! PostgreSQL so begins and ends one transaction for a mutation instead of two. SQLite reads the session outside of it,
//! because whoever writes there keeps others from writing.

use std::sync::{Arc, Mutex, PoisonError};

use super::backend::Backend;
use super::conn::Conn;
use super::pg_pool::PgObject;
use super::pool::{Db, Held, Pools};
use super::scope::Scope;
use super::snapshot::PgReader;
use crate::error::Result;

/// A transaction on PostgreSQL that has only read so far. The first work of the request takes it, or ends it.
#[derive(Clone)]
pub(super) struct Begun(Arc<Mutex<Option<(Arc<PgReader>, Scope)>>>);

impl Begun {
    /// Its connection, if it shows the rows of this scope. Otherwise it ends. Nobody gets it twice.
    pub(super) fn take(&self, scope: Scope) -> Option<(PgObject, Held)> {
        let (reader, shown) = self.take_any()?;
        if shown == scope {
            PgReader::into_inner(reader)
        } else {
            None
        }
    }

    fn take_any(&self) -> Option<(Arc<PgReader>, Scope)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Db {
    /// Begins the transaction of a mutation with its first read. The first [`Db::write`] of the returned database goes on
    /// in it, if it is within the same scope.
    ///
    /// # Errors
    /// Those of `first`; `UNAVAILABLE` when no connection is to be had in time.
    pub async fn begin<T>(
        &self,
        scope: Scope,
        first: impl AsyncFnOnce(&mut Conn) -> Result<T>,
    ) -> Result<(Self, T)> {
        let Pools::Postgres {
            database,
            pool,
            gate,
            ..
        } = &self.shared.pools
        else {
            let found = self.within(scope.org_id).read(first).await?;
            return Ok((self.clone(), found));
        };
        let (object, held) = self.take(gate, pool.get()).await?;
        let reader = Arc::new(PgReader::new(object, held, database));
        let backend = Backend::PostgresSnapshot(Arc::clone(&reader));
        let mut conn = self.conn(backend, Some(begin_to_write(scope)));
        let found = first(&mut conn).await?;
        // If the first read ran no statement, the transaction has not begun yet.
        conn.show().await?;
        let begun = Some(Begun(Arc::new(Mutex::new(Some((reader, scope))))));
        let own = Self {
            begun,
            ..self.clone()
        };
        Ok((own, found))
    }

    /// Ends the transaction that [`Db::begin`] has begun, if nobody has taken it. Slow work must not keep its connection.
    pub fn let_go(&self) {
        if let Some(begun) = &self.begun {
            drop(begun.take_any());
        }
    }
}

/// The statements that begin a transaction for a scope on PostgreSQL. They are sent with the first query.
pub(super) fn begin_to_write(scope: Scope) -> String {
    format!("BEGIN; {}", scope.sql())
}
