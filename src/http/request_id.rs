//! What the handlers find out about a request beforehand: its id, on every response and every log line, and the
//! client. The id is always our own: one from outside could be anything.

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

use super::peer;
use crate::graphql::error::one_line;
use crate::state::AppState;

pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The id of the request that is being answered.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// Gives the request its id, and writes a line when it is answered.
pub async fn layer(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let id = data_encoding::HEXLOWER.encode(&state.random.bytes::<12>());
    request.extensions_mut().insert(RequestId(id.clone()));
    let client = peer::client(&state.config, &request);
    request.extensions_mut().insert(client);
    // Both are as long as the client likes, and stand on each line that the request writes.
    let (method, path) = (request.method().as_str(), request.uri().path());
    let (method, path) = (one_line(method), one_line(path));
    let span = tracing::info_span!("request", id, %method, path);
    async move {
        let begin = std::time::Instant::now();
        let mut response = next.run(request).await;
        let millis = begin.elapsed().as_millis();
        tracing::info!(status = response.status().as_u16(), millis, "answered");
        if let Ok(value) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(HEADER, value);
        }
        response
    }
    .instrument(span)
    .await
}
