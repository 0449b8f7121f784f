//! Reading no more of a row than the document shows of it.
//!
//! Before a field reads an object, it looks at what the document selects of it. So no field below has to read the row
//! again.

use std::marker::PhantomData;
use std::sync::Arc;

use async_graphql::parser::types::{Field, Selection};
use async_graphql::{Context, Positioned};

use super::context::load;
use super::execute::by_id::{ById, Lookup};
use crate::db::types::Id;
use crate::error::{AppError, Result};
use crate::extent::Extent;

/// An object of the schema whose row is read in two parts.
pub trait InParts {
    /// The fields that the brief part of the row is enough for. A field that is missing here costs time. A field that is
    /// wrong here is an `INTERNAL` error.
    const BRIEF: &'static [&'static str];
}

/// The look-up of rows in brief: `ById::<Brief<User>>(id)`.
pub struct Brief<T>(PhantomData<T>);

/// How much to read of the objects that the field returns.
pub fn extent<T: InParts>(ctx: &Context<'_>) -> Extent {
    extent_for::<T>(selection(&ctx.item.node))
}

/// How much to read of the rows of the connection that the field returns.
pub fn extent_of_nodes<T: InParts>(ctx: &Context<'_>) -> Extent {
    let whole = |row: &Field| extent_for::<T>(selection(row)) == Extent::Whole;
    let shows_whole = |field: &Field| match name(field) {
        "nodes" => whole(field),
        "edges" => fields(selection(field)).any(|field| name(field) == "node" && whole(field)),
        _ => false,
    };
    if fields(selection(&ctx.item.node)).any(shows_whole) {
        Extent::Whole
    } else {
        Extent::Brief
    }
}

fn extent_for<T: InParts>(selected: &[Positioned<Selection>]) -> Extent {
    let is_brief = |field: &Field| name(field) == "__typename" || T::BRIEF.contains(&name(field));
    if fields(selected).all(is_brief) {
        Extent::Brief
    } else {
        Extent::Whole
    }
}

fn name(field: &Field) -> &str {
    field.name.node.as_str()
}

fn selection(field: &Field) -> &[Positioned<Selection>] {
    &field.selection_set.node.items
}

/// The fields of a selection. After normalising, the selection of an object contains only fields.
fn fields(selected: &[Positioned<Selection>]) -> impl Iterator<Item = &Field> {
    selected.iter().filter_map(|item| match &item.node {
        Selection::Field(field) => Some(&field.node),
        Selection::InlineFragment(_) | Selection::FragmentSpread(_) => None,
    })
}

/// The row with an id, as much of it as the document shows. It is loaded together with those of the other fields of the
/// same level that need as much.
///
/// # Errors
/// As [`load`].
pub async fn load_row<T>(ctx: &Context<'_>, id: Id<T::Of>) -> Result<Option<Arc<T>>>
where
    T: InParts + Lookup<Value = T>,
    Brief<T>: Lookup<Of = T::Of, Value = T>,
{
    match extent::<T>(ctx) {
        Extent::Brief => load(ctx, ById::<Brief<T>>(id)).await,
        Extent::Whole => load(ctx, ById::<T>(id)).await,
    }
}

/// The row with an id that must exist because of a foreign key.
///
/// # Errors
/// As [`load_row`]; `NOT_FOUND` if it was deleted in the meantime.
pub async fn load_one_row<T>(ctx: &Context<'_>, id: Id<T::Of>) -> Result<Arc<T>>
where
    T: InParts + Lookup<Value = T>,
    Brief<T>: Lookup<Of = T::Of, Value = T>,
{
    load_row(ctx, id).await?.ok_or_else(AppError::not_found)
}
