//! The roots of the schema.
//!
//! The library gets an operation with one field, and that field runs the real operation. Only `__schema` and `__type`
//! are sent to the library unchanged, before that, because only the library can answer them.

use std::borrow::Cow;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, OperationDefinition, OperationType, Selection,
    SelectionSet,
};
use async_graphql::registry::Registry;
use async_graphql::{
    ContainerType, Context, ContextSelectionSet, Name, ObjectType, OutputType, PathSegment, Pos,
    Positioned, Request, ServerError, ServerResult, Value,
};

use super::Schema;
use super::execution::Execution;
use super::fields::{Shape, run};
use crate::graphql::request::{self, Operation};

/// The field that runs a whole operation. It is not a valid name, so no document can contain it.
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
        whole.await.transpose()
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

/// The answers to an operation's introspection by response key, and its errors.
pub(super) async fn introspect<Q: ObjectType + 'static, M: ObjectType + 'static>(
    schema: &Schema<Q, M>,
    operation: &Operation,
) -> (IndexMap<Name, Value>, Vec<ServerError>) {
    let (mut found, mut failed) = (IndexMap::new(), Vec::new());
    for item in &operation.selection_set.node.items {
        let Selection::Field(field) = &item.node else {
            continue;
        };
        if !matches!(field.node.name.node.as_str(), "__schema" | "__type") {
            continue;
        }
        let response = schema.execute(self::request(operation.ty, vec![item.clone()]));
        let mut response = response.await;
        if operation.needs_strip {
            request::strip(&mut response.data);
        }
        if let Value::Object(fields) = response.data {
            found.extend(fields);
        }
        // The library's error has no path if it cannot read an argument of these fields.
        let path = vec![PathSegment::Field(
            field.node.response_key().node.to_string(),
        )];
        failed.extend(response.errors.into_iter().map(|error| ServerError {
            path: path.clone(),
            ..error
        }));
    }
    (found, failed)
}

/// A selection with only the field that runs the whole operation.
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
