//! `coulisses-crew backup`: a copy of a SQLite database that may be in use.

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;
use coulisses_crew::config::Config;
use coulisses_crew::db::{DbUrl, backup};

use super::Error;

#[derive(Args)]
pub struct Options {
    /// The file to write, which must not exist.
    file: PathBuf,
}

/// Writes the copy, and prints its size.
pub async fn run(options: Options, config: Config) -> Result<(), Error> {
    let DbUrl::Sqlite(path) = config.database else {
        return Err("only SQLite is backed up by this command; for PostgreSQL use pg_dump (docs/operations.md, Backups)".into());
    };
    let file = options.file;
    let to = file.clone();
    let size = tokio::task::spawn_blocking(move || backup(&path, &to)).await??;
    let mut out = std::io::stdout();
    writeln!(
        out,
        "Wrote {} ({size} bytes) and checked it.",
        file.display()
    )?;
    Ok(())
}
