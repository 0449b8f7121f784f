//! Why nothing was transferred.

use std::path::PathBuf;

use diesel::ConnectionError;
use diesel::result::Error as DieselError;
use tokio_postgres::Error as PostgresError;

use super::value::Unfit;
use crate::db::opening::Unusable;
use crate::db::postgres::Unconnected;

/// Why nothing was transferred. The target is as it was, apart from its migrations. No text contains a password.
#[derive(Debug, thiserror::Error)]
pub enum NoTransfer {
    #[error("--from must be a SQLite file, such as sqlite:///./crew.db")]
    NotSqlite,
    #[error("--to must be a PostgreSQL database (postgres://user:password@host:port/name)")]
    NotPostgres,
    #[error("there is no database at {}", .0.display())]
    NoSource(PathBuf),
    #[error("{} cannot be read as a database of this program", .file.display())]
    Unread {
        file: PathBuf,
        #[source]
        cause: DieselError,
    },
    #[error(
        "{} lacks migrations of this version: run coulisses-crew migrate on it first, or transfer a backup that was migrated",
        .0.display()
    )]
    Older(PathBuf),
    #[error(
        "a newer version of this program has migrated {database} (migrations {versions}): use that version"
    )]
    Newer { database: String, versions: String },
    #[error(transparent)]
    Unusable(#[from] Unusable),
    #[error("the databases do not have the same tables: {0}")]
    Different(String),
    #[error(
        "the role of --to does not own the tables {}: connect as their owner or as a superuser", .0.join(", ")
    )]
    NotOwner(Vec<String>),
    #[error("other programs use the target: stop them and repeat the command")]
    InUse,
    #[error(
        "the target is not empty; these tables have rows: {}. Name a new database", .0.join(", ")
    )]
    NotEmpty(Vec<String>),
    #[error("PostgreSQL cannot store the column {column} of the row {row} of {table}: {unfit}")]
    Unstorable {
        table: String,
        row: String,
        column: String,
        unfit: Why,
    },
    #[error("PostgreSQL refuses rows of {table}{row}: {why}")]
    Refused {
        table: String,
        row: String,
        why: String,
    },
    #[error(
        "the rows of {table} are not the same on both sides ({read} were read, {found} arrived): does a trigger change them?"
    )]
    Unequal {
        table: String,
        read: u64,
        found: u64,
    },
    #[error(
        "somebody has written to the source meanwhile: stop the server that uses it, and repeat the command"
    )]
    Written,
    #[error(
        "the connection broke at the very end, and it is not known whether the rows were kept: repeat the command, which \
         refuses if they were"
    )]
    Unsure(#[source] PostgresError),
    #[error("the source cannot be read")]
    Sqlite(#[from] DieselError),
    #[error("the source cannot be opened")]
    NotOpened(#[from] ConnectionError),
    #[error("the target failed")]
    Postgres(#[from] PostgresError),
    #[error("the target cannot be reached")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Why PostgreSQL cannot store a value, as a sentence.
#[derive(Debug)]
pub struct Why(pub(super) Unfit);

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl From<Unconnected> for NoTransfer {
    fn from(error: Unconnected) -> Self {
        Self::Unreachable(Box::new(error))
    }
}
