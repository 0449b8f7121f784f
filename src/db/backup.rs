//! A copy of a SQLite file that a server may be using.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection, SqliteConnection, sql_query};

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum NoBackup {
    #[error("there is no database at {0}")]
    NoDatabase(PathBuf),
    #[error("{0} exists already: name a new file")]
    Exists(PathBuf),
    #[error("{0} is the database or a file of it: choose another name")]
    OwnFile(PathBuf),
    #[error("the copy is not a sound database, and was removed: {0}")]
    Unsound(String),
    #[error("the database cannot be copied")]
    NotCopied(#[from] diesel::result::Error),
    #[error("the database cannot be opened")]
    NotOpened(#[from] ConnectionError),
    #[error("the file cannot be written")]
    NotWritten(#[from] io::Error),
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Copies the database as it is at one moment into a new file, and checks the copy. Others may read and write meanwhile.
/// Until the copy is checked, it has another name, so a file with the name `to` is always whole. Blocks until it is done.
///
/// # Errors
/// Why there is no backup. Nothing is left behind then.
pub fn backup(from: &Path, to: &Path) -> Result<u64, NoBackup> {
    if !from.is_file() {
        return Err(NoBackup::NoDatabase(from.to_owned()));
    }
    if to.exists() {
        return Err(NoBackup::Exists(to.to_owned()));
    }
    let partial = with_suffix(to, ".partial");
    refuse_own_files(from, to, &partial)?;
    let copied = copy(from, &partial);
    if copied.is_err() {
        // It may not be there.
        let _ = fs::remove_file(&partial);
        return copied;
    }
    fs::rename(&partial, to)?;
    // The new name survives a power cut, too.
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    copied
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

/// Refuses a copy that would take the place of the database under another spelling of its name, or of a file that SQLite
/// keeps beside it.
fn refuse_own_files(from: &Path, to: &Path, partial: &Path) -> Result<(), NoBackup> {
    let from = fs::canonicalize(from)?;
    let beside = ["-journal", "-shm", "-wal"].map(|suffix| with_suffix(&from, suffix));
    for path in [to, partial] {
        // Neither of them needs to be there. Their folder does.
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let folder = fs::canonicalize(folder.unwrap_or(Path::new(".")))?;
        let path = folder.join(path.file_name().unwrap_or_default());
        if path == from || beside.contains(&path) {
            return Err(NoBackup::OwnFile(path));
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<u64, NoBackup> {
    // One that was killed may have left it.
    match fs::remove_file(to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    // Whoever may not read the database must not read its copy. SQLite writes into an empty file that exists.
    File::create_new(to)?.set_permissions(fs::metadata(from)?.permissions())?;
    let mut conn = SqliteConnection::establish(&from.to_string_lossy())?;
    sql_query("VACUUM INTO ?")
        .bind::<Text, _>(to.to_string_lossy())
        .execute(&mut conn)?;
    check(to)?;
    let file = File::open(to)?;
    file.sync_all()?;
    Ok(file.metadata()?.len())
}

fn check(copy: &Path) -> Result<(), NoBackup> {
    let mut conn = SqliteConnection::establish(&copy.to_string_lossy())?;
    let found: Vec<Line> =
        sql_query("SELECT integrity_check AS line FROM pragma_integrity_check").load(&mut conn)?;
    let lines: Vec<String> = found.into_iter().map(|row| row.line).collect();
    if lines != ["ok"] {
        return Err(NoBackup::Unsound(lines.join("; ")));
    }
    let orphans = "SELECT count(*) AS count FROM pragma_foreign_key_check";
    let orphans: Count = sql_query(orphans).get_result(&mut conn)?;
    match orphans.count {
        0 => Ok(()),
        rows => Err(NoBackup::Unsound(format!("{rows} rows refer to nothing"))),
    }
}
