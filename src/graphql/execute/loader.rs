//! Loaders: one statement for each level of a query.
//!
//! Fields of one level ask for their keys in one round of the request and then wait for the next; by then all have
//! asked. Whoever is polled first in a round runs the batch on, and all who wait for it find what it loaded in the same
//! round, so that the next level asks together too. A field that gives up leaves the batch to the others. There is no
//! timer and no cache: a mutation's payload reads what the mutation wrote. Loaders live as long as their request: one
//! that outlived it would cross tenants.

use std::any::{Any, TypeId};
use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::rounds::Rounds;
use crate::access::Requester;
use crate::error::Result;
use crate::state::AppState;

/// A key, and how many of them are loaded at once.
pub trait Key: Clone + Eq + Hash + Send + Sync + 'static {
    /// What is found under a key. All who ask for it share it.
    type Value: Send + Sync + 'static;

    /// Loads all keys in one statement, within what the requester may see. A key without a value is left out.
    fn load(
        state: &AppState,
        who: &Requester,
        keys: Vec<Self>,
    ) -> impl Future<Output = Result<HashMap<Self, Self::Value>>> + Send;
}

type Found<K> = Result<Arc<HashMap<K, Arc<<K as Key>::Value>>>>;

/// Keys that are loaded together.
enum Batch<K: Key> {
    /// It takes keys.
    Open {
        who: Arc<Requester>,
        keys: HashSet<K>,
    },
    Loading {
        found: BoxFuture<'static, Found<K>>,
        /// The round in which it was polled last: once in each is enough.
        polled: usize,
    },
    Loaded(Found<K>),
}

type SharedBatch<K> = Arc<Mutex<Batch<K>>>;

/// The loaders of one request.
pub struct Loaders {
    state: AppState,
    rounds: Rounds,
    /// The newest batch of each type of key.
    batches: Mutex<HashMap<TypeId, Box<dyn Any + Send>>>,
}

impl Loaders {
    /// Loaders for a request that runs in these rounds.
    pub(super) fn new(state: AppState, rounds: Rounds) -> Self {
        Self {
            state,
            rounds,
            batches: Mutex::default(),
        }
    }

    /// The value of a key, loaded together with those that other fields of the level ask for.
    ///
    /// # Errors
    /// Those of [`Key::load`].
    pub async fn load<K: Key>(&self, who: Arc<Requester>, key: K) -> Result<Option<Arc<K::Value>>> {
        let batch = self.join(who, key.clone());
        self.rounds.next().await;
        let found = std::future::poll_fn(|wake| self.poll(&mut lock(&batch), wake)).await?;
        Ok(found.get(&key).cloned())
    }

    /// Adds a key to the batch that is open, or opens one.
    fn join<K: Key>(&self, who: Arc<Requester>, key: K) -> SharedBatch<K> {
        let mut batches = lock(&self.batches);
        let newest = batches
            .get(&TypeId::of::<K>())
            .and_then(|batch| batch.downcast_ref::<SharedBatch<K>>());
        // Another who: a mutation that ran before has signed somebody else in, and nobody waits for its batch any more.
        if let Some(batch) = newest
            && let Batch::Open { who: of, keys } = &mut *lock(batch)
            && Arc::ptr_eq(of, &who)
        {
            keys.insert(key);
            return Arc::clone(batch);
        }
        let keys = HashSet::from([key]);
        let batch = Arc::new(Mutex::new(Batch::Open { who, keys }));
        batches.insert(TypeId::of::<K>(), Box::new(Arc::clone(&batch)));
        batch
    }

    /// Runs a batch on.
    fn poll<K: Key>(&self, batch: &mut Batch<K>, wake: &mut Context<'_>) -> Poll<Found<K>> {
        let round = self.rounds.current();
        if let Batch::Open { who, keys } = batch {
            let (state, who) = (self.state.clone(), Arc::clone(who));
            let keys = std::mem::take(keys).into_iter().collect();
            let found = async move {
                let values = K::load(&state, &who, keys).await?;
                let shared = values
                    .into_iter()
                    .map(|(key, value)| (key, Arc::new(value)));
                Ok(Arc::new(shared.collect()))
            };
            let (found, polled) = (found.boxed(), 0);
            *batch = Batch::Loading { found, polled };
        }
        match batch {
            Batch::Loading { found, polled } if *polled != round => {
                *polled = round;
                let found = std::task::ready!(found.poll_unpin(wake));
                *batch = Batch::Loaded(found.clone());
                Poll::Ready(found)
            }
            Batch::Loaded(found) => Poll::Ready(found.clone()),
            _ => Poll::Pending,
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sorts keys into groups that one statement can load: those that ask for the same.
pub fn grouped<K, A: Eq + Hash>(keys: Vec<K>, same: impl Fn(&K) -> A) -> HashMap<A, Vec<K>> {
    let mut groups: HashMap<A, Vec<K>> = HashMap::new();
    for key in keys {
        groups.entry(same(&key)).or_default().push(key);
    }
    groups
}
