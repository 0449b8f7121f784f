//! Relay connections.

use async_graphql::connection::{Connection as Relay, Edge, EmptyFields};
use async_graphql::{Context, OutputType, SimpleObject};

use crate::db::types::Id;
use crate::page::{Slice, SortKey, encode_cursor};

/// How many rows there are in all, on every connection.
#[derive(SimpleObject)]
pub struct TotalCount {
    /// How many rows the whole list has.
    total_count: i32,
}

/// A page of a list.
pub type Connection<T> = Relay<String, T, TotalCount, EmptyFields>;

/// Whether the document asks for `totalCount`: it costs a statement of its own.
pub fn wants_total(ctx: &Context<'_>) -> bool {
    ctx.look_ahead().field("totalCount").exists()
}

/// Makes the connection of a page. `key` gives what the list is sorted by and the row's id.
pub fn connection<R, K: SortKey, T: OutputType>(
    slice: Slice<R>,
    total: i64,
    key: impl Fn(&R) -> (K, Id),
    node: impl Fn(R) -> T,
) -> Connection<T> {
    let total_count = i32::try_from(total).unwrap_or(i32::MAX);
    let mut connection = Relay::with_additional_fields(
        slice.has_previous,
        slice.has_next,
        TotalCount { total_count },
    );
    connection.edges = slice
        .rows
        .into_iter()
        .map(|row| {
            let (key, id) = key(&row);
            Edge::new(encode_cursor(&T::type_name(), &key, id), node(row))
        })
        .collect();
    connection
}
