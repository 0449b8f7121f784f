//! The connections that are open, how many there may be, and when one of them is closed.
//!
//! Each connection holds a place. It takes one step after the other: it waits for a request, it receives the headers of
//! one, it runs it. Once a second [`Connections::sweep`] closes the connections that stay at a step for too long.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::limits::Limits;
use super::place::Place;
use crate::address::Address;

/// How long the server waits before it looks again for a connection that it can close to make room.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// All open connections.
pub struct Connections {
    pub limits: Limits,
    places: Mutex<Vec<Arc<Place>>>,
    free: Arc<Semaphore>,
    /// How many were refused or closed for lack of room since the last sweep.
    refused: AtomicU64,
    /// Told when the last place is free.
    is_empty: Notify,
}

/// A place that a connection holds. Dropping it frees the place.
pub struct Held {
    connections: Arc<Connections>,
    pub place: Arc<Place>,
    /// `None` if there was no room for it.
    permit: Option<OwnedSemaphorePermit>,
}

impl Held {
    /// Whether the connection is beyond the limits, so that its request must be refused.
    pub fn is_beyond(&self) -> bool {
        self.permit.is_none()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut places = self.connections.places();
        if let Some(index) = places
            .iter()
            .position(|place| Arc::ptr_eq(place, &self.place))
        {
            places.swap_remove(index);
        }
        if places.is_empty() {
            self.connections.is_empty.notify_waiters();
        }
    }
}

