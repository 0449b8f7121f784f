//! Keeps SQLite's write-ahead log short.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use diesel::SqliteConnection;
use diesel::connection::SimpleConnection;
use diesel::result::Error as DieselError;

use super::backend::Backend;
use super::conn::Conn;
use super::pool::Pools;
use super::sqlite::BUSY_TIMEOUT_MS;

const MIB: u64 = 1024 * 1024;
/// The log is emptied when it has so many bytes, and again when it has grown by so many.
const STEP: u64 = 16 * MIB;
/// Each time the log has grown by so many bytes, the server insists.
const MUCH: u64 = 64 * MIB;

/// How long it waits for reads: less than other writes wait for this one.
const SHORT_MS: u32 = 500;
/// How long it waits if it insists: longer than any request may read.
const LONG_MS: u32 = 16_000;

/// The log of one SQLite file.
///
/// SQLite copies the log into the database by itself, about every 4 MiB. But it begins the log anew only in a moment in
/// which nobody reads. While reads overlap without a gap, the log would grow with each write until the disk is full.
#[derive(Clone)]
pub(super) struct Wal {
    database: PathBuf,
    file: Arc<OnceLock<PathBuf>>,
    /// How long it was left the last time.
    left: Arc<AtomicU64>,
}

impl Wal {
    /// The log of the database in this file, which need not exist yet.
    pub fn of(database: &Path) -> Self {
        Self {
            database: database.to_owned(),
            file: Arc::default(),
            left: Arc::default(),
        }
    }

    /// Empties the log if it has become long. Called after a write, on the connection that wrote. It waits until the reads
    /// that need the log have ended. Nobody else can write meanwhile. If it has to give up, the next try is a step later.
    fn shorten(&self, writer: &mut SqliteConnection) {
        let size = self.size();
        // It is shorter than it was left if SQLite has begun it anew meanwhile.
        let left = self.left.fetch_min(size, Ordering::Relaxed).min(size);
        if size - left < STEP {
            return;
        }
        let insists = size / MUCH > left / MUCH;
        let patience = if insists { LONG_MS } else { SHORT_MS };
        let done = tokio::task::block_in_place(|| empty(writer, patience));
        let left = self.size();
        if let Err(error) = done {
            tracing::warn!(%error, "SQLite's write-ahead log could not be emptied");
        } else if left > 0 {
            tracing::warn!(
                bytes = left,
                "SQLite's write-ahead log could not be emptied, because reads or another program hold it"
            );
        }
        self.left.store(left, Ordering::Relaxed);
    }

    fn size(&self) -> u64 {
        let file = self.file.get_or_init(|| beside(&self.database));
        std::fs::metadata(file).map_or(0, |file| file.len())
    }
}

/// The log is beside the file itself, also if the server knows the file by a link.
fn beside(database: &Path) -> PathBuf {
    let file = std::fs::canonicalize(database).unwrap_or_else(|_| database.to_owned());
    let mut log = OsString::from(file);
    log.push("-wal");
    log.into()
}

fn empty(writer: &mut SqliteConnection, patience: u32) -> Result<(), DieselError> {
    writer.batch_execute(&format!("PRAGMA busy_timeout = {patience}"))?;
    let done = writer.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)");
    writer.batch_execute(&format!("PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}"))?;
    done
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
