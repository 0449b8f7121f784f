//! The transaction of a mutation, which begins with the reading of its session.
//!
//! On PostgreSQL a mutation that writes in the organisation of its token takes a single transaction in this way. SQLite
//! reads the session outside of the transaction, because whoever writes there keeps everybody else from writing.

use std::sync::{Arc, Mutex, PoisonError};

use super::backend::Backend;
use super::conn::Conn;
use super::pg_pool::PgObject;
use super::pool::{Db, Held, Pools};
use super::scope::Scope;
use super::snapshot::PgReader;
use crate::error::Result;
use crate::ids::OrgId;

/// A transaction on PostgreSQL that has only read so far. It waits for the first use of the database by its request.
#[derive(Clone)]
pub(super) struct Begun(Arc<Mutex<Option<(PgReader, Scope)>>>);

impl Begun {
    /// Hands out the connection if the transaction shows the rows of this scope, and ends the transaction otherwise. Only
    /// the first caller gets anything.
    pub(super) fn take(&self, scope: Scope) -> Option<(PgObject, Held)> {
        let (reader, shown) = self.take_any()?;
        if shown == scope {
            reader.into_inner()
        } else {
            None
        }
    }

    /// Ends the transaction if it still waits.
    pub(super) fn end(&self) {
        drop(self.take_any());
    }

    fn take_any(&self) -> Option<(PgReader, Scope)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Db {
    /// Begins a transaction on the rows of an organisation with its first read, which must not write. On PostgreSQL the
    /// returned database goes on in it if it is used first for a [`Db::write`] on the same rows. Any other use ends the
    /// transaction before it takes a connection. Unlike in [`Db::snapshot`], each statement sees its own moment.
    ///
    /// Until then the request holds a connection, so it must do nothing slow before it uses the database.
    ///
    /// # Errors
    /// Those of `first`; `UNAVAILABLE` when no connection is to be had in time.
    pub async fn begin<T>(
        &self,
        org_id: impl Into<Option<OrgId>>,
        first: impl AsyncFnOnce(&mut Conn) -> Result<T>,
    ) -> Result<(Self, T)> {
        let within = self.within(org_id);
        let Pools::Postgres {
            database,
            pool,
            gate,
            ..
        } = &self.shared.pools
        else {
            let found = within.read(first).await?;
            return Ok((self.clone(), found));
        };
        let (object, held) = self.take(gate, pool.get()).await?;
        let reader = Arc::new(PgReader::new(object, held, database));
        let backend = Backend::PostgresSnapshot(Arc::clone(&reader));
        let mut conn = self.conn(backend, Some(begin_to_write(within.scope)));
        let found = first(&mut conn).await?;
        // If the first read ran no statement, the transaction has not begun yet.
        conn.show().await?;
        drop(conn);
        let waiting = |reader| Begun(Arc::new(Mutex::new(Some((reader, within.scope)))));
        let own = Self {
            begun: Arc::into_inner(reader).map(waiting),
            ..self.clone()
        };
        Ok((own, found))
    }
}

/// The statements that begin a transaction for a scope on PostgreSQL. They are sent with the first query.
pub(super) fn begin_to_write(scope: Scope) -> String {
    format!("BEGIN; {}", scope.sql())
}
