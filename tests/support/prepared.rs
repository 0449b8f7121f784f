//! Operations on their way to the executor, without a server.

use std::thread;

use async_graphql::Variables;
use coulisses_crew::api;
use coulisses_crew::graphql::request::{Asked, Documents, Operation, Refusal, prepare};
use serde_json::Value;

/// The stack of a thread that answers requests.
const STACK: usize = 2 * 1024 * 1024;

/// Prepares the only operation of a document, or the one that is called A. On a thread of its own: were its stack too
/// small, the process would abort.
pub fn prepared(text: &str, variables: &Value) -> Result<Operation, Refusal> {
    let variables = Variables::from_json(variables.clone());
    let prepare = || {
        let documents = Documents::new(api::rules(), true, None).expect("documents");
        let asked = Asked {
            query: Some(text),
            id: None,
            operation_name: text.contains("query A").then_some("A"),
            variables: &variables,
        };
        prepare(&documents, &asked)
    };
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(STACK);
        let thread = thread.spawn_scoped(scope, prepare).expect("a thread");
        thread.join().expect("no panic")
    })
}
