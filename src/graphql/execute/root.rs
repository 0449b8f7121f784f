//! The roots of the schema.
//!
//! The library gets operations of one field, which stands for the whole of the real one. Only `__schema` and `__type`,
//! which nobody else can answer, are asked of it as they are, and before.

use std::borrow::Cow;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, OperationDefinition, OperationType, Selection,
    SelectionSet,
};
use async_graphql::registry::Registry;
use async_graphql::{
    ContainerType, Context, ContextSelectionSet, Name, ObjectType, OutputType, Pos, Positioned,
    Request, ServerResult, Value,
};

use super::Schema;
use super::budget::too_much;
use super::execution::Execution;
use super::fields::{Shape, run};
use crate::graphql::request::{self, Operation};

/// The field that stands for a whole operation. It is not a name, so no document can ask for it.
const WHOLE: &str = "*";

/// `Query` or `Mutation` of the schema.
pub struct Root<T>(pub T);

impl<T: ObjectType> ContainerType for Root<T> {
    fn is_empty() -> bool {
        T::is_empty()
    }

    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        debug_assert_eq!(ctx.item.node.name.node, WHOLE);
        let execution = Execution::of(ctx);
        let mut ctx = ctx.with_selection_set(&execution.operation.selection_set);
        ctx.path_node = None;
        let whole = run(Shape::Object, &ctx, std::slice::from_ref(&self.0));
        let whole = execution
            .rounds
            .drive(whole, || execution.budget.is_spent());
        match whole.await {
            Some(result) => result.map(Some),
            None => Err(async_graphql::Error::from(too_much()).into_server_error(Pos::default())),
        }
    }
}

impl<T: ObjectType> OutputType for Root<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        self.0.resolve(ctx, field).await
    }
}

impl<T: ObjectType> ObjectType for Root<T> {}

/// What an operation asks of the schema itself, by response key.
pub(super) async fn introspect<Q: ObjectType + 'static, M: ObjectType + 'static>(
    schema: &Schema<Q, M>,
    operation: &Operation,
) -> IndexMap<Name, Value> {
    let fields = operation.selection_set.node.items.iter();
    let asked = fields.filter(|item| match &item.node {
        Selection::Field(field) => {
            matches!(field.node.name.node.as_str(), "__schema" | "__type")
        }
        _ => false,
    });
    let asked: Vec<_> = asked.cloned().collect();
    if asked.is_empty() {
        return IndexMap::new();
    }
    let response = schema.execute(self::request(operation.ty, asked)).await;
    match response.data {
        Value::Object(mut fields) => {
            if operation.needs_strip {
                fields.values_mut().for_each(request::strip);
            }
            fields
        }
        _ => IndexMap::new(),
    }
}

/// A selection of nothing but the field that stands for a whole operation.
pub(super) fn whole() -> Vec<Positioned<Selection>> {
    let field = Field {
        alias: None,
        name: at(Name::new(WHOLE)),
        arguments: Vec::new(),
        directives: Vec::new(),
        selection_set: Positioned::default(),
    };
    vec![at(Selection::Field(at(field)))]
}

/// The library's request for some fields of a root.
pub(super) fn request(kind: OperationType, items: Vec<Positioned<Selection>>) -> Request {
    let operation = OperationDefinition {
        ty: kind,
        variable_definitions: Vec::new(),
        directives: Vec::new(),
        selection_set: at(SelectionSet { items }),
    };
    let mut request = Request::new("");
    request.set_parsed_query(ExecutableDocument {
        operations: DocumentOperations::Single(at(operation)),
        fragments: std::collections::HashMap::new(),
    });
    request
}

fn at<T>(node: T) -> Positioned<T> {
    Positioned::new(node, Pos::default())
}
