//! Relay connections.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::connection::PageInfo;
use async_graphql::{ContainerType, Context, Object, TypeName};

use super::execute::object::{Many, One};
use crate::error::Result;
use crate::page::{Listed, Page, PageArgs, Position, Slice, encode_cursor};

/// A page of a list.
pub struct Connection<T> {
    nodes: Arc<Vec<T>>,
    cursors: Cursors,
    has_previous_page: bool,
    has_next_page: bool,
    total_count: i32,
}

/// Computes the cursor of a row on demand, because most documents select two cursors at most.
type Cursors = Arc<dyn Fn(usize) -> String + Send + Sync>;

/// A row and its place in the list.
pub struct Edge<T> {
    nodes: Arc<Vec<T>>,
    cursors: Cursors,
    at: usize,
}

impl<T: ContainerType> TypeName for Connection<T> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", T::type_name()).into()
    }
}

impl<T: ContainerType> TypeName for Edge<T> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", T::type_name()).into()
    }
}

/// A page of a list. It follows Relay's specification of cursor connections.
#[Object(name_type)]
impl<T: ContainerType> Connection<T> {
    /// The rows of this page, each with its cursor.
    async fn edges(&self) -> Many<Edge<T>> {
        let edge = |at| Edge {
            nodes: Arc::clone(&self.nodes),
            cursors: Arc::clone(&self.cursors),
            at,
        };
        (0..self.nodes.len()).map(edge).collect()
    }

    /// The rows of this page.
    async fn nodes(&self) -> Many<T> {
        Arc::clone(&self.nodes).into()
    }

    /// Whether there are more pages, and the cursors to read them.
    async fn page_info(&self) -> One<PageInfo> {
        let last = self.nodes.len().checked_sub(1);
        One(PageInfo {
            has_previous_page: self.has_previous_page,
            has_next_page: self.has_next_page,
            start_cursor: last.map(|_| (self.cursors)(0)),
            end_cursor: last.map(&*self.cursors),
        })
    }

    /// The number of rows in the whole list, not only in this page. Counting costs an extra statement.
    async fn total_count(&self) -> i32 {
        self.total_count
    }
}

/// A row of a list with its cursor.
#[Object(name_type)]
impl<T: ContainerType> Edge<T> {
    /// The position of the row, to use in `after` and `before`.
    async fn cursor(&self) -> String {
        (self.cursors)(self.at)
    }

    /// The row itself.
    async fn node(&self) -> One<&T> {
        One(&self.nodes[self.at])
    }
}

/// The page that a field requests. The list is counted only if the document selects `totalCount`, because counting
/// takes an extra statement.
///
/// # Errors
/// `BAD_USER_INPUT` for invalid arguments.
pub fn page<L: Listed>(ctx: &Context<'_>, args: &PageArgs) -> Result<Page<L>> {
    Page::read(args, ctx.look_ahead().field("totalCount").exists())
}

impl<L: Listed, T: ContainerType + From<L>> From<Slice<L>> for Connection<T> {
    fn from(slice: Slice<L>) -> Self {
        let positions: Vec<Position<L>> = slice.rows.iter().map(L::position).collect();
        let cursor = move |at: usize| encode_cursor::<L>(&positions[at]);
        Self {
            has_previous_page: slice.has_previous,
            has_next_page: slice.has_next,
            total_count: i32::try_from(slice.total).unwrap_or(i32::MAX),
            nodes: Arc::new(slice.rows.into_iter().map(T::from).collect()),
            cursors: Arc::new(cursor),
        }
    }
}
