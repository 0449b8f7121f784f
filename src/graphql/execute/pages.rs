//! The same page of a list for many parents: the missions of each project.

use std::hash::Hash;

use derive_where::derive_where;

use super::budget::Room;
use super::loader::{Key, grouped};
use crate::access::Requester;
use crate::db::types::Id;
use crate::error::Result;
use crate::graphql::connection::Connection;
use crate::page::{Listed, Page, Slices};
use crate::state::AppState;

/// A list that each row of [`PagedLookup::Of`] has.
pub trait PagedLookup: 'static {
    /// The parent rows.
    type Of: 'static;
    /// Which rows of the list are asked for.
    type Filter: Clone + Eq + Hash + Send + Sync + 'static;
    /// A row of the list.
    type Row: Listed + Send;
    /// The row's type in the schema.
    type Node: From<Self::Row> + Send + Sync + 'static;

    /// Reads the page of all parents in one statement (two with the totals), within what the requester may see: at most
    /// `limit` rows of several parents.
    fn load(
        state: &AppState,
        who: &Requester,
        parents: &[Id<Self::Of>],
        filter: &Self::Filter,
        page: &Page<Self::Row>,
        limit: i64,
    ) -> impl Future<Output = Result<Slices<Self::Of, Self::Row>>> + Send;
}

/// The key of a page: `load_one(ctx, PageOf::<Missions> { parent, filter, page })`.
#[derive_where(Clone, PartialEq, Eq, Hash)]
pub struct PageOf<L: PagedLookup> {
    /// The row that has the list.
    pub parent: Id<L::Of>,
    /// Which rows of the list.
    pub filter: L::Filter,
    /// The requested page.
    pub page: Page<L::Row>,
}

impl<L: PagedLookup> Key for PageOf<L>
where
    L::Node: async_graphql::ContainerType,
{
    type Value = Connection<L::Node>;

    async fn load(
        state: &AppState,
        who: &Requester,
        keys: Vec<Self>,
        room: &Room,
    ) -> Result<Vec<(Self, Self::Value)>> {
        let mut found = Vec::with_capacity(keys.len());
        let same = |key: &Self| (key.filter.clone(), key.page.clone());
        for ((filter, page), keys) in grouped(keys, same) {
            let parents: Vec<Id<L::Of>> = keys.iter().map(|key| key.parent).collect();
            let limit = room.limit();
            let mut slices = L::load(state, who, &parents, &filter, &page, limit).await?;
            let read = slices.values().map(|slice| page.rows_read(slice));
            room.check(read.sum()).await?;
            for key in keys {
                if let Some(slice) = slices.remove(&key.parent) {
                    found.push((key, slice.into()));
                }
            }
        }
        Ok(found)
    }
}
