//! A gate in front of something scarce, such as a pool of connections. It shares the places out among keys, such as
//! organisations, so that no key keeps the others waiting for long.
//!
//! A key holds at most its share of the places. A place that becomes free goes to the waiting key that holds the
//! fewest. Keys that hold equally many take turns. Within a key the order is that of arrival.

mod lines;
#[cfg(test)]
mod tests;

use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use lines::{Lines, RECENT, Shares};
use tokio::time::timeout;

/// Hands out places. Cheap to clone.
#[derive(Clone)]
pub struct Gate<K>(Arc<Mutex<Lines<K>>>);

/// How much of a gate is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Places that are taken.
    pub held: usize,
    /// How many wait for one.
    pub waiting: usize,
    /// All places.
    pub capacity: usize,
}

/// A place, or several. Dropping it hands it to the next that waits.
#[must_use]
pub struct Place<K: Copy + Eq + Hash> {
    gate: Gate<K>,
    key: K,
    places: usize,
}

/// Too many of the same key wait already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many others of the same key wait already")]
pub struct Full;

impl<K: Copy + Eq + Hash> Gate<K> {
    /// A gate with this many places. One key may hold about two thirds of them, and never the last one if there are
    /// several.
    pub fn new(capacity: usize) -> Self {
        Self::with(Lines::new(capacity, Shares::always(capacity), |_| false))
    }

    /// The same, but while other keys use the gate too, one key may hold only a quarter of the places, or two if that is
    /// more. For work that slows down the work of others although they have a place. `to` says which keys count as others.
    pub fn yielding(capacity: usize, to: fn(K) -> bool) -> Self {
        Self::with(Lines::new(capacity, Shares::yielding(capacity), to))
    }

    fn with(lines: Lines<K>) -> Self {
        Self(Arc::new(Mutex::new(lines)))
    }

    /// Waits for a place. If there is room, this takes a lock for a moment and nothing else. Whoever drops the future
    /// leaves the queue.
    ///
    /// # Errors
    /// [`Full`] if the queue of the key is full.
    pub async fn enter(&self, key: K) -> Result<Place<K>, Full> {
        let asked = self.lock().ask(key, Instant::now())?;
        if let Some((ticket, mut granted)) = asked {
            let mut waiting = Waiting {
                gate: self,
                key,
                ticket,
                is_done: false,
            };
            // The other end is in the queue until it is used.
            while timeout(RECENT, &mut granted).await.is_err() {
                self.lock().grant_all(Instant::now());
            }
            waiting.is_done = true;
        }
        Ok(self.place(key, 1))
    }

    /// A place, if there is one at once.
    pub fn try_enter(&self, key: K) -> Option<Place<K>> {
        self.try_enter_many(key, 1)
    }

    /// So many places, if there are as many at once.
    pub fn try_enter_many(&self, key: K, places: usize) -> Option<Place<K>> {
        let is_in = self.lock().take(key, places, Instant::now());
        is_in.then(|| self.place(key, places))
    }

    fn place(&self, key: K, places: usize) -> Place<K> {
        Place {
            gate: self.clone(),
            key,
            places,
        }
    }

    /// How many places are taken and waited for.
    pub fn usage(&self) -> Usage {
        self.lock().usage()
    }

    /// How many places are taken.
    pub fn held(&self) -> usize {
        self.usage().held
    }

    fn lock(&self) -> MutexGuard<'_, Lines<K>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Copy + Eq + Hash> Drop for Place<K> {
    fn drop(&mut self) {
        self.gate
            .lock()
            .leave(self.key, self.places, Instant::now());
    }
}

/// Leaves the queue, or hands on a place that nobody took, when its future is dropped.
struct Waiting<'a, K: Copy + Eq + Hash> {
    gate: &'a Gate<K>,
    key: K,
    ticket: u64,
    is_done: bool,
}

impl<K: Copy + Eq + Hash> Drop for Waiting<'_, K> {
    fn drop(&mut self) {
        if self.is_done {
            return;
        }
        let mut lines = self.gate.lock();
        if !lines.gives_up(self.key, self.ticket) {
            lines.leave(self.key, 1, Instant::now());
        }
    }
}
