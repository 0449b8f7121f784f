//! Keeps SQLite's write-ahead log short.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use diesel::SqliteConnection;
use diesel::connection::SimpleConnection;

use super::backend::Backend;
use super::conn::Conn;
use super::pool::Pools;

/// The log is emptied when it has so many bytes, and again when it has grown by so many.
const STEP: u64 = 16 * 1024 * 1024;

/// The log of one SQLite file.
///
/// SQLite copies the log into the database by itself, about every 4 MiB. But it begins the log anew only in a moment in
/// which nobody reads. While reads overlap without a gap, the log would grow with each write until the disk is full.
#[derive(Clone)]
pub(super) struct Wal {
    file: PathBuf,
    /// How long it was left the last time.
    left: Arc<AtomicU64>,
}

impl Wal {
    /// The log of the database in this file.
    pub fn of(database: &Path) -> Self {
        let mut file = OsString::from(database);
        file.push("-wal");
        Self {
            file: file.into(),
            left: Arc::default(),
        }
    }

    /// Empties the log if it has become long. Called after a write, on the connection that wrote. New reads need no log
    /// once all of it is copied, so it waits only for those that have begun, and for at most two busy timeouts. Nobody
    /// else can write meanwhile. If reads take longer than that, the next try is a step later.
    fn shorten(&self, writer: &mut SqliteConnection) {
        let size = self.size();
        // It is shorter than it was left if SQLite has begun it anew meanwhile.
        let left = self.left.fetch_min(size, Ordering::Relaxed).min(size);
        if size - left < STEP {
            return;
        }
        let done =
            tokio::task::block_in_place(|| writer.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)"));
        let left = self.size();
        if let Err(error) = done {
            tracing::warn!(%error, "SQLite's write-ahead log could not be emptied");
        } else if left > 0 {
            tracing::warn!(
                bytes = left,
                "SQLite's write-ahead log could not be emptied, because reads go on"
            );
        }
        self.left.store(left, Ordering::Relaxed);
    }

    fn size(&self) -> u64 {
        std::fs::metadata(&self.file).map_or(0, |file| file.len())
    }
}

impl Conn {
    /// Empties the log of SQLite if this connection has made it long.
    pub(super) fn shorten_log(&mut self) {
        if let (Backend::Sqlite(writer, _), Pools::Sqlite { wal, .. }) =
            (&mut self.backend, &self.db.pools)
        {
            wal.shorten(writer);
        }
    }
}
