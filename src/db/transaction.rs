//! Write transactions.

use std::sync::Arc;
use std::time::Duration;

use deadpool::managed::Object;
use diesel::connection::SimpleConnection;
use diesel::result::Error as DieselError;

use super::backend::Backend;
use super::conn::Conn;
use super::pool::Db;
use crate::error::{AppError, Result};

/// How often a transaction runs again after a serialisation failure or a deadlock.
const RETRIES: u32 = 5;

/// An open transaction. If it is dropped without a commit, for example because the client disconnects, it does not stay
/// open. On PostgreSQL the connection is closed. SQLite has only one writer, so it rolls back instead.
struct Open(Option<Conn>);

impl Open {
    async fn finish<T>(mut self, result: Result<T>) -> Result<T> {
        let Some(conn) = self.0.as_mut() else {
            return result;
        };
        match result {
            Ok(value) => {
                conn.command("COMMIT").await.map_err(AppError::of_commit)?;
                conn.shorten_log();
                self.0 = None;
                Ok(value)
            }
            // Its connection leads to a standby, and is not used again.
            Err(error) if error.is_read_only() => Err(error),
            // Returns the original error. If the rollback fails, `drop` deals with the connection.
            Err(error) => {
                if conn.command("ROLLBACK").await.is_ok() {
                    self.0 = None;
                }
                Err(error)
            }
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        match self.0.take().map(|conn| conn.backend) {
            // Nobody shares it any more: whoever sends statements side by side borrows the connection for it.
            Some(Backend::Postgres(conn)) => {
                if let Some((object, _held)) = Arc::into_inner(conn) {
                    drop(Object::take(object));
                }
            }
            Some(Backend::Sqlite(mut conn, _held)) => {
                // Where the disk is full or broken, SQLite has rolled back by itself.
                let is_done =
                    |error: &DieselError| error.to_string().contains("no transaction is active");
                match conn.batch_execute("ROLLBACK") {
                    Err(error) if !is_done(&error) => {
                        tracing::error!(%error, "could not roll back; the connection is closed");
                        drop(Object::take(conn));
                    }
                    _ => {}
                }
            }
            // Nobody writes in a snapshot.
            Some(Backend::PostgresSnapshot(_) | Backend::SqliteSnapshot(_)) | None => {}
        }
    }
}

impl Db {
    /// Runs a write transaction. It commits if `work` returns `Ok`, and rolls back otherwise. It runs `work` again, in
    /// another transaction, if PostgreSQL reports a serialisation failure or a deadlock.
    ///
    /// The first write of a mutation may go on in the transaction of [`Db::begin`].
    ///
    /// # Errors
    /// The errors of `work`; `UNAVAILABLE` if no connection becomes free in time, or if the connection is lost. If it is
    /// lost during the commit, the message says that the work may have been done.
    pub async fn write<T>(
        &self,
        work: impl AsyncFnOnce(&mut Conn) -> Result<T> + Clone,
    ) -> Result<T> {
        let mut attempt = 0;
        loop {
            let written = self.write_once(work.clone()).await;
            self.shared.writable.learn(&written);
            if written.as_ref().is_err_and(AppError::is_read_only) {
                self.shared.watch.learn_that_no_writes_are_taken().await;
            }
            match written {
                Err(error) if error.retryable && attempt < RETRIES => {
                    attempt += 1;
                    tracing::debug!(attempt, "the transaction runs again: {error}");
                    let [jitter] = self.shared.random.bytes::<1>();
                    let pause = (1 << attempt) * 5 + u64::from(jitter) / 16;
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                }
                result => return result,
            }
        }
    }

    async fn write_once<T>(&self, work: impl AsyncFnOnce(&mut Conn) -> Result<T>) -> Result<T> {
        let mut open = Open(Some(self.writer().await?));
        let Some(conn) = open.0.as_mut() else {
            unreachable!("it was just put there")
        };
        conn.begin().await?;
        let result = work(conn).await;
        open.finish(result).await
    }
}
