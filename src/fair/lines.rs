use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::{Full, Usage};

/// How many of one key may wait. Within the two seconds that a request waits for a connection, a small machine answers
/// a few hundred requests. Whoever stands further back would wait in vain.
pub(super) const QUEUE: usize = 512;

/// For how long after its last use of a gate a key counts as one of those who use it.
pub(super) const RECENT: Duration = Duration::from_secs(1);

/// Most places of one key.
#[derive(Clone, Copy)]
pub(super) struct Shares {
    /// While no other key uses the gate.
    pub alone: usize,
    /// While others do.
    pub among_others: usize,
}

impl Shares {
    /// About two thirds, and never the last one if there are several.
    pub(super) fn always(capacity: usize) -> Self {
        let alone = (capacity * 2)
            .div_ceil(3)
            .min(capacity.saturating_sub(1))
            .max(1);
        Self {
            alone,
            among_others: alone,
        }
    }

    /// The same, but a quarter among others. With two at least, a slow piece of work does not hold up all other work of
    /// its key.
    pub(super) fn yielding(capacity: usize) -> Self {
        let Self { alone, .. } = Self::always(capacity);
        Self {
            alone,
            among_others: (capacity / 4).max(2).min(alone),
        }
    }
}

/// Who holds places and who waits for one.
pub(super) struct Lines<K> {
    shares: Shares,
    /// Whether others yield to a key.
    yields_to: fn(K) -> bool,
    capacity: usize,
    free: usize,
    /// How many wait, over all keys.
    waiting: usize,
    /// The keys that hold a place or wait for one.
    keys: HashMap<K, Line>,
    /// The two keys that others yield to and that used the gate last, and when.
    latest: [Option<(K, Instant)>; 2],
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

impl<K: Copy + Eq + Hash> Lines<K> {
    pub(super) fn new(capacity: usize, shares: Shares, yields_to: fn(K) -> bool) -> Self {
        Self {
            shares,
            yields_to,
            capacity,
            free: capacity,
            waiting: 0,
            keys: HashMap::new(),
            latest: [None; 2],
            count: 0,
        }
    }

    pub(super) fn usage(&self) -> Usage {
        Usage {
            held: self.capacity - self.free,
            waiting: self.waiting,
            capacity: self.capacity,
        }
    }

    /// Takes places if there are so many. Others may wait although there is room: they hold their whole share.
    pub(super) fn take(&mut self, key: K, places: usize, now: Instant) -> bool {
        let held = self.keys.get(&key).map_or(0, |line| line.held);
        let is_room = places <= self.free && held + places <= self.share(key, now);
        self.note(key, now);
        if is_room {
            self.free -= places;
            self.keys.entry(key).or_default().held += places;
        }
        is_room
    }

    /// Takes a place (`None`), or a ticket to wait with.
    pub(super) fn ask(
        &mut self,
        key: K,
        now: Instant,
    ) -> Result<Option<(u64, oneshot::Receiver<()>)>, Full> {
        self.grant_all(now);
        let is_first = self
            .keys
            .get(&key)
            .is_none_or(|line| line.waiting.is_empty());
        if is_first && self.take(key, 1, now) {
            return Ok(None);
        }
        self.note(key, now);
        let ticket = self.tick();
        let line = self.keys.entry(key).or_default();
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
    pub(super) fn leave(&mut self, key: K, places: usize, now: Instant) {
        self.free += places;
        if let Some(line) = self.keys.get_mut(&key) {
            line.held -= places;
        }
        self.note(key, now);
        self.forget_if_idle(key);
        self.grant_all(now);
    }

    /// Gives the free places to those who wait, as far as they may have them. A share can grow without anybody leaving:
    /// when others have not used the gate for [`RECENT`].
    pub(super) fn grant_all(&mut self, now: Instant) {
        while self.free > 0 && self.waiting > 0 && self.grant(now) {}
    }

    /// Gives a free place to the next that waits, if anybody may have it.
    fn grant(&mut self, now: Instant) -> bool {
        let waiting = self
            .keys
            .iter()
            .filter(|(key, line)| !line.waiting.is_empty() && line.held < self.share(**key, now));
        let next = waiting.min_by_key(|(_, line)| (line.held, line.turn));
        let Some(key) = next.map(|(key, _)| *key) else {
            return false;
        };
        let turn = self.tick();
        if let Some(line) = self.keys.get_mut(&key)
            && let Some((_, grant)) = line.waiting.pop_front()
        {
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
    pub(super) fn gives_up(&mut self, key: K, ticket: u64) -> bool {
        let Some(line) = self.keys.get_mut(&key) else {
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

    /// Most places of a key right now.
    fn share(&self, key: K, now: Instant) -> usize {
        let is_other = |other: &K| *other != key && (self.yields_to)(*other);
        let is_recent = |(other, at): &(K, Instant)| is_other(other) && now - *at < RECENT;
        if self.keys.keys().any(is_other) || self.latest.iter().flatten().any(is_recent) {
            self.shares.among_others
        } else {
            self.shares.alone
        }
    }

    /// Remembers that a key uses the gate.
    fn note(&mut self, key: K, now: Instant) {
        if !(self.yields_to)(key) {
            return;
        }
        if self.latest[0].is_none_or(|(latest, _)| latest != key) {
            self.latest[1] = self.latest[0];
        }
        self.latest[0] = Some((key, now));
    }

    fn forget_if_idle(&mut self, key: K) {
        let line = self.keys.get(&key);
        if line.is_some_and(|line| line.held == 0 && line.waiting.is_empty()) {
            self.keys.remove(&key);
        }
    }

    fn tick(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    /// Whether all places are free and nobody is remembered but for their last use.
    #[cfg(test)]
    pub(super) fn is_idle(&self) -> bool {
        self.free == self.capacity && self.waiting == 0 && self.keys.is_empty()
    }
}
