//! Gives each request an id and finds out the client. When the request ends, it writes one line to the log, counts the
//! request, and hands its span to the export.
//!
//! The id appears on the response and on all lines of the request. The server ignores an id from outside, because it
//! could be anything. If the request belongs to a trace, the lines have the id of the trace as well.

use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

use super::facts::{Facts, Known};
use super::span::Begun;
use super::trace::TraceParent;
use super::{PROBES, peer};
use crate::address::Address;
use crate::error::ErrorCode;
use crate::graphql::error::one_line;
use crate::metrics::{Ended, Metrics};
use crate::spans::Spans;
use crate::state::AppState;

pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The id of the current request.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// The layer around all routes.
pub async fn layer(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let id = data_encoding::HEXLOWER.encode(&state.random.bytes::<12>());
    request.extensions_mut().insert(RequestId(id.clone()));
    let client = peer::client(&state.config, &request);
    let facts = Facts::default();
    let parent = TraceParent::of(request.headers());
    let begun = Begun::of(&state, request.uri().path(), parent.as_ref());
    let trace = begun.as_ref().map(|begun| begun.trace_id.clone());
    let trace = trace.or_else(|| parent.map(|parent| parent.trace_id));
    let line = Line::begin(&state, &request, client.address, &facts, begun);
    request.extensions_mut().insert(client);
    request.extensions_mut().insert(facts);
    let span = tracing::info_span!("request", id, trace);
    async move {
        let mut response = next.run(request).await;
        line.end(&response);
        if let Ok(value) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(HEADER, value);
        }
        response
    }
    .instrument(span)
    .await
}

/// The line of a request. If the request is dropped before its answer, the client has disconnected, and the line says so.
struct Line {
    metrics: Metrics,
    /// How long a request may take before it counts as slow.
    slow: Duration,
    /// Where the span goes, if it is exported.
    spans: Option<Spans>,
    span: Option<Begun>,
    route: Option<String>,
    method: String,
    path: String,
    client: Address,
    facts: Facts,
    begin: Instant,
    is_written: bool,
}

impl Line {
    fn begin(
        state: &AppState,
        request: &Request,
        client: Address,
        facts: &Facts,
        span: Option<Begun>,
    ) -> Self {
        state.metrics.begin();
        let route = request.extensions().get::<MatchedPath>();
        Self {
            metrics: state.metrics.clone(),
            slow: state.config.slow_request,
            spans: state.spans.clone(),
            span,
            route: route.map(|route| route.as_str().to_owned()),
            // Both are as long as the client likes.
            method: one_line(request.method().as_str()),
            path: one_line(request.uri().path()),
            client,
            facts: facts.clone(),
            begin: Instant::now(),
            is_written: false,
        }
    }

    fn end(mut self, response: &Response) {
        let code = response.extensions().get::<ErrorCode>();
        self.write(Some(response.status()), code.copied());
    }

    fn write(&mut self, status: Option<StatusCode>, code: Option<ErrorCode>) {
        /// The levels are fixed at compile time, so each has a call of its own.
        macro_rules! line {
            ($level:ident, $message:literal, $line:ident) => {
                tracing::$level!(
                    method = $line.method,
                    path = $line.path,
                    operation = $line.shown(),
                    account = $line.account,
                    org = $line.org,
                    client = %$line.client,
                    status = $line.status,
                    code = $line.code,
                    millis = $line.millis,
                    statements = $line.statements,
                    $message
                )
            };
        }
        self.is_written = true;
        let known = self.facts.known();
        let took = self.begin.elapsed().saturating_sub(known.arrival);
        let fields = self.fields(known, status, code, took);
        self.metrics.end(&Ended {
            operation: fields.label.as_deref().unwrap_or(fields.route_label()),
            status: fields.status,
            code,
            took,
            statements: fields.statements,
        });
        if PROBES.contains(&&*self.path) {
            line!(debug, "answered", fields);
        } else if status.is_none() {
            line!(info, "the client disconnected before the answer", fields);
        } else if took >= self.slow {
            line!(warn, "answered slowly", fields);
        } else {
            line!(info, "answered", fields);
        }
        if let (Some(spans), Some(span)) = (&self.spans, self.span.clone())
            && !spans.add(span.end(&fields, code, took))
        {
            self.metrics.spans_dropped.inc();
        }
    }

    fn fields(
        &self,
        known: Known,
        status: Option<StatusCode>,
        code: Option<ErrorCode>,
        took: Duration,
    ) -> Fields<'_> {
        let Known {
            operation,
            kind,
            label,
            account_id,
            org_id,
            arrival: _,
        } = known;
        Fields {
            method: &self.method,
            path: &self.path,
            route: self.route.as_deref(),
            kind,
            operation: operation.as_deref().map(one_line),
            label,
            account: account_id.map(|id| id.to_string()),
            org: org_id.map(|id| id.to_string()),
            client: self.client,
            status: status.map(|status| status.as_u16()),
            code: code.map(ErrorCode::as_str),
            millis: (took.as_secs_f64() * 100_000.0).round() / 100.0,
            statements: self.facts.statements(),
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if !self.is_written {
            self.write(None, None);
        }
    }
}

/// What is told of a request when it has ended. `None` is left out.
pub struct Fields<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub route: Option<&'a str>,
    /// `query` or `mutation`.
    pub kind: Option<&'static str>,
    pub operation: Option<String>,
    /// What the metrics call the operation.
    pub label: Option<String>,
    account: Option<String>,
    org: Option<String>,
    client: Address,
    pub status: Option<u16>,
    pub code: Option<&'static str>,
    millis: f64,
    statements: u64,
}

impl<'a> Fields<'a> {
    /// What the line calls the operation: by its name, or by its first field if it has none.
    fn shown(&self) -> Option<&str> {
        self.operation.as_deref().or(self.label.as_deref())
    }

    /// What the metrics call a request whose operation is not known.
    fn route_label(&self) -> &'a str {
        match self.route {
            Some("/graphql") => "(not run)",
            Some(route) => route,
            None => "(no route)",
        }
    }
}
