//! From an operation to its answer.
//!
//! async-graphql's derives make the types and resolve single fields. What runs the fields of objects and lists is ours
//! (`fields.rs`), and differs from the library's executor in three ways: it takes what is ready at once and boxes only
//! what waits; it writes JSON while the fields come, in the order in which they were collected; and it knows which
//! field failed, so that null moves up to the nearest nullable field (GraphQL 6.4.4).
//!
//! [`run`] is the way in. It asks the schema for one field, which stands for the whole operation (`root.rs`).
//! docs/decisions/graphql-core.md says why.

pub mod answer;
mod budget;
pub mod by_id;
mod execution;
mod fields;
mod json;
pub mod loader;
pub mod object;
pub mod pages;
pub mod root;
mod rounds;

use std::sync::Arc;

use async_graphql::{Data, EmptySubscription, ObjectType, SchemaBuilder, ValidationMode};

use super::request::{self, Operation};
use crate::error::Result;
use crate::state::AppState;
use answer::Answer;
use budget::{Budget, too_much};
use execution::Execution;
use loader::Loaders;
use root::Root;
use rounds::Rounds;

/// A schema whose root fields run here.
pub type Schema<Q, M> = async_graphql::Schema<Root<Q>, Root<M>, EmptySubscription>;

/// Begins a schema. The library checks nothing: what comes to it is valid, normalised and within the limits.
pub fn schema<Q: ObjectType + 'static, M: ObjectType + 'static>(
    query: Q,
    mutation: M,
) -> SchemaBuilder<Root<Q>, Root<M>, EmptySubscription> {
    async_graphql::Schema::build(Root(query), Root(mutation), EmptySubscription)
        .validation_mode(ValidationMode::Fast)
        .limit_recursive_depth(request::MAX_NESTING)
}

/// What takes the place of a field that failed (graphql-spec, pull request 1163).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    /// Null, at the nearest field around it whose type is nullable.
    #[default]
    Propagate,
    /// Null, whatever its type says.
    Null,
}

/// Runs an operation. `data` is what its resolvers find in their context.
///
/// # Errors
/// `BAD_REQUEST` for a query whose answer would hold more than its budget allows.
pub async fn run<Q: ObjectType + 'static, M: ObjectType + 'static>(
    schema: &Schema<Q, M>,
    state: &AppState,
    operation: Operation,
    on_error: OnError,
    mut data: Data,
) -> Result<Answer> {
    let (budget, rounds) = (Budget::new(operation.is_mutation()), Rounds::default());
    let (introspected, failed) = root::introspect(schema, &operation).await;
    let mut request = root::request(operation.ty, root::whole());
    data.insert(Loaders::new(state.clone(), rounds.clone()));
    data.insert(Arc::new(Execution {
        operation,
        on_error,
        introspected,
        budget: budget.clone(),
        rounds,
    }));
    request.data = data;
    let response = schema.execute(request).await;
    match budget.is_spent() {
        true => Err(too_much()),
        false => Ok(Answer::new(response, failed)),
    }
}
