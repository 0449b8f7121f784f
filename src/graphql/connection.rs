//! Relay connections.

use std::borrow::Cow;

use async_graphql::connection::PageInfo;
use async_graphql::{Context, Object, OutputType, TypeName};

use crate::db::types::Id;
use crate::page::{Slice, SortKey, encode_cursor};

/// A page of a list.
pub struct Connection<T> {
    edges: Vec<Edge<T>>,
    has_previous_page: bool,
    has_next_page: bool,
    total_count: i32,
}

/// A row and its place in the list.
pub struct Edge<T> {
    cursor: String,
    node: T,
}

impl<T: OutputType> TypeName for Connection<T> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", T::type_name()).into()
    }
}

impl<T: OutputType> TypeName for Edge<T> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", T::type_name()).into()
    }
}

/// A page of a list (Relay's cursor connections).
#[Object(name_type)]
impl<T: OutputType> Connection<T> {
    /// The rows, each with its cursor.
    async fn edges(&self) -> &[Edge<T>] {
        &self.edges
    }

    /// The rows.
    async fn nodes(&self) -> Vec<&T> {
        self.edges.iter().map(|edge| &edge.node).collect()
    }

    /// Whether there is more, and where to go on.
    async fn page_info(&self) -> PageInfo {
        PageInfo {
            has_previous_page: self.has_previous_page,
            has_next_page: self.has_next_page,
            start_cursor: self.edges.first().map(|edge| edge.cursor.clone()),
            end_cursor: self.edges.last().map(|edge| edge.cursor.clone()),
        }
    }

    /// How many rows the whole list has.
    async fn total_count(&self) -> i32 {
        self.total_count
    }
}

/// A row of a list and its place in it.
#[Object(name_type)]
impl<T: OutputType> Edge<T> {
    /// The row's place in the list, for `after` and `before`.
    async fn cursor(&self) -> &str {
        &self.cursor
    }

    /// The row.
    async fn node(&self) -> &T {
        &self.node
    }
}

/// Whether the document asks for `totalCount`: it costs a statement of its own.
pub fn wants_total(ctx: &Context<'_>) -> bool {
    ctx.look_ahead().field("totalCount").exists()
}

/// Makes the connection of a page. `key` gives what the list is sorted by and the row's id; `total` is how many rows
/// the whole list has, where [`wants_total`] says that it is asked for.
pub fn connection<R, K: SortKey, T: OutputType>(
    slice: Slice<R>,
    total: i64,
    key: impl Fn(&R) -> (K, Id),
    node: impl Fn(R) -> T,
) -> Connection<T> {
    let edge = |row: R| {
        let (key, id) = key(&row);
        Edge {
            cursor: encode_cursor(&T::type_name(), &key, id),
            node: node(row),
        }
    };
    Connection {
        has_previous_page: slice.has_previous,
        has_next_page: slice.has_next,
        edges: slice.rows.into_iter().map(edge).collect(),
        total_count: i32::try_from(total).unwrap_or(i32::MAX),
    }
}
