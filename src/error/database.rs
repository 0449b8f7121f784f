//! What an error of the database means.

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as DieselError};

use super::AppError;

impl AppError {
    /// The error of a commit. If the connection was lost, the database may have carried it out.
    #[must_use]
    pub fn of_commit(error: DieselError) -> Self {
        match is_lost(&error) {
            true => Self::in_doubt(error),
            false => error.into(),
        }
    }

    /// Replaces the error if a row violated this unique key. A repository names the keys of its tables and says what a
    /// violation means. Any other error stays the same.
    #[must_use]
    pub fn if_taken(self, key: &str, meaning: impl FnOnce() -> Self) -> Self {
        let database = self.cause.as_ref().and_then(|cause| cause.downcast_ref());
        match database {
            Some(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, info))
                if unique_key(info.as_ref()).as_deref() == Some(key) =>
            {
                Self {
                    cause: self.cause,
                    ..meaning()
                }
            }
            _ => self,
        }
    }

    /// Whether it says that the disk has no room, or that a file of SQLite cannot be written to.
    #[must_use]
    pub fn is_unwritable(&self) -> bool {
        let cause = self.cause.as_ref().and_then(|cause| cause.downcast_ref());
        cause.is_some_and(is_unwritable)
    }

    /// Whether it says that this PostgreSQL takes no writes (SQLSTATE 25006), as a standby does.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        let cause = self.cause.as_ref().and_then(|cause| cause.downcast_ref());
        cause.is_some_and(is_read_only)
    }
}

impl From<DieselError> for AppError {
    fn from(error: DieselError) -> Self {
        match error {
            DieselError::NotFound => Self::not_found(),
            DieselError::DatabaseError(kind, info) => from_database(kind, info),
            other => Self::internal(other),
        }
    }
}

fn from_database(
    kind: DatabaseErrorKind,
    info: Box<dyn DatabaseErrorInformation + Send + Sync>,
) -> AppError {
    // diesel has kinds for some SQLSTATEs only. diesel-async hides the other SQLSTATEs, and SQLite has none. So these
    // errors are recognised by their text, which PostgreSQL must write in English (`lc_messages`).
    const AWAY: [&str; 13] = [
        // SQLite's counterpart to the next one (`db/interrupt.rs`).
        "interrupted",
        "canceling statement due to",
        // An earlier statement of the same snapshot failed.
        "current transaction is aborted",
        "database is locked",
        "terminating connection",
        "the database system is",
        "connection closed",
        "too many clients",
        // What PgBouncer says when it has lost PostgreSQL, finds none, or stops.
        "server conn crashed",
        "server connection closed",
        "server login has been failing",
        "query_wait_timeout",
        "shutting down",
    ];
    let message = info.message().to_owned();
    let cause = DieselError::DatabaseError(kind, info);
    // "deadlock detected", or "a distributed deadlock" where the tables are on several machines.
    let deadlock = message.contains("deadlock");
    match cause {
        DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => AppError {
            retryable: true,
            ..AppError::unavailable(cause)
        },
        _ if deadlock => AppError {
            retryable: true,
            ..AppError::unavailable(cause)
        },
        DieselError::DatabaseError(
            DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand,
            _,
        ) => AppError::unavailable(cause),
        _ if AWAY.iter().any(|words| message.contains(words)) => AppError::unavailable(cause),
        _ if is_unwritable(&cause) || is_read_only(&cause) => AppError::unavailable(cause),
        cause => AppError::internal(cause),
    }
}

/// Whether the connection ended before the database answered.
fn is_lost(error: &DieselError) -> bool {
    match error {
        DieselError::DatabaseError(
            DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand,
            _,
        ) => true,
        DieselError::DatabaseError(_, info) => {
            // PostgreSQL's words, and PgBouncer's.
            const WORDS: [&str; 3] = [
                "terminating connection",
                "server conn crashed",
                "server connection closed",
            ];
            WORDS.iter().any(|words| info.message().starts_with(words))
        }
        _ => false,
    }
}

/// Whether this PostgreSQL takes no writes.
fn is_read_only(error: &DieselError) -> bool {
    let read_only = DatabaseErrorKind::ReadOnlyTransaction;
    matches!(error, DieselError::DatabaseError(kind, _) if *kind == read_only)
}

/// Whether the database cannot be written to: the disk is full or broken, or the file is read-only.
fn is_unwritable(error: &DieselError) -> bool {
    const WORDS: [&str; 6] = [
        "database or disk is full",
        "disk I/O error",
        "attempt to write a readonly database",
        "No space left on device",
        "Disk quota exceeded",
        "could not extend file",
    ];
    match error {
        DieselError::DatabaseError(_, info) => {
            WORDS.iter().any(|words| info.message().contains(words))
        }
        _ => false,
    }
}

/// The name of the unique key that a row violated. PostgreSQL reports the name. SQLite reports the columns (`UNIQUE
/// constraint failed: users.org_id, users.email`), from which the migrations form the names.
fn unique_key(info: &(dyn DatabaseErrorInformation + Send + Sync)) -> Option<String> {
    // A server that distributes the tables may pass on only the message.
    let quoted = || info.message().split('"').nth(1);
    if let Some(name) = info.constraint_name().or_else(quoted) {
        return Some(without_shard(name).to_owned());
    }
    let columns = info.message().strip_prefix("UNIQUE constraint failed: ")?;
    let table = columns.split('.').next()?;
    let names = columns
        .split(", ")
        .filter_map(|column| column.split('.').nth(1));
    Some(format!(
        "{table}_{}_key",
        names.collect::<Vec<_>>().join("_")
    ))
}

/// The name of a key without the number that Citus appends on each shard: `users_org_id_email_key_102041`.
fn without_shard(name: &str) -> &str {
    let (key, number) = name.rsplit_once('_').unwrap_or((name, ""));
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { key } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    fn unique(message: &str) -> AppError {
        let kind = DatabaseErrorKind::UniqueViolation;
        DieselError::DatabaseError(kind, Box::new(message.to_owned())).into()
    }

    #[test]
    fn a_pooler_that_has_lost_postgresql_is_unavailable_and_a_commit_then_in_doubt() {
        let told = |message: &str| {
            let kind = DatabaseErrorKind::Unknown;
            DieselError::DatabaseError(kind, Box::new(message.to_owned()))
        };
        for (message, is_in_doubt) in [
            ("server conn crashed?", true),
            ("terminating connection due to administrator command", true),
            (
                "server login has been failing, cached error: connect failed",
                false,
            ),
            ("query_wait_timeout", false),
        ] {
            let error = AppError::of_commit(told(message));
            assert_eq!(error.code, ErrorCode::Unavailable, "{message}");
            let is_said = error.message.contains("it may have been done");
            assert_eq!(is_said, is_in_doubt, "{message}");
        }
        let defect = AppError::of_commit(told("division by zero"));
        assert_eq!(defect.code, ErrorCode::Internal);
    }

    #[test]
    fn a_broken_key_is_known_by_its_name_its_columns_and_its_name_on_a_shard() {
        for message in [
            "duplicate key value violates unique constraint \"users_org_id_email_key\"",
            "duplicate key value violates unique constraint \"users_org_id_email_key_102041\"",
            "UNIQUE constraint failed: users.org_id, users.email",
        ] {
            let taken = || AppError::bad_input("email", "Taken.");
            let error = unique(message).if_taken("users_org_id_email_key", taken);
            assert_eq!(error.field.as_deref(), Some("email"), "{message}");
            let other = unique(message).if_taken("users_pkey", taken);
            assert_eq!(other.code, ErrorCode::Internal, "{message}");
        }
    }
}
