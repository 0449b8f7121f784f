//! A gate in front of something scarce, such as a pool of connections. It shares the places out among keys, such as
//! organisations, so that no key keeps the others waiting for long.
//!
//! A key holds at most its share of the places. A place that becomes free goes to the waiting key that holds the
//! fewest. Keys that hold equally many take turns. Within a key the order is that of arrival.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// How many of one key may wait. Within the two seconds that a request waits for a connection, a small machine answers
/// a few hundred requests. Whoever stands further back would wait in vain.
const QUEUE: usize = 512;

/// Hands out places. Cheap to clone.
#[derive(Clone)]
pub struct Gate<K>(Arc<Inner<K>>);

struct Inner<K> {
    /// Most places of one key.
    share: usize,
    capacity: usize,
    state: Mutex<State<K>>,
}

struct State<K> {
    free: usize,
    /// How many wait, over all keys.
    waiting: usize,
    /// The keys that hold a place or wait for one.
    lines: HashMap<K, Line>,
    /// Grows with each arrival and each grant.
    count: u64,
}

#[derive(Default)]
struct Line {
    held: usize,
    /// Of two keys that hold equally many places, the one with the lower number is next.
    turn: u64,
    /// Their tickets, in ascending order, and what wakes them.
    waiting: VecDeque<(u64, oneshot::Sender<()>)>,
}

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
        let state = State {
            free: capacity,
            waiting: 0,
            lines: HashMap::new(),
            count: 0,
        };
        Self(Arc::new(Inner {
            share: share(capacity),
            capacity,
            state: Mutex::new(state),
        }))
    }

    /// Waits for a place. If there is room, this takes a lock for a moment and nothing else. Whoever drops the future
    /// leaves the queue.
    ///
    /// # Errors
    /// [`Full`] if the queue of the key is full.
    pub async fn enter(&self, key: K) -> Result<Place<K>, Full> {
        let asked = self.lock().ask(key, self.0.share)?;
        if let Some((ticket, granted)) = asked {
            let mut waiting = Waiting {
                gate: self,
                key,
                ticket,
                is_done: false,
            };
            // The other end is in the queue until it is used.
            let _ = granted.await;
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
        let is_in = self.lock().take(key, self.0.share, places);
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
        let state = self.lock();
        Usage {
            held: self.0.capacity - state.free,
            waiting: state.waiting,
            capacity: self.0.capacity,
        }
    }

    /// How many places are taken.
    pub fn held(&self) -> usize {
        self.0.capacity - self.lock().free
    }

    fn lock(&self) -> MutexGuard<'_, State<K>> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Most places of one key.
fn share(capacity: usize) -> usize {
    (capacity * 2)
        .div_ceil(3)
        .min(capacity.saturating_sub(1))
        .max(1)
}

impl<K: Copy + Eq + Hash> Drop for Place<K> {
    fn drop(&mut self) {
        let share = self.gate.0.share;
        self.gate.lock().leave(self.key, share, self.places);
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
        let mut state = self.gate.lock();
        if !state.gives_up(self.key, self.ticket) {
            state.leave(self.key, self.gate.0.share, 1);
        }
    }
}

impl<K: Copy + Eq + Hash> State<K> {
    /// Takes places if there are so many. Others may wait although there is room: they hold their whole share.
    fn take(&mut self, key: K, share: usize, places: usize) -> bool {
        let held = self.lines.get(&key).map_or(0, |line| line.held);
        if self.free < places || held + places > share {
            return false;
        }
        self.free -= places;
        self.lines.entry(key).or_default().held += places;
        true
    }

    /// Takes a place (`None`), or a ticket to wait with.
    fn ask(&mut self, key: K, share: usize) -> Result<Option<(u64, oneshot::Receiver<()>)>, Full> {
        if self.take(key, share, 1) {
            return Ok(None);
        }
        let ticket = self.tick();
        let line = self.lines.entry(key).or_default();
        if line.waiting.len() >= QUEUE {
            return Err(Full);
        }
        if line.waiting.is_empty() {
            line.turn = ticket;
        }
        let (grant, granted) = oneshot::channel();
        line.waiting.push_back((ticket, grant));
        self.waiting += 1;
        Ok(Some((ticket, granted)))
    }

    /// Gives places back.
    fn leave(&mut self, key: K, share: usize, places: usize) {
        self.free += places;
        if let Some(line) = self.lines.get_mut(&key) {
            line.held -= places;
        }
        self.forget_if_idle(key);
        while self.free > 0 && self.waiting > 0 && self.grant(share) {}
    }

    /// Gives a free place to the next that waits, if anybody may have it.
    fn grant(&mut self, share: usize) -> bool {
        let turn = self.tick();
        let may_have = |line: &&mut Line| line.held < share && !line.waiting.is_empty();
        let lines = self.lines.values_mut().filter(may_have);
        let Some(line) = lines.min_by_key(|line| (line.held, line.turn)) else {
            return false;
        };
        if let Some((_, grant)) = line.waiting.pop_front() {
            self.free -= 1;
            self.waiting -= 1;
            line.held += 1;
            line.turn = turn;
            // It is listening: it leaves the queue before it stops.
            let _ = grant.send(());
        }
        true
    }

    /// Whether a ticket was still in the queue, and is out of it now.
    fn gives_up(&mut self, key: K, ticket: u64) -> bool {
        let Some(line) = self.lines.get_mut(&key) else {
            return false;
        };
        let Ok(at) = line
            .waiting
            .binary_search_by_key(&ticket, |waiter| waiter.0)
        else {
            return false;
        };
        line.waiting.remove(at);
        self.waiting -= 1;
        self.forget_if_idle(key);
        true
    }

    fn forget_if_idle(&mut self, key: K) {
        let line = self.lines.get(&key);
        if line.is_some_and(|line| line.held == 0 && line.waiting.is_empty()) {
            self.lines.remove(&key);
        }
    }

    fn tick(&mut self) -> u64 {
        self.count += 1;
        self.count
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;

    use futures_util::FutureExt;

    use super::*;

    type Entering<'a> = Pin<Box<dyn Future<Output = Result<Place<char>, Full>> + Send + 'a>>;

    fn enter(gate: &Gate<char>, key: char) -> Place<char> {
        let entered = gate.enter(key).now_or_never();
        entered.expect("there is room").expect("a queue")
    }

    fn wait(gate: &Gate<char>, key: char) -> Entering<'_> {
        let mut entering: Entering = Box::pin(gate.enter(key));
        assert!((&mut entering).now_or_never().is_none(), "{key} waits");
        entering
    }

    fn taken(entering: &mut Entering) -> Option<Place<char>> {
        entering
            .now_or_never()
            .map(|entered| entered.expect("a place"))
    }

    #[test]
    fn a_key_may_hold_two_thirds_and_leaves_a_place_to_others() {
        let shares: Vec<_> = (1..=10).map(share).collect();
        assert_eq!(shares, [1, 1, 2, 3, 4, 4, 5, 6, 6, 7]);
        for capacity in 1..=10 {
            let gate = Gate::new(capacity);
            let held: Vec<_> = (0..share(capacity)).map(|_| enter(&gate, 'a')).collect();
            let mut beyond = wait(&gate, 'a');
            assert!(gate.try_enter('a').is_none());
            assert_eq!(gate.try_enter('b').is_some(), capacity > 1);
            drop(held);
            drop(taken(&mut beyond).expect("a place became free"));
            assert!(gate.lock().lines.is_empty());
            assert_eq!(gate.lock().free, capacity);
        }
    }

    #[test]
    fn a_free_place_goes_to_the_key_that_holds_the_fewest() {
        let gate = Gate::new(3);
        let (a1, a2, b1) = (enter(&gate, 'a'), enter(&gate, 'a'), enter(&gate, 'b'));
        let (mut a3, mut b2, mut c1) = (wait(&gate, 'a'), wait(&gate, 'b'), wait(&gate, 'c'));
        drop(a1);
        let c1 = taken(&mut c1).expect("it holds none");
        drop(c1);
        // Both hold one now, and the other one came first.
        let a3 = taken(&mut a3).expect("it is its turn");
        assert!(taken(&mut b2).is_none());
        drop(a2);
        let b2 = taken(&mut b2).expect("it is the only one");
        drop((a3, b1, b2));
        assert_eq!(gate.lock().free, 3);
    }

    #[test]
    fn keys_take_turns_at_a_single_place() {
        let gate = Gate::new(1);
        let mut held = enter(&gate, 'a');
        let mut queue: Vec<_> = "aaaabbcab".chars().map(|key| wait(&gate, key)).collect();
        let mut order = Vec::new();
        while order.len() < queue.len() {
            drop(held);
            let next = queue.iter_mut().enumerate();
            let mut next = next.filter_map(|(at, entering)| Some((at, taken(entering)?)));
            let (at, place) = next.next().expect("one of them");
            assert!(next.next().is_none(), "two places");
            order.push((place.key, at));
            held = place;
            // A future must not be polled again when it is done.
            queue[at] = std::future::pending().boxed();
        }
        let keys: String = order.iter().map(|(key, _)| *key).collect();
        assert_eq!(keys, "abcababaa");
        // Within a key, in the order of arrival.
        for key in "abc".chars() {
            let of_key = order.iter().filter(|(of, _)| *of == key);
            assert!(of_key.map(|(_, at)| at).is_sorted());
        }
    }

    #[test]
    fn several_places_are_taken_together_or_not_at_all() {
        let gate = Gate::new(6);
        let three = gate.try_enter_many('a', 3).expect("there is room");
        assert!(gate.try_enter_many('a', 2).is_none());
        let one = gate.try_enter_many('a', 1).expect("its share is four");
        assert!(gate.try_enter_many('b', 3).is_none());
        assert_eq!(gate.held(), 4);
        let mut waits = wait(&gate, 'a');
        drop(three);
        assert!(taken(&mut waits).is_some());
        drop(one);
        assert_eq!(gate.held(), 0);
    }

    #[test]
    fn the_queue_of_a_key_is_bounded_and_that_of_another_is_not_touched() {
        let gate = Gate::new(1);
        let held = enter(&gate, 'a');
        let mut queue: Vec<_> = (0..QUEUE).map(|_| wait(&gate, 'a')).collect();
        let beyond = gate.enter('a').now_or_never();
        assert_eq!(beyond.expect("at once").err(), Some(Full));
        let mut other = wait(&gate, 'b');
        // Whoever gives up makes room for another.
        drop(queue.remove(QUEUE / 2));
        queue.push(wait(&gate, 'a'));
        drop(held);
        assert!(taken(&mut queue[0]).is_some());
        assert!(taken(&mut other).is_some());
    }

    #[test]
    fn a_grant_to_somebody_who_has_gone_goes_to_the_next() {
        let gate = Gate::new(1);
        let held = enter(&gate, 'a');
        let (gone, mut next) = (wait(&gate, 'a'), wait(&gate, 'b'));
        // It is granted and was not polled since.
        drop(held);
        drop(gone);
        drop(taken(&mut next).expect("the place was handed on"));
        // The same when nobody else waits.
        let held = enter(&gate, 'a');
        let gone = wait(&gate, 'a');
        drop(held);
        drop(gone);
        drop(enter(&gate, 'b'));
        assert!(gate.lock().lines.is_empty());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn no_place_is_lost_or_given_twice_among_many_that_come_and_go() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        let (gate, inside) = (Gate::new(5), Arc::new(AtomicUsize::new(0)));
        let tasks = (0..64_u32).map(|task| {
            let (gate, inside) = (gate.clone(), Arc::clone(&inside));
            tokio::spawn(async move {
                for round in 0..200_u32 {
                    let mut entering = Box::pin(gate.enter(task % 7));
                    let looked = (&mut entering).now_or_never();
                    // Every third gives up after one look.
                    if looked.is_none() && (task + round) % 3 == 0 {
                        drop(entering);
                        tokio::task::yield_now().await;
                        continue;
                    }
                    let place = match looked {
                        Some(entered) => entered,
                        None => entering.await,
                    };
                    let place = place.expect("the queue is long enough");
                    assert!(inside.fetch_add(1, Ordering::SeqCst) < 5);
                    tokio::task::yield_now().await;
                    inside.fetch_sub(1, Ordering::SeqCst);
                    drop(place);
                }
            })
        });
        futures_util::future::try_join_all(tasks)
            .await
            .expect("no panic");
        let state = gate.lock();
        assert_eq!((state.free, state.waiting, state.lines.len()), (5, 0, 0));
    }
}
