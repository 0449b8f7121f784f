//! The probes: whether the process answers, and whether it should get requests.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::{HttpState, problem};
use crate::error::ErrorCode;

/// Answers that the process runs. It touches nothing else.
pub async fn live() -> Response {
    Json(json!({"status": "ok"})).into_response()
}

/// Answers whether the server should get requests, for load balancers. A 503 says why not, in words for the operator.
/// It takes less than 3 s, and neither waits for other requests nor takes a connection from them.
pub async fn ready(State(http): State<HttpState>) -> Response {
    if http.state.stopping.is_cancelled() {
        http.state.probed.tell();
        return stopping();
    }
    http.state.probed.ask();
    match http.state.db.readiness().await {
        Ok(()) => Json(json!({"status": "ok"})).into_response(),
        Err(reason) => not_ready(&reason.to_string()),
    }
}

/// 503: the server stops.
pub fn stopping() -> Response {
    not_ready("The server is stopping.")
}

fn not_ready(reason: &str) -> Response {
    let (status, code) = (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Unavailable);
    problem::plain(status, code, reason)
}
