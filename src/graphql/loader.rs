//! Loaders: one statement for each level of a query.
//!
//! Fields of one level ask for their keys while the executor polls them one after the other; each steps back once
//! before it waits, so that by then all have asked. The first to come back sends the whole batch to a task of its
//! own, which a field that gives up cannot take with it. There is no timer and no cache: a mutation's payload
//! reads what the mutation wrote. Loaders live as long as their request: one that outlived it would cross tenants.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::access::Requester;
use crate::error::{AppError, Result};
use crate::state::State;

/// A key, and how many of them are loaded at once.
pub trait Key: Clone + Eq + Hash + Send + Sync + 'static {
    /// What is found under a key.
    type Value: Clone + Send + 'static;

    /// Loads all keys in one statement, within what the requester may see. A key without a value is left out.
    fn load(
        state: &State,
        who: &Requester,
        keys: Vec<Self>,
    ) -> impl Future<Output = Result<HashMap<Self, Self::Value>>> + Send;
}

type Waiters<K> = HashMap<K, Vec<oneshot::Sender<Result<Option<<K as Key>::Value>>>>>;
type Queue<K> = Arc<Mutex<Waiters<K>>>;

/// The loaders of one request.
pub struct Loaders {
    state: State,
    queues: Mutex<HashMap<TypeId, Box<dyn Any + Send>>>,
}

impl Loaders {
    /// Loaders for a new request.
    #[must_use]
    pub fn new(state: State) -> Self {
        Self {
            state,
            queues: Mutex::default(),
        }
    }

    /// The value of a key, loaded together with those that other fields of the level ask for.
    ///
    /// # Errors
    /// Those of [`Key::load`].
    pub async fn load<K: Key>(&self, who: Arc<Requester>, key: K) -> Result<Option<K::Value>> {
        let queue = self.queue::<K>();
        let (sender, receiver) = oneshot::channel();
        let locked = queue.lock();
        locked
            .unwrap_or_else(PoisonError::into_inner)
            .entry(key)
            .or_default()
            .push(sender);
        tokio::task::yield_now().await;
        self.dispatch(&queue, who);
        receiver.await.map_err(AppError::internal)?
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

    fn dispatch<K: Key>(&self, queue: &Queue<K>, who: Arc<Requester>) {
        let waiters = std::mem::take(&mut *queue.lock().unwrap_or_else(PoisonError::into_inner));
        if waiters.is_empty() {
            return;
        }
        let state = self.state.clone();
        tokio::spawn(async move {
            let keys = waiters.keys().cloned().collect();
            let found = K::load(&state, &who, keys).await;
            for (key, senders) in waiters {
                let value = found.as_ref().map(|found| found.get(&key).cloned());
                for sender in senders {
                    // A field that gave up no longer listens.
                    let _ = sender.send(value.clone().map_err(AppError::clone));
                }
            }
        });
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
