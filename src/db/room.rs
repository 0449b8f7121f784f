//! How much room the disk of a SQLite file has.

use super::url::DbUrl;

/// The bytes that are free where a SQLite file is, or will be. `None` if nobody can tell: the disk of PostgreSQL is on
/// another machine.
#[must_use]
pub fn free_bytes(url: &DbUrl) -> Option<u64> {
    let DbUrl::Sqlite(file) = url else {
        return None;
    };
    let file = std::path::absolute(file).ok()?;
    // The folder of a new database may be missing, too.
    let there = file.ancestors().find(|path| path.exists())?;
    free_at(there)
}

#[cfg(unix)]
fn free_at(path: &std::path::Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(path).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(not(unix))]
fn free_at(_: &std::path::Path) -> Option<u64> {
    None
}
