//! Runs operations.
//!
//! async-graphql's derives define the types and resolve single fields. Our own executor runs the fields of objects and
//! lists (`fields.rs`). It differs from the library's executor in three ways. It writes ready fields at once and boxes
//! only fields that wait. It writes JSON as the fields become ready, in the order of the selection. And it knows which
//! field failed, so null moves up to the nearest nullable field (GraphQL 6.4.4).
//!
//! [`run`] is the entry point. It requests one field from the schema, and that field runs the whole operation
//! (`root.rs`). docs/decisions/graphql-core.md explains why.

pub mod answer;
pub mod budget;
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

/// Starts to build a schema. The library checks nothing, because it only gets operations that are valid, normalised and
/// within the limits.
pub fn schema<Q: ObjectType + 'static, M: ObjectType + 'static>(
    query: Q,
    mutation: M,
) -> SchemaBuilder<Root<Q>, Root<M>, EmptySubscription> {
    async_graphql::Schema::build(Root(query), Root(mutation), EmptySubscription)
        .validation_mode(ValidationMode::Fast)
        .limit_recursive_depth(request::MAX_NESTING)
}

/// The value of a failed field (graphql-spec, pull request 1163).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    /// The nearest nullable field around it is null.
    #[default]
    Propagate,
    /// The field itself is null, even if its type is not nullable.
    Null,
}

/// Runs an operation. Its resolvers find `data` in their context.
///
/// # Errors
/// `BAD_REQUEST` for a query whose answer exceeds the budget.
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
    data.insert(Loaders::new(state.clone(), rounds.clone(), budget.clone()));
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
