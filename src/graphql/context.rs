//! Access to the context of a resolver: the server's state, the requester and the request's loaders.

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::Context;

use super::execute::loader::{Key, Loaders};
use super::execute::object::Many;
use crate::access::{Anonymous, Client, Member, Requester, unauthenticated};
use crate::error::{AppError, Result};
use crate::state::AppState;

/// The requester, or why nobody is signed in. An authentication mutation sets it, so that its payload is read with the
/// rights of the account that signed in.
pub struct CurrentRequester(Mutex<Result<Arc<Requester>, Anonymous>>);

impl CurrentRequester {
    /// The requester of the access token.
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

    /// Sets the requester for the rest of the request.
    pub fn set(&self, requester: Result<Requester, Anonymous>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = requester.map(Arc::new);
    }
}

/// The server's state.
pub fn state<'a>(ctx: &Context<'a>) -> &'a AppState {
    ctx.data_unchecked::<AppState>()
}

/// The client program.
pub fn client(ctx: &Context<'_>) -> Client {
    ctx.data_unchecked::<Client>().clone()
}

/// The requester, if anybody is signed in.
///
/// # Errors
/// The reason if nobody is signed in.
pub fn requester(ctx: &Context<'_>) -> Result<Arc<Requester>, Anonymous> {
    ctx.data_unchecked::<CurrentRequester>().get()
}

/// The requester.
///
/// # Errors
/// `UNAUTHENTICATED` if nobody is signed in.
pub fn signed_in(ctx: &Context<'_>) -> Result<Arc<Requester>> {
    requester(ctx).map_err(unauthenticated)
}

/// The requester as a member of the organisation.
///
/// # Errors
/// `UNAUTHENTICATED` if nobody is signed in, `FORBIDDEN` without an organisation.
pub fn member(ctx: &Context<'_>) -> Result<Member> {
    signed_in(ctx)?.member()
}

/// The value of a key. It is loaded together with the keys of the other fields of the same level.
///
/// # Errors
/// `UNAUTHENTICATED` if nobody is signed in, and those of the key.
pub async fn load<K: Key>(ctx: &Context<'_>, key: K) -> Result<Option<Arc<K::Value>>> {
    let who = signed_in(ctx)?;
    ctx.data_unchecked::<Loaders>().load(who, key).await
}

/// The value of a key that must exist because of a foreign key.
///
/// # Errors
/// As [`load`]; `NOT_FOUND` if it was deleted in the meantime.
pub async fn load_one<K: Key>(ctx: &Context<'_>, key: K) -> Result<Arc<K::Value>> {
    load(ctx, key).await?.ok_or_else(AppError::not_found)
}

/// The list of a key, or an empty list.
///
/// # Errors
/// As [`load`].
pub async fn load_many<T, K: Key<Value = Vec<T>>>(ctx: &Context<'_>, key: K) -> Result<Many<T>> {
    Ok(load(ctx, key).await?.unwrap_or_default().into())
}
