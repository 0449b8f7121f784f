//! One error type and one closed set of codes for the whole server.
//!
//! Only this module converts database errors. A cause goes to the log and never into a message.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::Enum;
use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as DieselError};
use serde_json::Value;
use tokio::time::error::Elapsed;

use crate::fair::Full;
use crate::text;

/// The possible values of `extensions.code` in an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
pub enum ErrorCode {
    /// The request has no valid access token. `extensions.reason` is `MISSING`, `EXPIRED` or `INVALID`.
    Unauthenticated,
    /// You are signed in, but your role is too low or the object is not yours.
    Forbidden,
    /// Your organisation has no such object. The answer is the same for an object of another organisation.
    NotFound,
    /// An input value is not allowed. `extensions.field` is the path of the input field.
    BadUserInput,
    /// The request is malformed, the document is not valid, or it exceeds a limit such as depth, complexity or aliases.
    BadRequest,
    /// The server does not know a document with this hash or id. Send the text of the document too.
    PersistedQueryNotFound,
    /// Somebody else changed the object: `expectedVersion` is not its current version.
    VersionConflict,
    /// The e-mail address or project name is taken, or the person is already a member.
    AlreadyExists,
    /// The person already has an INVITED or ACCEPTED assignment on this mission.
    AlreadyAssigned,
    /// The status cannot change in this way, for example from DECLINED to ACCEPTED.
    InvalidTransition,
    /// The person has ACCEPTED assignments at the same time. `extensions.conflicts` lists the first 20 of them.
    ScheduleConflict,
    /// All places of the role are taken.
    RoleFull,
    /// The new quantity is below the number of ACCEPTED assignments.
    QuantityBelowAccepted,
    /// The mission is cancelled or has ended, or its project is ARCHIVED.
    MissionClosed,
    /// It is too close to the start of the mission to withdraw.
    WithdrawalTooLate,
    /// The token is unknown, used, revoked or expired, or the mission has moved since.
    InvalidToken,
    /// The e-mail address or the password is wrong.
    InvalidCredentials,
    /// Too many attempts. Wait for `extensions.retryAfterSeconds` seconds.
    RateLimited,
    /// The organisation would have no OWNER left.
    LastOwner,
    /// Other objects depend on this one. `extensions.dependents` is their number.
    InUse,
    /// The server is overloaded, or your organisation has too many requests running, or the database cannot be reached.
    /// Wait for `extensions.retryAfterSeconds` seconds.
    Unavailable,
    /// The server has a defect. The message gives no details. Give `extensions.requestId` to the operator, who can find
    /// the log line by it.
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
    /// A sentence for people. It reveals nothing about the inside of the server.
    pub message: Cow<'static, str>,
    /// Path of the input field at fault: `roles.0.quantity`.
    pub field: Option<String>,
    /// Further `extensions`, for example the conflicts of a `SCHEDULE_CONFLICT`.
    pub details: Option<(&'static str, Value)>,
    /// For the log only.
    pub cause: Option<Arc<dyn std::error::Error + Send + Sync>>,
    /// The transaction failed because of another one and may be run again.
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

    /// `NOT_FOUND`, with the same message for a missing row and for a row of another organisation.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(
            ErrorCode::NotFound,
            "There is no such object in your organisation.",
        )
    }

    /// `INTERNAL`, with its cause for the log.
    pub fn internal(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        let message =
            "Something went wrong on our side. Give the request id to the operator of the server.";
        Self::new(ErrorCode::Internal, message).because(cause)
    }

    /// `UNAVAILABLE`, with its cause for the log.
    pub fn unavailable(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::overloaded("The server cannot answer right now. Try again in a moment.")
            .because(cause)
    }

    /// `UNAVAILABLE`, and nobody knows what became of a change.
    pub fn in_doubt(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        let message = "The server cannot answer right now. If you changed something, it may have been done: look before \
                       you try again.";
        Self::overloaded(message).because(cause)
    }

    /// The error of a commit. If the connection was lost, the database may have carried it out.
    #[must_use]
    pub fn of_commit(error: DieselError) -> Self {
        match is_lost(&error) {
            true => Self::in_doubt(error),
            false => error.into(),
        }
    }

    /// `UNAVAILABLE`, because too many others want the same at the moment.
    pub fn overloaded(message: &'static str) -> Self {
        Self::new(ErrorCode::Unavailable, message).retry_after(1)
    }

    /// Says after how many seconds to try again.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        self.with("retryAfterSeconds", seconds.into())
    }

    /// Names the input field at fault.
    #[must_use]
    pub fn at(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Names the input field of a row that is missing. Any other error stays the same.
    #[must_use]
    pub fn missing_at(self, field: &str) -> Self {
        match self.code {
            ErrorCode::NotFound => self.at(field),
            _ => self,
        }
    }

    /// `IN_USE`, with the number of rows that depend on the one that was to go.
    pub fn in_use(message: &'static str, dependents: impl Into<Value>) -> Self {
        Self::new(ErrorCode::InUse, message).with("dependents", dependents.into())
    }

    /// Adds an extension.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: Value) -> Self {
        self.details = Some((key, value));
        self
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

    /// Whether an `UNAVAILABLE` says that too many want the same, and not that the database is away.
    #[must_use]
    pub fn is_overload(&self) -> bool {
        self.cause
            .as_ref()
            .is_none_or(|cause| cause.is::<Full>() || cause.is::<Elapsed>())
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

    /// The cause with its own causes, for the log, because the outermost message is often just "db error". A mail server
    /// repeats the addresses of people, which the log must not hold.
    #[must_use]
    pub fn causes(&self) -> Option<String> {
        let cause = self.cause.as_ref()?;
        let text = chain(&**cause);
        Some(text::without_names_of_mailboxes(&text))
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

/// An error with its chain of causes, because the outermost message is often just "db error". A cause that the text
/// already contains is left out.
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let cause = error.to_string();
        if !text.contains(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
        source = error.source();
    }
    text
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
