//! Loaders: one statement for each level of a query.
//!
//! Fields of one level ask for their keys in one round of the request and then wait for the next; by then all have
//! asked. The first to come back runs the batch, and all who wait for it are woken at once, so that the next level
//! asks together too. A field that gives up hands the batch to the next one. There is no timer and no cache: a
//! mutation's payload reads what the mutation wrote. Loaders live as long as their request: one that outlived it would
//! cross tenants.

use std::any::{Any, TypeId};
use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};

use super::budget::Budget;
use super::rounds::Rounds;
use crate::access::Requester;
use crate::error::{AppError, Result};
use crate::state::State;

/// A key, and how many of them are loaded at once.
pub trait Key: Clone + Eq + Hash + Send + Sync + 'static {
    /// What is found under a key.
    type Value: Clone + Send + Sync + 'static;

    /// Loads all keys in one statement, within what the requester may see. A key without a value is left out.
    fn load(
        state: &State,
        who: &Requester,
        keys: Vec<Self>,
    ) -> impl Future<Output = Result<HashMap<Self, Self::Value>>> + Send;

    /// How many rows a value is.
    fn rows(_value: &Self::Value) -> usize {
        1
    }
}

type Found<K> = Arc<Result<HashMap<K, <K as Key>::Value>>>;

type Batch<K> = Shared<BoxFuture<'static, Found<K>>>;

/// The batch that still takes keys.
struct Open<K: Key> {
    keys: HashSet<K>,
    batch: Batch<K>,
}

type Queue<K> = Arc<Mutex<Option<Open<K>>>>;

/// The loaders of one request.
pub struct Loaders {
    state: State,
    rounds: Rounds,
    queues: Mutex<HashMap<TypeId, Box<dyn Any + Send>>>,
    budget: Budget,
}

impl Loaders {
    /// Loaders for a request that runs in these rounds.
    #[must_use]
    pub fn new(state: State, rounds: Rounds, budget: Budget) -> Self {
        Self {
            state,
            rounds,
            queues: Mutex::default(),
            budget,
        }
    }

    /// The value of a key, loaded together with those that other fields of the level ask for.
    ///
    /// # Errors
    /// Those of [`Key::load`], and of [`Budget::rows`].
    pub async fn load<K: Key>(&self, who: Arc<Requester>, key: K) -> Result<Option<K::Value>> {
        // One row at least: who asks for too much has not even asked.
        self.budget.rows(1).await?;
        let batch = self.join(who, key.clone());
        self.rounds.next().await;
        match batch.await.as_ref() {
            Ok(found) => {
                let value = found.get(&key);
                let more = value.map_or(0, |value| K::rows(value).saturating_sub(1));
                self.budget.rows(more).await?;
                Ok(value.cloned())
            }
            Err(error) => Err(AppError::clone(error)),
        }
    }

    /// Adds a key to the batch that is open, or opens one.
    fn join<K: Key>(&self, who: Arc<Requester>, key: K) -> Batch<K> {
        let queue = self.queue::<K>();
        let mut locked = queue.lock().unwrap_or_else(PoisonError::into_inner);
        let open = locked.get_or_insert_with(|| {
            let (state, queue) = (self.state.clone(), Arc::clone(&queue));
            let batch = async move {
                let open = queue.lock().unwrap_or_else(PoisonError::into_inner).take();
                let keys = open
                    .map(|open| open.keys.into_iter().collect())
                    .unwrap_or_default();
                Arc::new(K::load(&state, &who, keys).await)
            };
            Open {
                keys: HashSet::new(),
                batch: batch.boxed().shared(),
            }
        });
        open.keys.insert(key);
        open.batch.clone()
    }

    fn queue<K: Key>(&self) -> Queue<K> {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = queues
            .entry(TypeId::of::<K>())
            .or_insert_with(|| Box::new(Queue::<K>::default()));
        match queue.downcast_ref::<Queue<K>>() {
            Some(queue) => Arc::clone(queue),
            None => unreachable!("each queue stands under its own type"),
        }
    }
}

/// Sorts keys into groups that one statement can load: those that ask for the same.
pub fn grouped<K, A: Eq + Hash>(keys: Vec<K>, same: impl Fn(&K) -> A) -> HashMap<A, Vec<K>> {
    let mut groups: HashMap<A, Vec<K>> = HashMap::new();
    for key in keys {
        groups.entry(same(&key)).or_default().push(key);
    }
    groups
}
