//! Whether the server is up, and whether it can work.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::{HttpState, problem};

/// Answers that the process runs.
pub async fn live() -> Response {
    Json(json!({"status": "ok"})).into_response()
}

/// Answers whether the database is reachable, for load balancers.
pub async fn ready(State(http): State<HttpState>) -> Response {
    match http.state.db.ping().await {
        Ok(()) => Json(json!({"status": "ok"})).into_response(),
        Err(error) => problem::response(&error),
    }
}
