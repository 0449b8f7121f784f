//! Opens a file of SQLite, and connections to it for the pools.

use std::path::{Path, PathBuf};

use deadpool::managed::{Manager, Metrics, RecycleResult};
use diesel::connection::SimpleConnection;
use diesel::{Connection, ConnectionError, ConnectionResult, SqliteConnection};

use super::interrupt;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Writer,
    Reader,
}

/// Opens connections to one SQLite file.
pub struct SqliteManager {
    pub(super) path: PathBuf,
    pub(super) mode: Mode,
}

impl Manager for SqliteManager {
    type Type = SqliteConnection;
    type Error = ConnectionError;

    async fn create(&self) -> ConnectionResult<SqliteConnection> {
        tokio::task::block_in_place(|| {
            let mut conn = open_sqlite(&self.path)?;
            if self.mode == Mode::Reader {
                conn.batch_execute("PRAGMA query_only = ON")
                    .map_err(ConnectionError::CouldntSetupConfiguration)?;
            }
            Ok(conn)
        })
    }

    async fn recycle(
        &self,
        _: &mut SqliteConnection,
        _: &Metrics,
    ) -> RecycleResult<ConnectionError> {
        Ok(())
    }
}

/// How long a connection waits for another program that writes.
pub(super) const BUSY_TIMEOUT_MS: u32 = 5_000;

/// Begins the error for a file whose folder does not exist and cannot be made.
pub(super) const NO_FOLDER: &str = "the folder cannot be made";

/// Opens the file. Creates it and its folder if they do not exist.
pub(super) fn open_sqlite(path: &Path) -> ConnectionResult<SqliteConnection> {
    let bad =
        |error: std::io::Error| ConnectionError::BadConnection(format!("{NO_FOLDER}: {error}"));
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder).map_err(bad)?;
    }
    interrupt::install();
    let mut conn = SqliteConnection::establish(&path.to_string_lossy())?;
    // WAL with FULL: readers beside the writer, and an acknowledged write survives a power cut. The file of the log gives
    // back what is above 16 MiB when SQLite begins it anew (`Wal` sees to it that this happens). The cache is 8 MiB for
    // each connection: where many organisations write by turns, the rows of one board lie on some 500 pages.
    conn.batch_execute(&format!(
        "PRAGMA busy_timeout = {BUSY_TIMEOUT_MS};
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA journal_size_limit = 16777216;
         PRAGMA foreign_keys = ON;
         PRAGMA trusted_schema = OFF;
         PRAGMA cache_size = -8192;",
    ))
    .map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}
