//! Checks the body of a request. It must be JSON in UTF-8 and not compressed, so that the size limit applies to its
//! real size.

use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::facts::Facts;
use super::{graphql, problem};
use crate::error::{AppError, ErrorCode};

/// How long a client may take to send the body.
const TIME: Duration = Duration::from_secs(10);

/// The complete body.
pub struct Whole(pub Bytes);

/// Why the body is not complete. The client causes this, so the server logs no warning.
#[derive(Debug)]
pub struct Unread {
    pub status: StatusCode,
    pub message: &'static str,
}

impl IntoResponse for Unread {
    fn into_response(self) -> Response {
        problem::plain(self.status, ErrorCode::BadRequest, self.message)
    }
}

impl<S: Send + Sync> FromRequest<S> for Whole {
    type Rejection = Unread;

    async fn from_request(request: Request, state: &S) -> Result<Self, Unread> {
        let facts = request.extensions().get::<Facts>().cloned();
        let begin = Instant::now();
        let body = read(request, state, TIME).await;
        if let Some(facts) = facts {
            facts.arrived(begin);
        }
        body
    }
}

async fn read<S: Send + Sync>(
    request: Request,
    state: &S,
    time: Duration,
) -> Result<Whole, Unread> {
    match tokio::time::timeout(time, Bytes::from_request(request, state)).await {
        Ok(Ok(bytes)) => Ok(Whole(bytes)),
        Ok(Err(rejection)) => Err(Unread {
            status: rejection.status(),
            message: "The body is larger than 256 KiB or incomplete.",
        }),
        Err(_) => Err(Unread {
            status: StatusCode::REQUEST_TIMEOUT,
            message: "The body did not arrive in time.",
        }),
    }
}

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

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use futures_util::stream;

    use super::*;

    async fn status(body: Body) -> Option<StatusCode> {
        let read = read(Request::new(body), &(), Duration::from_millis(5)).await;
        read.err().map(|unread| unread.status)
    }

    #[tokio::test]
    async fn a_body_that_does_not_come_is_a_timeout_of_the_client() {
        let never = stream::pending::<Result<Bytes, std::io::Error>>();
        let timeout = Some(StatusCode::REQUEST_TIMEOUT);
        assert_eq!(status(Body::from_stream(never)).await, timeout);
        // Nor does one that begins and goes no further.
        let begun = stream::once(async { Ok::<_, std::io::Error>(Bytes::from_static(b"{")) });
        let begun = futures_util::StreamExt::chain(begun, stream::pending());
        assert_eq!(status(Body::from_stream(begun)).await, timeout);
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_a_bad_request() {
        let broken = stream::once(async { Err::<Bytes, _>(std::io::Error::other("gone")) });
        let broken = Body::from_stream(broken);
        assert_eq!(status(broken).await, Some(StatusCode::BAD_REQUEST));
        assert_eq!(status(Body::from("{}")).await, None);
    }
}
