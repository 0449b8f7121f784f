//! Lookups by the id of a row: the row itself, or data that belongs to it.

use derive_where::derive_where;

use super::budget::Room;
use super::loader::{Key, lists};
use crate::access::Requester;
use crate::db::types::Id;
use crate::error::Result;
use crate::state::AppState;

/// Data that one statement can load for many ids of [`Lookup::Of`].
pub trait Lookup: 'static {
    /// The rows whose ids are given.
    type Of: 'static;
    /// The value for each id.
    type Value: Send + Sync + 'static;

    /// Loads the values of all ids in one statement, and only those that the requester may see. An id without a value is
    /// not in the result. Every other id is there once.
    fn load(
        state: &AppState,
        who: &Requester,
        ids: &[Id<Self::Of>],
    ) -> impl Future<Output = Result<ValuesOf<Self>>> + Send;
}

/// The values of a look-up, each with its id.
pub type ValuesOf<L> = Vec<(Id<<L as Lookup>::Of>, <L as Lookup>::Value)>;

/// The key of a [`Lookup`]: `load(ctx, ById::<Project>(id))`.
#[derive_where(Clone, PartialEq, Eq, Hash)]
pub struct ById<L: Lookup>(pub Id<L::Of>);

impl<L: Lookup> Key for ById<L> {
    type Value = L::Value;

    async fn load(
        state: &AppState,
        who: &Requester,
        keys: Vec<Self>,
        _: &Room,
    ) -> Result<Vec<(Self, Self::Value)>> {
        let ids: Vec<Id<L::Of>> = keys.into_iter().map(|key| key.0).collect();
        let found = L::load(state, who, &ids).await?;
        Ok(found
            .into_iter()
            .map(|(id, value)| (Self(id), value))
            .collect())
    }
}

/// A list without pages that hangs on each row of [`ListLookup::Of`].
pub trait ListLookup: 'static {
    /// The rows whose ids are given.
    type Of: 'static;
    /// A row of the list.
    type Row: Send + Sync + 'static;

    /// Loads the lists of all ids in one statement, and only rows that the requester may see: at most `limit` rows in
    /// all. Each list is in its order.
    fn load(
        state: &AppState,
        who: &Requester,
        ids: &[Id<Self::Of>],
        limit: i64,
    ) -> impl Future<Output = Result<RowsOf<Self>>> + Send;
}

/// Rows of lists, each with the id of the row that its list hangs on.
pub type RowsOf<L> = Vec<(Id<<L as ListLookup>::Of>, <L as ListLookup>::Row)>;

/// The key of a [`ListLookup`]: `load_many(ctx, ListOf::<Roles>(id))`.
#[derive_where(Clone, PartialEq, Eq, Hash)]
pub struct ListOf<L: ListLookup>(pub Id<L::Of>);

impl<L: ListLookup> Key for ListOf<L> {
    type Value = Vec<L::Row>;

    async fn load(
        state: &AppState,
        who: &Requester,
        keys: Vec<Self>,
        room: &Room,
    ) -> Result<Vec<(Self, Self::Value)>> {
        let ids: Vec<Id<L::Of>> = keys.into_iter().map(|key| key.0).collect();
        let rows = L::load(state, who, &ids, room.limit()).await?;
        room.check(rows.len()).await?;
        Ok(lists(rows.into_iter().map(|(id, row)| (Self(id), row))))
    }
}
