//! Objects and lists as resolvers return them. If a resolver returned a bare object, the library would run it with its
//! own executor, which follows other rules. tests/house/layers.rs checks this.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::parser::types::{Field, Selection};
use async_graphql::registry::Registry;
use async_graphql::{
    ContainerType, ContextSelectionSet, OutputType, Positioned, ServerResult, Value,
};
use axum::body::Bytes;

use super::fields::{Shape, run};

pub struct One<T>(pub T);

/// A list of objects: `[T!]!`. All fields that request the same list share it.
pub struct Many<T>(Arc<Vec<T>>);

impl<T> From<Vec<T>> for Many<T> {
    fn from(rows: Vec<T>) -> Self {
        Self(Arc::new(rows))
    }
}

impl<T> From<Arc<Vec<T>>> for Many<T> {
    fn from(rows: Arc<Vec<T>>) -> Self {
        Self(rows)
    }
}

impl<T> FromIterator<T> for Many<T> {
    fn from_iter<I: IntoIterator<Item = T>>(rows: I) -> Self {
        rows.into_iter().collect::<Vec<T>>().into()
    }
}

impl<T: ContainerType> OutputType for One<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn qualified_type_name() -> String {
        T::qualified_type_name()
    }

    fn introspection_type_name(&self) -> Cow<'static, str> {
        self.0.introspection_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        _: &Positioned<Field>,
    ) -> ServerResult<Value> {
        run(Shape::Object, ctx, std::slice::from_ref(&self.0)).await
    }
}

impl<T: ContainerType> OutputType for Many<T> {
    fn type_name() -> Cow<'static, str> {
        Vec::<T>::type_name()
    }

    fn qualified_type_name() -> String {
        Vec::<T>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Vec::<T>::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        _: &Positioned<Field>,
    ) -> ServerResult<Value> {
        run(Shape::List, ctx, &self.0).await
    }
}

/// Resolves an object that is returned as an interface. Only the part of the selection for its type applies.
///
/// # Errors
/// The errors of its fields that may not be null.
pub async fn implementer<T: ContainerType>(
    ctx: &ContextSelectionSet<'_>,
    object: &T,
) -> ServerResult<Value> {
    let name = T::type_name();
    let mut selected = ctx.item.node.items.iter();
    let selected = selected.find_map(|item| match &item.node {
        Selection::InlineFragment(of) => {
            let on = of.node.type_condition.as_ref()?;
            (on.node.on.node.as_str() == name).then_some(&of.node.selection_set)
        }
        _ => None,
    });
    match selected {
        Some(set) => {
            let ctx = ctx.with_selection_set(set);
            run(Shape::Object, &ctx, std::slice::from_ref(object)).await
        }
        // The selection has nothing for this type.
        None => Ok(Value::Binary(Bytes::from_static(b"{}"))),
    }
}
