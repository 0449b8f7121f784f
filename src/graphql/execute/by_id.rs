//! Lookups by the id of a row: the row itself, or data that belongs to it.

use std::collections::HashMap;

use derive_where::derive_where;

use super::loader::Key;
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

    /// Loads the values of all ids in one statement, and only those that the requester may see. The result lacks ids
    /// without a value.
    fn load(
        state: &AppState,
        who: &Requester,
        ids: &[Id<Self::Of>],
    ) -> impl Future<Output = Result<HashMap<Id<Self::Of>, Self::Value>>> + Send;
}

/// The key of a [`Lookup`]: `load(ctx, ById::<User>(id))`.
#[derive_where(Clone, PartialEq, Eq, Hash)]
pub struct ById<L: Lookup>(pub Id<L::Of>);

impl<L: Lookup> Key for ById<L> {
    type Value = L::Value;

    async fn load(
        state: &AppState,
        who: &Requester,
        keys: Vec<Self>,
    ) -> Result<HashMap<Self, Self::Value>> {
        let ids: Vec<Id<L::Of>> = keys.into_iter().map(|key| key.0).collect();
        let found = L::load(state, who, &ids).await?;
        Ok(found
            .into_iter()
            .map(|(id, value)| (Self(id), value))
            .collect())
    }
}
