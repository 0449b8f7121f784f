//! What one connection does at present, and how long it may go on with that.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::limits::Limits;
use crate::address::Address;

/// A connection that does not get on is left alone for this long, even if there is no room for others. It may just have
/// begun.
const YOUNG: Duration = Duration::from_secs(1);

/// The place of one connection.
pub struct Place {
    /// Whose connection it is; `None` for all if there is no limit by address.
    pub address: Option<Address>,
    state: Mutex<State>,
    closed: Notify,
}

struct State {
    step: Step,
    /// Since when the client accepts no more of an answer.
    stalled: Option<Instant>,
    /// How much of [`Limits::stall`] the client has used up so far.
    used: Duration,
    is_closing: bool,
}

#[derive(Clone, Copy)]
enum Step {
    /// Between two requests, since then.
    Waits(Instant),
    /// The headers of a request are expected or arriving, since then.
    Receives(Instant),
    Runs,
}

/// What is closed first to make room: idle connections before others, and the oldest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Order {
    is_in_request: bool,
    since: Instant,
}

impl Place {
    /// A new connection. Its first request is expected at once.
    pub fn new(address: Option<Address>, now: Instant) -> Self {
        Self {
            address,
            state: Mutex::new(State {
                step: Step::Receives(now),
                stalled: None,
                used: Duration::ZERO,
                is_closing: false,
            }),
            closed: Notify::new(),
        }
    }

    /// Some bytes of a request came.
    pub fn received(&self, now: Instant) {
        let mut state = self.state();
        if let Step::Waits(_) = state.step {
            state.step = Step::Receives(now);
        }
    }

    /// Begins to run a request, unless the connection is about to be closed. Returns whether it begins.
    pub fn begin(&self) -> bool {
        let mut state = self.state();
        state.step = Step::Runs;
        !state.is_closing
    }

    /// The request has its answer.
    pub fn end(&self, now: Instant) {
        self.state().step = Step::Waits(now);
    }

    /// The client accepts no more of an answer for now.
    pub fn stall(&self, now: Instant) {
        let mut state = self.state();
        state.stalled.get_or_insert(now);
    }

    /// The client has accepted more of the answer, which gives it time again.
    pub fn go_on(&self, bytes: usize, limits: &Limits, now: Instant) {
        let mut state = self.state();
        if let Some(since) = state.stalled.take() {
            let waited = now.saturating_duration_since(since);
            let earned = Duration::from_secs(bytes as u64) / limits.rate;
            state.used = (state.used + waited).saturating_sub(earned);
        }
        if let Step::Waits(since) = &mut state.step {
            *since = now;
        }
    }

    /// Since when a request is expected or arriving, if it is.
    pub fn receives_since(&self) -> Option<Instant> {
        match self.state().step {
            Step::Receives(since) => Some(since),
            Step::Waits(_) | Step::Runs => None,
        }
    }

    /// Whether the connection stays at its step for too long.
    pub fn is_late(&self, limits: &Limits, now: Instant) -> bool {
        let state = self.state();
        let past = |since, most| now.saturating_duration_since(since) >= most;
        match (state.stalled, state.step) {
            (Some(since), _) => past(since, limits.stall.saturating_sub(state.used)),
            (None, Step::Waits(since)) => past(since, limits.idle),
            (None, Step::Receives(since)) => past(since, limits.headers),
            (None, Step::Runs) => false,
        }
    }

    /// Whether the connection may be closed to make room for another one, and how soon. One that runs a request may not.
    pub fn closable(&self, now: Instant) -> Option<Order> {
        let state = self.state();
        let (is_in_request, since) = match (state.stalled, state.step) {
            _ if state.is_closing => return None,
            (Some(since), _) | (None, Step::Receives(since)) => (true, since),
            (None, Step::Waits(since)) => (false, since),
            (None, Step::Runs) => return None,
        };
        let is_young = now.saturating_duration_since(since) < YOUNG;
        (!is_in_request || !is_young).then_some(Order {
            is_in_request,
            since,
        })
    }

    /// Tells the connection to close, whatever it does. Returns whether nobody did so before.
    pub fn close(&self) -> bool {
        let first = !std::mem::replace(&mut self.state().is_closing, true);
        self.closed.notify_one();
        first
    }

    /// Resolves when the connection has to close.
    pub async fn closed(&self) {
        self.closed.notified().await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn place() -> (Place, Limits, Instant) {
        let now = Instant::now();
        (Place::new(None, now), Limits::default(), now)
    }

    #[test]
    fn headers_and_idleness_have_their_time_and_a_request_that_runs_has_none() {
        let (place, limits, begin) = place();
        assert!(!place.is_late(&limits, begin + 9 * SECOND));
        assert!(place.is_late(&limits, begin + 10 * SECOND));
        // Each further byte of the headers does not give more time.
        place.received(begin + 9 * SECOND);
        assert!(place.is_late(&limits, begin + 10 * SECOND));
        assert!(place.begin());
        assert!(!place.is_late(&limits, begin + 1_000 * SECOND));
        place.end(begin + 1_000 * SECOND);
        assert!(!place.is_late(&limits, begin + 1_074 * SECOND));
        assert!(place.is_late(&limits, begin + 1_075 * SECOND));
        place.received(begin + 1_074 * SECOND);
        assert!(!place.is_late(&limits, begin + 1_083 * SECOND));
        assert!(place.is_late(&limits, begin + 1_084 * SECOND));
    }

    #[test]
    fn a_client_that_accepts_nothing_of_its_answer_is_late_after_15_seconds() {
        let (place, limits, begin) = place();
        assert!(place.begin());
        place.end(begin);
        place.stall(begin);
        place.stall(begin + 14 * SECOND);
        assert!(!place.is_late(&limits, begin + 14 * SECOND));
        assert!(place.is_late(&limits, begin + 15 * SECOND));
    }

    /// Seconds until a client is late that accepts so many bytes each second.
    fn lasts(bytes: usize) -> Option<u32> {
        let (place, limits, begin) = place();
        place.stall(begin);
        (1..1_000).find(|second| {
            let now = begin + *second * SECOND;
            let is_late = place.is_late(&limits, now);
            place.go_on(bytes, &limits, now);
            place.stall(now);
            is_late
        })
    }

    #[test]
    fn a_client_that_accepts_a_byte_a_second_is_late_and_a_slow_phone_is_not() {
        assert_eq!(lasts(1), Some(16));
        assert_eq!(lasts(1_024), Some(29));
        assert_eq!(lasts(2_048), None);
        assert_eq!(lasts(10_240), None);
    }

    #[test]
    fn a_phone_in_a_tunnel_is_not_late_if_it_was_not_slow_before() {
        let (place, limits, begin) = place();
        for part in 0..10 {
            let now = begin + part * 15 * SECOND;
            place.stall(now);
            assert!(!place.is_late(&limits, now + 14 * SECOND));
            place.go_on(32 * 1_024, &limits, now + 14 * SECOND);
        }
    }

    #[test]
    fn no_request_begins_on_a_connection_that_is_about_to_be_closed() {
        let (place, ..) = place();
        assert!(place.begin());
        assert!(place.close());
        assert!(!place.close() && !place.begin());
    }
}
