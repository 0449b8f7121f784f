//! What a resolver finds in its context: the server's state, who asks, and the request's loaders.

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::Context;

use super::execute::loader::{Key, Loaders};
use super::execute::object::Many;
use crate::access::{Anonymous, Client, Member, Requester, unauthenticated};
use crate::error::{AppError, Result};
use crate::state::AppState;

/// Who asks, or why nobody is signed in. An authentication mutation sets it, so that its payload can be read as the
/// account signed in.
pub struct CurrentRequester(Mutex<Result<Arc<Requester>, Anonymous>>);

impl CurrentRequester {
    /// The requester that the access token stands for.
    #[must_use]
    pub fn new(requester: Result<Requester, Anonymous>) -> Self {
        Self(Mutex::new(requester.map(Arc::new)))
    }

    fn get(&self) -> Result<Arc<Requester>, Anonymous> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// From here on the request runs as somebody else, or as nobody.
    pub fn set(&self, requester: Result<Requester, Anonymous>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = requester.map(Arc::new);
    }
}

/// The server's state.
pub fn state<'a>(ctx: &Context<'a>) -> &'a AppState {
    ctx.data_unchecked::<AppState>()
}

/// The program that asks.
pub fn client(ctx: &Context<'_>) -> Client {
    ctx.data_unchecked::<Client>().clone()
}

/// Who asks, if anybody is signed in.
///
/// # Errors
/// Why nobody is.
pub fn requester(ctx: &Context<'_>) -> Result<Arc<Requester>, Anonymous> {
    ctx.data_unchecked::<CurrentRequester>().get()
}

/// Who asks.
///
/// # Errors
/// `UNAUTHENTICATED` if nobody is signed in.
pub fn signed_in(ctx: &Context<'_>) -> Result<Arc<Requester>> {
    requester(ctx).map_err(unauthenticated)
}

/// Who asks, as a member of the organisation.
///
/// # Errors
/// `UNAUTHENTICATED` if nobody is signed in, `FORBIDDEN` without an organisation.
pub fn member(ctx: &Context<'_>) -> Result<Member> {
    signed_in(ctx)?.member()
}

/// The value of a key, loaded together with those that other fields of the level ask for.
///
/// # Errors
/// `UNAUTHENTICATED` if nobody is signed in, and those of the key.
pub async fn load<K: Key>(ctx: &Context<'_>, key: K) -> Result<Option<Arc<K::Value>>> {
    let who = signed_in(ctx)?;
    ctx.data_unchecked::<Loaders>().load(who, key).await
}

/// The value of a key that a foreign key promises to be there.
///
/// # Errors
/// As [`load`]; `NOT_FOUND` if it is gone all the same.
pub async fn load_one<K: Key>(ctx: &Context<'_>, key: K) -> Result<Arc<K::Value>> {
    load(ctx, key).await?.ok_or_else(AppError::not_found)
}

/// The list of a key; an empty one where there is none.
///
/// # Errors
/// As [`load`].
pub async fn load_many<T, K: Key<Value = Vec<T>>>(ctx: &Context<'_>, key: K) -> Result<Many<T>> {
    Ok(load(ctx, key).await?.unwrap_or_default().into())
}
