//! The state of an operation while it runs.

use std::sync::{Arc, PoisonError};

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::Field;
use async_graphql::{
    ContainerType, Context, ContextBase, ContextSelectionSet, Error, Name, Positioned, ServerError,
    ServerResult, Value,
};

use super::OnError;
use super::budget::Budget;
use super::json;
use super::rounds::Rounds;
use crate::error::Result;
use crate::graphql::error::MAX_ERRORS;
use crate::graphql::request::Operation;

/// Bytes around a field in JSON: two quotes, a colon and a comma.
const PUNCTUATION: usize = 4;

/// An operation while it runs.
pub(super) struct Execution {
    pub operation: Operation,
    pub on_error: OnError,
    /// `__schema` and `__type` of the root, by response key.
    pub introspected: IndexMap<Name, Value>,
    pub budget: Budget,
    pub rounds: Rounds,
}

impl Execution {
    /// The execution that a context belongs to.
    pub fn of<'a, T>(ctx: &ContextBase<'a, T>) -> &'a Self {
        ctx.data_unchecked::<Arc<Self>>()
    }

    /// Whether the fields of a selection run one after the other.
    pub fn is_root_of_mutation(&self, ctx: &ContextSelectionSet<'_>) -> bool {
        ctx.path_node.is_none() && self.operation.is_mutation()
    }

    /// The answer to an introspection field, which was computed before.
    pub fn introspected(&self, field: &Positioned<Field>) -> Value {
        let found = self.introspected.get(&field.node.response_key().node);
        found.cloned().unwrap_or_default()
    }

    /// Counts objects of the answer.
    pub async fn count_rows(&self, ctx: &ContextSelectionSet<'_>, rows: usize) -> ServerResult<()> {
        located(ctx, self.budget.rows(rows).await)
    }

    /// Counts the bytes of a field's value. If the field failed and may be null, it records the error and returns null.
    pub async fn settle<T: ContainerType>(
        &self,
        ctx: &Context<'_>,
        result: ServerResult<Option<Value>>,
    ) -> ServerResult<Value> {
        let counted = match result {
            Ok(value) => {
                let value = value.unwrap_or_default();
                let key = ctx.item.node.response_key().node.len() + PUNCTUATION;
                let within = self.budget.bytes(key + json::bytes(&value)).await;
                located(ctx, within).map(|()| value)
            }
            Err(error) => Err(error),
        };
        match counted {
            Err(error) if self.may_be_null::<T>(ctx) => {
                tell(ctx, error);
                Ok(Value::Null)
            }
            counted => counted,
        }
    }

    /// Whether a failed field may be null, because of its type or because the client asked for it.
    fn may_be_null<T: ContainerType>(&self, ctx: &Context<'_>) -> bool {
        if self.on_error == OnError::Null {
            return true;
        }
        let types = &ctx.schema_env.registry.types;
        let field = types
            .get(&*T::type_name())
            .and_then(|of| of.field_by_name(&ctx.item.node.name.node));
        field.is_none_or(|field| !field.ty.ends_with('!'))
    }
}

/// An error with its path in the answer.
fn located<T>(ctx: &ContextBase<'_, &Positioned<T>>, counted: Result<()>) -> ServerResult<()> {
    counted.map_err(|error| ctx.set_error_path(Error::from(error).into_server_error(ctx.item.pos)))
}

/// Records an error, unless there are too many.
fn tell(ctx: &Context<'_>, error: ServerError) {
    let errors = ctx.query_env.errors.lock();
    let mut errors = errors.unwrap_or_else(PoisonError::into_inner);
    if errors.len() < MAX_ERRORS {
        errors.push(error);
    }
}
