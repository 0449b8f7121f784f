//! One error type and one closed set of codes for the whole server.
//!
//! Only `database.rs` converts database errors. A cause goes to the log and never into a message.

mod database;

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::Enum;
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

    /// Whether an `UNAVAILABLE` says that too many want the same, and not that the database is away.
    #[must_use]
    pub fn is_overload(&self) -> bool {
        self.cause
            .as_ref()
            .is_none_or(|cause| cause.is::<Full>() || cause.is::<Elapsed>())
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
