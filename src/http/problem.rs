//! Errors outside GraphQL: `{"error": {"code", "message"}}`, with the other fields that GraphQL puts into `extensions`.

use std::any::Any;

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::facts::failed;
use crate::error::{AppError, ErrorCode};
use crate::graphql::error::log;

/// The status of an error on a plain route.
pub fn status(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::Unauthenticated | ErrorCode::InvalidCredentials | ErrorCode::InvalidToken => {
            StatusCode::UNAUTHORIZED
        }
        ErrorCode::Forbidden => StatusCode::FORBIDDEN,
        ErrorCode::NotFound => StatusCode::NOT_FOUND,
        ErrorCode::BadUserInput | ErrorCode::BadRequest | ErrorCode::PersistedQueryNotFound => {
            StatusCode::BAD_REQUEST
        }
        ErrorCode::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        ErrorCode::VersionConflict
        | ErrorCode::AlreadyExists
        | ErrorCode::AlreadyAssigned
        | ErrorCode::InvalidTransition
        | ErrorCode::ScheduleConflict
        | ErrorCode::RoleFull
        | ErrorCode::QuantityBelowAccepted
        | ErrorCode::MissionClosed
        | ErrorCode::WithdrawalTooLate
        | ErrorCode::LastOwner
        | ErrorCode::InUse => StatusCode::CONFLICT,
    }
}

/// The answer to an error on a plain route.
pub fn response(error: &AppError) -> Response {
    log(error);
    let mut body = json!({"code": error.code.as_str(), "message": error.message});
    if let Some(field) = &error.field {
        body["field"] = json!(field);
    }
    if let Some((key, details)) = &error.details {
        body[*key] = details.clone();
    }
    let mut response = (status(error.code), Json(json!({"error": body}))).into_response();
    if let Some(seconds) = retry_after(error) {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, seconds.into());
    }
    failed(response, error.code)
}

/// The value of `Retry-After`, in seconds.
pub fn retry_after(error: &AppError) -> Option<u64> {
    match &error.details {
        Some(("retryAfterSeconds", seconds)) => seconds.as_u64(),
        _ => None,
    }
}

/// 404.
pub async fn no_such_route() -> Response {
    plain(
        StatusCode::NOT_FOUND,
        ErrorCode::NotFound,
        "There is nothing here. GraphQL is at /graphql.",
    )
}

/// 405.
pub async fn no_such_method() -> Response {
    let message = "This route does not support this method.";
    plain(
        StatusCode::METHOD_NOT_ALLOWED,
        ErrorCode::BadRequest,
        message,
    )
}

/// 500: the handler panicked. The log has the panic.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands it over")]
pub fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(panic = text, "a handler panicked");
    let message =
        "Something went wrong on our side. Give the request id to the operator of the server.";
    plain(
        StatusCode::INTERNAL_SERVER_ERROR,
        ErrorCode::Internal,
        message,
    )
}

/// The answer to a request that does not reach a handler.
pub fn plain(status: StatusCode, code: ErrorCode, message: &str) -> Response {
    let body = json!({"error": {"code": code.as_str(), "message": message}});
    failed((status, Json(body)).into_response(), code)
}
