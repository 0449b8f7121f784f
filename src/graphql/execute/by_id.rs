//! What is found for the id of a row: the row itself, or what hangs on it.

use std::collections::HashMap;

use derive_where::derive_where;

use super::loader::Key;
use crate::access::Requester;
use crate::db::types::Id;
use crate::error::Result;
use crate::state::AppState;

/// Something that is found by the ids of rows of [`Lookup::Of`], for many of them in one statement.
pub trait Lookup: 'static {
    /// The rows whose ids are given.
    type Of: 'static;
    /// What is found for each.
    type Value: Send + Sync + 'static;

    /// Finds all of them in one statement, within what the requester may see. An id without a value is left out.
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
