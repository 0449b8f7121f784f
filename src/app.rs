//! The application: one router, used by the server and by the tests alike.

use axum::Router;
use tokio_util::task::TaskTracker;

use crate::api;
use crate::http::{self, Http};
use crate::state::State;

/// The router, and the tasks that a shutdown waits for.
pub struct App {
    /// Answers requests.
    pub router: Router,
    /// Mutations that run on tasks of their own.
    pub tasks: TaskTracker,
}

/// Builds the application.
#[must_use]
pub fn build(state: State) -> App {
    let tasks = TaskTracker::new();
    let schema = api::schema(state.config.introspection);
    let router = http::router(Http {
        state,
        schema,
        tasks: tasks.clone(),
    });
    App { router, tasks }
}
