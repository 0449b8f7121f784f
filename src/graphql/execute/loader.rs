//! Loaders: one statement for each level of a query.
//!
//! The fields of one level request their keys in one round and wait for the next round, when all of them have done so.
//! The first field that is polled in a round continues the batch. All fields that wait for the batch get its result in
//! the same round, so that the next level is also loaded together. If a field is dropped, the others continue the
//! batch. There is no timer. There is no cache, so the payload of a mutation reads what the mutation wrote. Loaders end
//! with their request, because otherwise data could pass from one organisation to another.

use std::any::{Any, TypeId};
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};

use ahash::{HashMap, HashSet};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::budget::{Budget, Room};
use super::rounds::Rounds;
use crate::access::Requester;
use crate::error::Result;
use crate::state::AppState;

/// A key, and how many of them are loaded at once.
pub trait Key: Clone + Eq + Hash + Send + Sync + 'static {
    /// The value of a key. All fields that request it share it.
    type Value: Send + Sync + 'static;

    /// Loads all keys in one statement, and only rows that the requester may see. A key without a value is not in the
    /// result. Every other key is there once. Lists are limited by `room`.
    fn load(
        state: &AppState,
        who: &Requester,
        keys: Vec<Self>,
        room: &Room,
    ) -> impl Future<Output = Result<Vec<(Self, Self::Value)>>> + Send;
}

type Found<K> = Result<Arc<HashMap<K, Arc<<K as Key>::Value>>>>;

/// Keys that are loaded together.
enum Batch<K: Key> {
    /// The batch still accepts keys.
    Open {
        who: Arc<Requester>,
        keys: HashSet<K>,
    },
    Loading {
        found: BoxFuture<'static, Found<K>>,
        /// The round in which the batch was last polled. It is polled once per round.
        polled: usize,
    },
    Loaded(Found<K>),
}

type SharedBatch<K> = Arc<Mutex<Batch<K>>>;

/// The loaders of one request.
pub struct Loaders {
    state: AppState,
    rounds: Rounds,
    budget: Budget,
    /// The newest batch of each type of key. Those who wait for a batch own it: when all of them have given up, it must
    /// not stay behind half done, because its statement may hold up the others on the connection.
    batches: Mutex<HashMap<TypeId, Box<dyn Any + Send>>>,
}

impl Loaders {
    /// Loaders for a request that runs in these rounds within this budget.
    pub(super) fn new(state: AppState, rounds: Rounds, budget: Budget) -> Self {
        Self {
            state,
            rounds,
            budget,
            batches: Mutex::default(),
        }
    }

    /// The value of a key. It is loaded together with the keys of the other fields of the same level.
    ///
    /// # Errors
    /// Those of [`Key::load`].
    pub async fn load<K: Key>(&self, who: Arc<Requester>, key: K) -> Result<Option<Arc<K::Value>>> {
        let batch = self.join(who, key.clone());
        self.rounds.next().await;
        let found = std::future::poll_fn(|wake| self.poll(&mut lock(&batch), wake)).await?;
        Ok(found.get(&key).cloned())
    }

    /// Adds a key to the open batch, or opens a new one.
    fn join<K: Key>(&self, who: Arc<Requester>, key: K) -> SharedBatch<K> {
        let mut batches = lock(&self.batches);
        let newest = batches
            .get(&TypeId::of::<K>())
            .and_then(|batch| batch.downcast_ref::<Weak<Mutex<Batch<K>>>>())
            .and_then(Weak::upgrade);
        // The requester has changed, because an earlier mutation signed somebody in. Nobody waits for the old batch any
        // more.
        if let Some(batch) = &newest
            && let Batch::Open { who: of, keys } = &mut *lock(batch)
            && Arc::ptr_eq(of, &who)
        {
            keys.insert(key);
            return Arc::clone(batch);
        }
        let keys = HashSet::from_iter([key]);
        let batch = Arc::new(Mutex::new(Batch::Open { who, keys }));
        batches.insert(TypeId::of::<K>(), Box::new(Arc::downgrade(&batch)));
        batch
    }

    /// Continues a batch.
    fn poll<K: Key>(&self, batch: &mut Batch<K>, wake: &mut Context<'_>) -> Poll<Found<K>> {
        let round = self.rounds.current();
        if let Batch::Open { who, keys } = batch {
            let (state, who) = (self.state.clone(), Arc::clone(who));
            let keys = std::mem::take(keys).into_iter().collect();
            let room = self.budget.room();
            let found = async move {
                let values = K::load(&state, &who, keys, &room).await?;
                let count = values.len();
                let shared = values
                    .into_iter()
                    .map(|(key, value)| (key, Arc::new(value)));
                let found: HashMap<_, _> = shared.collect();
                debug_assert_eq!(found.len(), count, "a key has two values");
                Ok(Arc::new(found))
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

/// Groups keys that one statement can load together.
pub fn grouped<K, A: Eq + Hash>(keys: Vec<K>, same: impl Fn(&K) -> A) -> HashMap<A, Vec<K>> {
    let mut groups: HashMap<A, Vec<K>> = HashMap::default();
    for key in keys {
        groups.entry(same(&key)).or_default().push(key);
    }
    groups
}

/// The rows of each key, in their order.
pub fn lists<K: Eq + Hash, R>(rows: impl IntoIterator<Item = (K, R)>) -> Vec<(K, Vec<R>)> {
    let mut lists: HashMap<K, Vec<R>> = HashMap::default();
    for (key, row) in rows {
        lists.entry(key).or_default().push(row);
    }
    lists.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_one_list_with_its_rows_in_their_order() {
        let mut lists = lists([("sound", 3), ("light", 1), ("sound", 1), ("sound", 2)]);
        lists.sort();
        assert_eq!(lists, [("light", vec![1]), ("sound", vec![3, 1, 2])]);
    }
}
