//! The export of spans to a collector.

mod collectors;
mod told;

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use coulisses_crew::spans::Times;

use crate::support::{Backend, Client, TestApp};

/// Waits for no time that a test would notice, but for what a test waits for.
const TIMES: Times = Times {
    batch: Duration::from_hours(1),
    post: Duration::from_secs(10),
    pause: Duration::from_millis(1),
    end: Duration::from_secs(20),
};

async fn get(client: &Client, path: &str, trace: Option<&str>) -> StatusCode {
    let mut request = client.request(Method::GET, path);
    if let Some(trace) = trace {
        request = request.header("traceparent", trace);
    }
    let request = request.body(Body::empty()).expect("a request");
    client.send(request).await.status
}

/// An application whose spans go to this collector.
async fn app_with(collector: &str) -> TestApp {
    TestApp::with(
        Backend::Sqlite,
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", collector)],
    )
    .await
}
