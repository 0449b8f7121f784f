use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use super::postgres::Postgres;

/// The database that `DATABASE_URL` names.
#[derive(Clone, Debug)]
pub enum DbUrl {
    /// `postgres://…` or `postgresql://…`.
    Postgres(Arc<Postgres>),
    /// A file: `sqlite:///./dev.db`, `sqlite:////abs/dev.db`, `sqlite://dev.db` or a plain path.
    Sqlite(PathBuf),
}

impl DbUrl {
    /// Reads a `DATABASE_URL`.
    ///
    /// # Errors
    /// A sentence with the problem. It does not contain the URL, because that may contain a password.
    pub fn parse(url: &str) -> Result<Self, String> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(Arc::new(Postgres::parse(url)?)));
        }
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            return Err("lacks the two slashes after postgres:".to_owned());
        }
        let path = match url.strip_prefix("sqlite://") {
            // As in SQLAlchemy: three slashes and a relative path, four and an absolute one.
            Some(rest) => rest.strip_prefix('/').unwrap_or(rest),
            None => url.strip_prefix("sqlite:").unwrap_or(url),
        };
        if path.contains("://") {
            return Err("is neither postgres:// nor sqlite://".to_owned());
        }
        if path.is_empty() || path.contains(":memory:") || path.contains(['?', '\0']) {
            return Err("names no SQLite file (sqlite:///./dev.db)".to_owned());
        }
        Ok(Self::Sqlite(PathBuf::from(path)))
    }
}

/// For the log and for errors: without the password.
impl fmt::Display for DbUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Postgres(database) => database.fmt(f),
            Self::Sqlite(path) => match std::path::absolute(path) {
                Ok(whole) => whole.display().fmt(f),
                Err(_) => path.display().fmt(f),
            },
        }
    }
}
