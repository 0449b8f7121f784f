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
    let is_brief = |row: &Field| extent_for::<T>(selection(row)) == Extent::Brief;
    let shows_brief = |field: &Field| match name(field) {
        "nodes" => is_brief(field),
        "edges" => all_fields(selection(field), |field| {
            name(field) != "node" || is_brief(field)
        }),
        _ => true,
    };
    match all_fields(selection(&ctx.item.node), shows_brief) {
        true => Extent::Brief,
        false => Extent::Whole,
    }
}

fn extent_for<T: InParts>(selected: &[Positioned<Selection>]) -> Extent {
    let is_brief = |field: &Field| name(field) == "__typename" || T::BRIEF.contains(&name(field));
    match all_fields(selected, is_brief) {
        true => Extent::Brief,
        false => Extent::Whole,
    }
}

fn name(field: &Field) -> &str {
    field.name.node.as_str()
}

fn selection(field: &Field) -> &[Positioned<Selection>] {
    &field.selection_set.node.items
}

/// Whether a selection contains only such fields. After normalising, that of an object contains no fragments. If one did,
/// the whole row would be read.
fn all_fields(selected: &[Positioned<Selection>], such: impl Fn(&Field) -> bool) -> bool {
    selected.iter().all(|item| match &item.node {
        Selection::Field(field) => such(&field.node),
        Selection::InlineFragment(_) | Selection::FragmentSpread(_) => false,
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
