//! One error type and one closed set of codes for the whole server.
//!
//! Database errors are mapped here and nowhere else. A cause is for the log: it never becomes a message.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::Enum;
use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as DieselError};
use serde_json::Value;

/// Every value that `extensions.code` of an error can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
pub enum ErrorCode {
    /// No valid access token; `extensions.reason` is `MISSING`, `EXPIRED` or `INVALID`.
    Unauthenticated,
    /// Signed in, but the role is too low or the row is not yours.
    Forbidden,
    /// No such row in your organisation. A row of another organisation answers the same.
    NotFound,
    /// The input breaks a rule; `extensions.field` is the path of the input field.
    BadUserInput,
    /// Document does not parse or validate, or exceeds a limit (depth, complexity, aliases…).
    BadRequest,
    /// The server does not know the document of this hash or id; send its text along.
    PersistedQueryNotFound,
    /// `expectedVersion` is not the row's version any more. Not there yet: `updateProject` and whatever else takes one.
    VersionConflict,
    /// E-mail or project name is taken.
    AlreadyExists,
    /// The person already has an INVITED or ACCEPTED assignment on this mission.
    AlreadyAssigned,
    /// The status machine has no such step.
    InvalidTransition,
    /// An ACCEPTED assignment of the same person overlaps; `extensions.conflicts` lists them.
    ScheduleConflict,
    /// All places of the role are taken.
    RoleFull,
    /// The new quantity is below the number of ACCEPTED assignments. Not there yet: `updateMissionRole`.
    QuantityBelowAccepted,
    /// The mission is cancelled, has ended, or its project is ARCHIVED.
    MissionClosed,
    /// The cut-off before the start has passed. Not there yet: `cancelAssignment`.
    WithdrawalTooLate,
    /// Token unknown, used, revoked, expired, or issued before the mission moved. Not there yet: `rescheduleMission`.
    InvalidToken,
    /// E-mail or password wrong.
    InvalidCredentials,
    /// Too many attempts; `extensions.retryAfterSeconds`.
    RateLimited,
    /// An organisation keeps at least one OWNER.
    LastOwner,
    /// Something else depends on this row; `extensions.dependents` counts it. Not there yet: `deleteProject` and
    /// `deleteMissionRole`.
    InUse,
    /// The server is overloaded or its database is away; retry later.
    Unavailable,
    /// A defect of the server; the message is generic and `extensions.requestId` finds the log line.
    Internal,
}

impl ErrorCode {
    /// The code as clients read it: `VERSION_CONFLICT`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        <Self as async_graphql::resolver_utils::EnumType>::items()
            .iter()
            .find(|item| item.value == self)
            .map_or("INTERNAL", |item| item.name)
    }
}

/// Why an operation was refused or failed.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}: {message}", code.as_str())]
pub struct AppError {
    /// What the client may branch on.
    pub code: ErrorCode,
    /// A sentence for people; says nothing of the server's inside.
    pub message: Cow<'static, str>,
    /// Path of the input field at fault: `roles.0.quantity`.
    pub field: Option<String>,
    /// Further `extensions`, for example the conflicts of a `SCHEDULE_CONFLICT`.
    pub details: Option<(&'static str, Value)>,
    /// For the log only.
    pub cause: Option<Arc<dyn std::error::Error + Send + Sync>>,
    /// The transaction failed through no fault of its own and may be run again.
    pub retryable: bool,
}

/// `Result` with [`AppError`].
pub type Result<T, E = AppError> = std::result::Result<T, E>;

impl AppError {
    /// An error with a code and a message for people.
    pub fn new(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        let message = message.into();
        Self {
            code,
            message,
            field: None,
            details: None,
            cause: None,
            retryable: false,
        }
    }

    /// `BAD_USER_INPUT` at an input field.
    pub fn bad_input(field: impl Into<String>, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::BadUserInput, message).at(field)
    }

    /// `NOT_FOUND`, in the same words for a row that is missing and one of another organisation.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(
            ErrorCode::NotFound,
            "There is no such row in your organisation.",
        )
    }

    /// `INTERNAL`, with its cause for the log.
    pub fn internal(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        let message = "Something went wrong on our side. The request id finds it in the log.";
        Self::new(ErrorCode::Internal, message).because(cause)
    }

    /// `UNAVAILABLE`, with its cause for the log.
    pub fn unavailable(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        let message = "The server cannot answer right now. Try again in a moment.";
        Self::new(ErrorCode::Unavailable, message).because(cause)
    }

    /// Names the input field at fault.
    #[must_use]
    pub fn at(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Adds an extension.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: Value) -> Self {
        self.details = Some((key, value));
        self
    }

    /// What a row means that broke a unique key: a repository names the keys of its tables. Any other error stays as it is.
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

    /// Whether it says that nothing can be written.
    #[must_use]
    pub fn is_unwritable(&self) -> bool {
        let cause = self.cause.as_ref().and_then(|cause| cause.downcast_ref());
        cause.is_some_and(is_unwritable)
    }

    fn because(mut self, cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.cause = Some(Arc::new(cause));
        self
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
    // diesel has a kind for some SQLSTATEs only. Of the others diesel-async keeps the SQLSTATE to itself, and SQLite
    // has none, so these are known by their words. PostgreSQL has to say them in English (`lc_messages`).
    const AWAY: [&str; 6] = [
        "canceling statement due to",
        "database is locked",
        "terminating connection",
        "the database system is",
        "connection closed",
        "too many clients",
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
        _ if is_unwritable(&cause) => AppError::unavailable(cause),
        cause => AppError::internal(cause),
    }
}

/// Whether the database takes nothing that is to be written: the disk is full or broken, the file may only be read, or
/// this PostgreSQL has become a standby.
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
        DieselError::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, _) => true,
        DieselError::DatabaseError(_, info) => {
            WORDS.iter().any(|words| info.message().contains(words))
        }
        _ => false,
    }
}

/// The name of the unique key that a row broke: PostgreSQL tells it, SQLite tells the columns
/// (`UNIQUE constraint failed: users.org_id, users.email`), of which the migrations make the names.
fn unique_key(info: &(dyn DatabaseErrorInformation + Send + Sync)) -> Option<String> {
    // A server that distributes the tables may pass on the words alone.
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

/// A key's name without the number that Citus puts behind it on each shard: `users_org_id_email_key_102041`.
fn without_shard(name: &str) -> &str {
    let (key, number) = name.rsplit_once('_').unwrap_or((name, ""));
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { key } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unique(message: &str) -> AppError {
        let kind = DatabaseErrorKind::UniqueViolation;
        DieselError::DatabaseError(kind, Box::new(message.to_owned())).into()
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
