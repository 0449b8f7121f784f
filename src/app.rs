//! The application: one router, used by the server and by the tests alike.

use axum::Router;

use crate::api;
use crate::http::{self, Http};
use crate::state::State;

/// Builds the application.
pub fn build(state: State) -> Router {
    let schema = api::schema(state.config.introspection);
    http::router(Http { state, schema })
}
