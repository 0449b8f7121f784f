//! The application: the router that the server and the tests use.

use std::sync::Arc;

use axum::Router;

use crate::api;
use crate::error::Result;
use crate::graphql::request::Documents;
use crate::http::{self, Api, HttpState};
use crate::state::AppState;

/// Builds the application.
///
/// # Errors
/// `BAD_REQUEST` for a trusted document that cannot run.
pub fn build(state: AppState) -> Result<Router> {
    Ok(http::router(http(state)?))
}

/// What the routes of the application share.
///
/// # Errors
/// As [`build`].
pub fn http(state: AppState) -> Result<HttpState> {
    let schema = api::schema(state.config.introspection);
    let documents = Documents::new(
        api::rules(),
        state.config.introspection,
        state.config.trusted_documents.as_ref(),
    )?;
    let documents = Arc::new(documents);
    let api = Arc::new(Api { schema, documents });
    Ok(HttpState { state, api })
}
