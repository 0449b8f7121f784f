//! The answer to an operation.

use async_graphql::{Response, ServerError, Value};
use axum::body::Bytes;
use axum::http::HeaderMap;

use crate::error::{AppError, ErrorCode};
use crate::graphql::error::MAX_ERRORS;

/// The answer to an operation.
pub struct Answer {
    /// The data as JSON; `None` if null moved up to the root.
    data: Option<Bytes>,
    /// The errors, at most [`MAX_ERRORS`].
    pub errors: Vec<ServerError>,
    /// Headers that resolvers have set.
    pub headers: HeaderMap,
}

impl Answer {
    /// Builds the answer from the library's response, which has one field with the data of the whole operation, and
    /// from the errors of introspection.
    pub(super) fn new(response: Response, introspection: Vec<ServerError>) -> Self {
        let data = match response.data {
            Value::Object(fields) => fields.into_values().next(),
            _ => None,
        };
        let mut errors = introspection;
        errors.extend(response.errors);
        errors.truncate(MAX_ERRORS);
        Self {
            data: data.and_then(|value| match value {
                Value::Binary(written) => Some(written),
                _ => None,
            }),
            errors,
            headers: response.http_headers,
        }
    }

    /// The size of the data, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.data.as_ref().map_or(0, Bytes::len)
    }

    /// Whether the answer has no data and only the error `UNAVAILABLE`.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        let is_unavailable = |error: &ServerError| {
            let cause = error.source::<AppError>();
            cause.is_some_and(|cause| cause.code == ErrorCode::Unavailable)
        };
        self.data.is_none() && self.errors.iter().any(is_unavailable)
    }

    /// The body of the response. `data` comes first, because most clients need nothing else.
    ///
    /// # Errors
    /// Serialisation should never fail: errors contain only texts, numbers and maps.
    pub fn body(&self) -> serde_json::Result<Vec<u8>> {
        let data = self.data.as_deref().unwrap_or(b"null");
        let mut body = Vec::with_capacity(data.len() + 16);
        body.extend_from_slice(b"{\"data\":");
        body.extend_from_slice(data);
        if !self.errors.is_empty() {
            body.extend_from_slice(b",\"errors\":");
            serde_json::to_writer(&mut body, &self.errors)?;
        }
        body.push(b'}');
        Ok(body)
    }
}
