//! Content negotiation.

use async_graphql::ServerError;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Serialize;
use serde_json::json;

use super::super::body::is_json;
use super::super::problem;
use super::Refused;
use crate::error::{AppError, ErrorCode};
use crate::graphql::execute::answer::Answer;
use crate::in_flight::{self, Room};

/// The format of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    /// `application/graphql-response+json`: the status says whether the request was valid.
    GraphQl,
    /// `application/json`, for older clients: 200 for every well-formed JSON request.
    Json,
}

impl MediaType {
    fn as_str(self) -> &'static str {
        match self {
            Self::GraphQl => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }

    /// The status of a document that does not parse or validate.
    pub fn request_error(self) -> StatusCode {
        match self {
            Self::GraphQl => StatusCode::BAD_REQUEST,
            Self::Json => StatusCode::OK,
        }
    }

    /// The answer to an operation, which keeps its room until it is written.
    pub fn respond(self, answer: Answer, room: Option<Room>) -> Response {
        let written = match answer.is_unavailable() {
            true => self.body(
                StatusCode::SERVICE_UNAVAILABLE,
                &json!({"errors": answer.errors}),
            ),
            false => self.written(StatusCode::OK, answer.body(), room),
        };
        let retry_after = answer.errors.iter().find_map(retry_after);
        let mut response = written;
        let headers = response.headers_mut();
        headers.extend(answer.headers);
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }

    /// A response with a JSON body.
    pub fn body(self, status: StatusCode, body: &impl Serialize) -> Response {
        self.written(status, serde_json::to_vec(body), None)
    }

    /// A response with finished JSON. Answers contain private data of the requester, so caches must not store them.
    fn written(
        self,
        status: StatusCode,
        body: serde_json::Result<Vec<u8>>,
        room: Option<Room>,
    ) -> Response {
        let (status, body) = match body {
            Ok(body) => (status, body),
            Err(error) => {
                tracing::error!(%error, "a response cannot be written as JSON");
                let body = br#"{"errors":[{"message":"Something went wrong on our side.","extensions":{"code":"INTERNAL"}}]}"#;
                (StatusCode::INTERNAL_SERVER_ERROR, body.to_vec())
            }
        };
        let mut response = Response::new(Body::from(in_flight::body(body, room)));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(self.as_str()),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(
            header::VARY,
            HeaderValue::from_static("accept, authorization, origin"),
        );
        response
    }
}

/// The value of `Retry-After`, if an error has one.
fn retry_after(error: &ServerError) -> Option<u64> {
    problem::retry_after(error.source::<AppError>()?)
}

/// Chooses the type with the higher weight in `Accept`, or the newer type if the weights are equal. Without the header,
/// or for `*/*`, the type is `application/json`.
pub fn negotiate(headers: &HeaderMap) -> Result<MediaType, Refused> {
    let values = headers.get_all(header::ACCEPT);
    let mut best: Option<(u16, MediaType)> = None;
    let mut asked = false;
    let ranges = values.iter().filter_map(|value| value.to_str().ok());
    let ranges = ranges.flat_map(|value| value.split(','));
    for range in ranges.filter(|range| !range.trim().is_empty()) {
        asked = true;
        let mut parts = range.split(';').map(str::trim);
        let media = match parts
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase()
            .as_str()
        {
            "application/graphql-response+json" => MediaType::GraphQl,
            "application/json" | "application/*" | "*/*" => MediaType::Json,
            _ => continue,
        };
        let weight = parts
            .find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")))
            .map_or(1_000, thousandths);
        let better = match best {
            None => weight > 0,
            Some((known, _)) if weight == known => media == MediaType::GraphQl,
            Some((known, _)) => weight > known,
        };
        if better {
            best = Some((weight, media));
        }
    }
    match best {
        Some((_, media)) => Ok(media),
        None if !asked => Ok(MediaType::Json),
        None => Err(Refused::new(
            StatusCode::NOT_ACCEPTABLE,
            AppError::new(
                ErrorCode::BadRequest,
                "The server answers with application/graphql-response+json or application/json. Accept one of them.",
            ),
        )),
    }
}

/// A weight in thousandths. It has at most three decimals (RFC 9110 12.4.2). An invalid weight counts as 0.
fn thousandths(weight: &str) -> u16 {
    let (whole, decimals) = weight.split_once('.').unwrap_or((weight, ""));
    match (whole, format!("{decimals:0<3}").parse()) {
        ("0", Ok(thousandths)) if decimals.len() <= 3 => thousandths,
        ("1", Ok(0)) => 1_000,
        _ => 0,
    }
}

/// Requires a body with the type `application/json` in UTF-8.
pub fn check_content_type(headers: &HeaderMap) -> Result<(), Refused> {
    if is_json(headers) {
        return Ok(());
    }
    let message = "Send the request as application/json in UTF-8.";
    let error = AppError::new(ErrorCode::BadRequest, message);
    Err(Refused::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, error))
}
