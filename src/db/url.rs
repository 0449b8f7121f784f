use std::path::PathBuf;

/// Which database, out of `DATABASE_URL`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DbUrl {
    /// `postgres://…` or `postgresql://…`.
    Postgres(String),
    /// A file: `sqlite:///./dev.db`, `sqlite:////abs/dev.db`, `sqlite://dev.db` or a plain path.
    Sqlite(PathBuf),
}

impl DbUrl {
    /// Reads a `DATABASE_URL`.
    ///
    /// # Errors
    /// A sentence that says what is wrong, without the URL: it may hold a password.
    pub fn parse(url: &str) -> Result<Self, String> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            url.parse::<tokio_postgres::Config>()
                .map_err(|_| "is not a PostgreSQL URL (postgres://user:password@host:port/name)")?;
            return Ok(Self::Postgres(url.to_owned()));
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
