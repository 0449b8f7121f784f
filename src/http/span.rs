//! The span of a request, by OpenTelemetry's semantic conventions for HTTP servers and GraphQL servers. Its facts are
//! those of the line in the log, without whoever asked.

use std::time::Duration;

use axum::http::StatusCode;
use data_encoding::HEXLOWER;

use super::log::Fields;
use super::trace::TraceParent;
use super::{PROBES, problem};
use crate::error::ErrorCode;
use crate::spans::{Attribute, Span};
use crate::state::AppState;

/// The methods that have names in the conventions.
const METHODS: [&str; 9] = [
    "CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE",
];

/// What is known of a span when its request begins.
#[derive(Clone)]
pub struct Begun {
    pub trace_id: String,
    span_id: String,
    parent_id: Option<String>,
    /// Microseconds since 1970-01-01 UTC.
    at: i64,
}

impl Begun {
    /// `None` if the request is not exported: nothing is, the request is a probe, or its caller records no trace.
    pub fn of(state: &AppState, path: &str, parent: Option<&TraceParent>) -> Option<Self> {
        let is_wanted = parent.is_none_or(|parent| parent.is_sampled) && !PROBES.contains(&path);
        if state.spans.is_none() || !is_wanted {
            return None;
        }
        let (new_trace, span) = (state.random.bytes::<16>(), state.random.bytes::<8>());
        Some(Self {
            trace_id: parent.map_or_else(
                || HEXLOWER.encode(&new_trace),
                |parent| parent.trace_id.clone(),
            ),
            span_id: HEXLOWER.encode(&span),
            parent_id: parent.map(|parent| parent.parent_id.clone()),
            at: state.clock.now().micros(),
        })
    }

    /// The span of a request that has ended.
    pub fn end(self, request: &Fields<'_>, code: Option<ErrorCode>, took: Duration) -> Span {
        let status = request
            .status
            .and_then(|status| StatusCode::from_u16(status).ok());
        let has_failed = [status, code.map(problem::status)]
            .iter()
            .flatten()
            .any(StatusCode::is_server_error);
        Span {
            trace_id: self.trace_id,
            span_id: self.span_id,
            parent_id: self.parent_id,
            name: name(request),
            begin: self.at,
            took,
            attributes: attributes(request),
            has_failed,
        }
    }
}

/// What the metrics call the operation. Without one it is the method and the route.
fn name(request: &Fields<'_>) -> String {
    // The conventions' word for a method that anybody may invent.
    let method = known_method(request).unwrap_or("HTTP");
    match (&request.label, request.route) {
        (Some(label), _) => label.clone(),
        (None, Some(route)) => format!("{method} {route}"),
        (None, None) => method.to_owned(),
    }
}

fn known_method<'a>(request: &Fields<'a>) -> Option<&'a str> {
    METHODS.contains(&request.method).then_some(request.method)
}

fn attributes(request: &Fields<'_>) -> Vec<(&'static str, Attribute)> {
    let text = |text: &str| Some(Attribute::Text(text.to_owned()));
    let method = known_method(request).unwrap_or("_OTHER");
    let all = [
        ("http.request.method", text(method)),
        ("http.route", request.route.and_then(text)),
        (
            "http.response.status_code",
            request.status.map(Attribute::Number),
        ),
        ("url.path", text(request.path)),
        // The server speaks nothing else.
        ("url.scheme", text("http")),
        ("graphql.operation.type", request.kind.and_then(text)),
        (
            "graphql.operation.name",
            request.operation.as_deref().and_then(text),
        ),
        ("error.type", request.code.and_then(text)),
    ];
    all.into_iter()
        .filter_map(|(key, value)| Some((key, value?)))
        .collect()
}