impl Connections {
    pub fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            free: Arc::new(Semaphore::new(limits.all)),
            limits,
            places: Mutex::default(),
            refused: AtomicU64::new(0),
            is_empty: Notify::new(),
        })
    }

    /// Waits for room for one more connection. If there is none, it closes one that runs no request.
    pub async fn room(&self) -> OwnedSemaphorePermit {
        loop {
            if let Ok(permit) = Arc::clone(&self.free).try_acquire_owned() {
                return permit;
            }
            self.make_room(None, Instant::now());
            let freed = Arc::clone(&self.free).acquire_owned();
            if let Ok(Ok(permit)) = tokio::time::timeout(LOOK_AGAIN, freed).await {
                return permit;
            }
        }
    }

    /// Resolves when no connection is open.
    pub async fn none_left(&self) {
        loop {
            // It hears of what happens from here on, before it is asked.
            let emptied = self.is_empty.notified();
            if self.places().is_empty() {
                return;
            }
            emptied.await;
        }
    }

    /// Whether the next connection must wait. Then a connection is closed after its answer.
    pub fn are_crowded(&self) -> bool {
        self.free.available_permits() == 0
    }

    /// A place for a new connection; `None` if its address has all that it may have, and each runs a request.
    pub fn admit(
        self: &Arc<Self>,
        ip: IpAddr,
        permit: OwnedSemaphorePermit,
        now: Instant,
    ) -> Option<Held> {
        let address = self
            .limits
            .by_address
            .map(|_| Address::new(Some(ip)).client());
        if let Some(most) = self.limits.by_address {
            let places = self.places();
            let held = places.iter().filter(|place| place.address == address);
            let has_all = held.count() >= most;
            drop(places);
            if has_all && !self.make_room(address, now) {
                self.refused.fetch_add(1, Ordering::Relaxed);
                return None;
            }
        }
        Some(self.hold(address, Some(permit), now))
    }

    /// A place for a connection that the system has made before the listener closes. If there is no room for it, its
    /// place is beyond the limits.
    pub fn admit_last(self: &Arc<Self>, ip: IpAddr, now: Instant) -> Held {
        let room = Arc::clone(&self.free).try_acquire_owned().ok();
        let admitted = room.and_then(|room| self.admit(ip, room, now));
        admitted.unwrap_or_else(|| self.hold(None, None, now))
    }

    fn hold(
        self: &Arc<Self>,
        address: Option<Address>,
        permit: Option<OwnedSemaphorePermit>,
        now: Instant,
    ) -> Held {
        let place = Arc::new(Place::new(address, now));
        self.places().push(Arc::clone(&place));
        Held {
            connections: Arc::clone(self),
            place,
            permit,
        }
    }

    /// Closes one connection that runs no request: of this address, or of the address that has most of them. Returns
    /// whether there was one.
    fn make_room(&self, address: Option<Address>, now: Instant) -> bool {
        let places = self.places();
        let mut held = HashMap::<_, usize>::new();
        for place in places.iter() {
            *held.entry(place.address).or_default() += 1;
        }
        let closable = places
            .iter()
            .filter(|place| address.is_none() || place.address == address)
            .filter_map(|place| Some((place, place.closable(now)?)));
        let count = |place: &Place| held.get(&place.address).copied();
        let first = closable.min_by_key(|(place, order)| (Reverse(count(place)), *order));
        let closed = first.is_some_and(|(place, _)| place.close());
        if closed {
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
        closed
    }

    /// Closes the connections that are too late, and says whether there was a lack of room.
    pub fn sweep(&self, now: Instant) {
        for place in self.places().iter() {
            if place.is_late(&self.limits, now) {
                place.close();
            }
        }
        let refused = self.refused.swap(0, Ordering::Relaxed);
        if refused > 0 {
            let open = self.places().len();
            tracing::warn!(
                refused,
                open,
                "connections were closed or refused for lack of room"
            );
        }
    }

    fn places(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Place>>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn limited(all: usize, by_address: Option<usize>) -> Arc<Connections> {
        Connections::new(Limits {
            all,
            by_address,
            ..Limits::default()
        })
    }

    async fn open(connections: &Arc<Connections>, ip: &str, now: Instant) -> Option<Held> {
        let ip = ip.parse().expect("an address");
        connections.admit(ip, connections.room().await, now)
    }

    async fn is_closed(held: &Held) -> bool {
        // It is ready at once, or never.
        tokio::time::timeout(Duration::ZERO, held.place.closed())
            .await
            .is_ok()
    }

    #[tokio::test]
    async fn an_address_has_its_share_and_no_more() {
        let (connections, now) = (limited(10, Some(2)), Instant::now());
        let mut held = Vec::new();
        for ip in ["2001:db8::1", "2001:db8::2", "192.0.2.1", "192.0.2.2"] {
            let one = open(&connections, ip, now).await.expect("a place");
            assert!(one.place.begin());
            held.push(one);
        }
        assert!(open(&connections, "2001:db8::3", now).await.is_none());
        assert!(open(&connections, "2001:db8:0:1::3", now).await.is_some());
        // An idle connection of the address makes room for another one.
        held[1].place.end(now);
        assert!(open(&connections, "2001:db8::3", now).await.is_some());
        assert!(is_closed(&held[1]).await && !is_closed(&held[0]).await);
        assert!(open(&connections, "2001:db8::3", now).await.is_none());
    }

    #[tokio::test]
    async fn the_oldest_idle_connection_of_the_greediest_address_makes_room() {
        let (connections, begin) = (limited(5, Some(4)), Instant::now());
        let mut held = Vec::new();
        for (ip, second) in [
            ("192.0.2.1", 1),
            ("192.0.2.2", 2),
            ("192.0.2.3", 3),
            ("192.0.2.3", 4),
            ("192.0.2.3", 5),
        ] {
            let now = begin + second * SECOND;
            let one = open(&connections, ip, now).await.expect("a place");
            assert!(one.place.begin());
            one.place.end(now);
            held.push(one);
        }
        // The first of this address runs a request.
        assert!(held[2].place.begin());
        assert!(connections.are_crowded());
        assert!(connections.make_room(None, begin + 6 * SECOND));
        for (index, one) in held.iter().enumerate() {
            assert_eq!(is_closed(one).await, index == 3, "{index}");
        }
    }

    #[tokio::test]
    async fn connections_that_do_not_get_on_make_room_unless_they_are_young() {
        let (connections, now) = (limited(2, None), Instant::now());
        let silent = open(&connections, "192.0.2.1", now).await.expect("a place");
        let slow = open(&connections, "192.0.2.2", now).await.expect("a place");
        assert!(slow.place.begin());
        slow.place.stall(now);
        assert!(!connections.make_room(None, now));
        assert!(connections.make_room(None, now + SECOND));
        assert!(connections.make_room(None, now + SECOND));
        assert!(is_closed(&silent).await && is_closed(&slow).await);
        // Both are about to go.
        assert!(!connections.make_room(None, now + SECOND));
    }

    #[tokio::test]
    async fn a_sweep_closes_what_is_late() {
        let (connections, now) = (limited(3, None), Instant::now());
        let late = open(&connections, "192.0.2.1", now).await.expect("a place");
        let runs = open(&connections, "192.0.2.1", now).await.expect("a place");
        assert!(runs.place.begin());
        connections.sweep(now + 9 * SECOND);
        assert!(!is_closed(&late).await);
        connections.sweep(now + 10 * SECOND);
        assert!(is_closed(&late).await && !is_closed(&runs).await);
    }
}
