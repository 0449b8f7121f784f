//! Checks the body of a request. It must be JSON in UTF-8 and not compressed, so that the size limit applies to its
//! real size.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use super::{graphql, problem};
use crate::error::{AppError, ErrorCode};

/// Whether the `Content-Type` is `application/json` in UTF-8. Without a charset, JSON counts as UTF-8.
pub fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let mut parts = kind.unwrap_or_default().split(';').map(str::trim);
    let is_json = parts
        .next()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
    is_json && parts.all(|parameter| charset(parameter).is_none_or(is_utf8))
}

/// The value of the parameter `charset`.
fn charset(parameter: &str) -> Option<&str> {
    let (name, value) = parameter.split_once('=')?;
    name.eq_ignore_ascii_case("charset")
        .then(|| value.trim_matches('"'))
}

/// Some clients leave out the hyphen.
fn is_utf8(charset: &str) -> bool {
    charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
}

/// Refuses a compressed body, and tells the client to send it uncompressed (RFC 9110, 15.5.16).
pub async fn plain_only(request: Request, next: Next) -> Response {
    if is_plain(request.headers()) {
        return next.run(request).await;
    }
    let message = "The body is compressed. Send it without a Content-Encoding.";
    let (status, code) = (StatusCode::UNSUPPORTED_MEDIA_TYPE, ErrorCode::BadRequest);
    let mut response = match request.uri().path() {
        "/graphql" => graphql::refusal(request.headers(), status, AppError::new(code, message)),
        _ => problem::plain(status, code, message),
    };
    response.headers_mut().insert(
        header::ACCEPT_ENCODING,
        HeaderValue::from_static("identity"),
    );
    response
}

fn is_plain(headers: &HeaderMap) -> bool {
    let is_identity = |coding: &str| {
        let coding = coding.trim();
        coding.is_empty() || coding.eq_ignore_ascii_case("identity")
    };
    headers
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .all(|value| {
            value
                .to_str()
                .is_ok_and(|value| value.split(',').all(is_identity))
        })
}
