//! Completes errors for the client. Each gets its code and reveals nothing about the inside of the server. Their number
//! and size are limited, whatever the client sent.

use async_graphql::{ErrorExtensionValues, ServerError, Value};

use crate::error::{AppError, ErrorCode, chain};

/// Most errors of one answer.
pub const MAX_ERRORS: usize = 50;
/// Longest message, in bytes.
const MAX_MESSAGE: usize = 300;

impl From<AppError> for async_graphql::Error {
    fn from(error: AppError) -> Self {
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", error.code.as_str());
        if let Some(field) = &error.field {
            extensions.set("field", field.as_str());
        }
        if let Some((key, details)) = &error.details {
            extensions.set(*key, Value::from_json(details.clone()).unwrap_or_default());
        }
        Self {
            message: error.message.to_string(),
            extensions: Some(extensions),
            source: Some(std::sync::Arc::new(error)),
        }
    }
}

/// Completes the errors of an answer and logs the causes. An error that does not come from a resolver comes from
/// reading an input value (`BAD_USER_INPUT`).
pub fn complete(errors: &mut [ServerError], request_id: &str) {
    for error in errors {
        if let Some(cause) = error.source::<AppError>() {
            log(cause);
            if cause.code == ErrorCode::Internal {
                extend(error, "requestId", request_id);
            }
        } else {
            // The library's message may repeat the value.
            error.message = one_line(&error.message);
            extend(error, "code", ErrorCode::BadUserInput.as_str());
        }
    }
}

/// A message without control characters, cut if it is too long.
pub fn one_line(message: &str) -> String {
    const END: &str = "…";
    let mut message = message.replace(char::is_control, " ");
    if message.len() > MAX_MESSAGE {
        message.truncate(message.floor_char_boundary(MAX_MESSAGE - END.len()));
        message.push_str(END);
    }
    message
}

fn extend(error: &mut ServerError, key: &str, value: &str) {
    error.extensions.get_or_insert_default().set(key, value);
}

/// Logs the cause of a defect or an outage. The request's span adds the request id.
pub fn log(error: &AppError) {
    let cause = error.cause.as_deref().map(|cause| chain(cause));
    match error.code {
        ErrorCode::Internal => tracing::error!(cause, "{error}"),
        ErrorCode::Unavailable => tracing::warn!(cause, "{error}"),
        _ => tracing::debug!("{error}"),
    }
}
