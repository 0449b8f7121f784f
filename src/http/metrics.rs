//! `/metrics` for Prometheus. It has a listener of its own (`METRICS_LISTEN`), because anybody who can reach it may read
//! it.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::registry::Registry;

use super::{HttpState, problem};
use crate::domains::outbox;
use crate::error::AppError;

/// The media type of the format `OpenMetrics`.
const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// How long the database has to count the mails that wait.
const PATIENCE: Duration = Duration::from_secs(2);

/// How many use something, by its kind.
type ByKind = Family<Kind, Gauge>;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: &'static str,
}

/// The routes of the listener for Prometheus.
pub fn router(http: HttpState) -> Router {
    Router::new()
        .route("/metrics", get(scrape))
        .fallback(problem::no_such_route)
        .method_not_allowed_fallback(problem::no_such_method)
        .with_state(http)
}

/// `GET /metrics`.
async fn scrape(State(http): State<HttpState>) -> Response {
    let mut registry = Registry::with_prefix("coulisses");
    http.state.metrics.register(&mut registry);
    database(&http, &mut registry);
    answers(&http, &mut registry).await;
    passwords(&http, &mut registry);
    documents(&http, &mut registry);
    mails(&http, &mut registry).await;
    let mut body = String::new();
    match text::encode(&mut body, &registry) {
        Ok(()) => (StatusCode::OK, [(header::CONTENT_TYPE, MEDIA_TYPE)], body).into_response(),
        Err(error) => problem::response(&AppError::internal(error)),
    }
}

fn database(http: &HttpState, to: &mut Registry) {
    let (held, waiting, limit) = (ByKind::default(), ByKind::default(), ByKind::default());
    for (kind, pool) in http.state.db.usage() {
        let kind = Kind { kind };
        held.get_or_create(&kind).set(number(pool.held));
        waiting.get_or_create(&kind).set(number(pool.waiting));
        limit.get_or_create(&kind).set(number(pool.capacity));
    }
    to.register(
        "database_connections_held",
        "Connections to the database that are in use, by kind",
        held,
    );
    to.register(
        "database_connections_waited_for",
        "Requests that wait for a connection to the database, by kind",
        waiting,
    );
    to.register(
        "database_connections_limit",
        "Most connections to the database, by kind",
        limit,
    );
    to.register(
        "database_statements",
        "Statements that ran, without transaction control",
        ConstCounter::new(http.state.db.statements()),
    );
}

fn passwords(http: &HttpState, to: &mut Registry) {
    let queue = http.state.passwords.usage();
    let (taken, limit) = (ByKind::default(), ByKind::default());
    for (kind, gate) in [("strangers", queue.strangers), ("known", queue.known)] {
        let kind = Kind { kind };
        taken.get_or_create(&kind).set(number(gate.held));
        limit.get_or_create(&kind).set(number(gate.capacity));
    }
    to.register(
        "password_hashes_running",
        "Passwords that are being hashed",
        ConstGauge::new(number(queue.running.held)),
    );
    to.register(
        "password_queue",
        "Places taken in the hashing queue, by kind of client",
        taken,
    );
    to.register(
        "password_queue_limit",
        "Places in the queue for hashing",
        limit,
    );
}

fn documents(http: &HttpState, to: &mut Registry) {
    let kept = http.api.documents.kept();
    to.register(
        "documents_kept",
        "Parsed documents that are kept, the trusted ones included",
        ConstGauge::new(number(kept.documents)),
    );
    to.register(
        "documents_kept_bytes",
        "Estimated memory of parsed documents, without trusted ones",
        ConstGauge::new(i64::try_from(kept.bytes).unwrap_or(i64::MAX)),
    );
}

/// Asks as `/readyz` does. To count the mails may take long on a database that answers.
async fn answers(http: &HttpState, to: &mut Registry) {
    let answers = http.state.db.answers().await;
    to.register(
        "database_answers",
        "Whether the database answered in time, even if the server is not ready for another reason",
        ConstGauge::new(i64::from(answers)),
    );
    let is_writable = http.state.db.is_writable().await;
    to.register(
        "database_writable",
        "0 if PostgreSQL is read-only, or if a write failed in the last 30 s because the disk is full or a file is read-only",
        ConstGauge::new(i64::from(is_writable)),
    );
}

/// The mails in the database are the same for all servers on it. They are left out if counting them takes too long.
async fn mails(http: &HttpState, to: &mut Registry) {
    let counted = outbox::service::backlog(&http.state);
    let counted = tokio::time::timeout(PATIENCE, counted).await;
    let counted = counted.ok().and_then(Result::ok);
    let waiting = ByKind::default();
    let of = |kind| waiting.get_or_create_owned(&Kind { kind });
    of("password reset").set(number(http.state.mailer.unsent()));
    if let Some(backlog) = counted {
        of("outbox").set(backlog.waiting);
        to.register(
            "mails_given_up",
            "Mails that could not be sent and are not tried again",
            ConstGauge::new(backlog.given_up),
        );
    }
    to.register(
        "mails_waiting",
        "Mails that wait to be sent, by kind",
        waiting,
    );
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
