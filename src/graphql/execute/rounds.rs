//! Rounds of a request: one poll of its future is one round.
//!
//! A field that waits for the next round is polled again only when all others have been. The runtime's own `yield_now`
//! cannot promise that, for its wake-up may come at once.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::Poll;

/// Counts the rounds of a request. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Rounds(Arc<Counter>);

#[derive(Default)]
struct Counter {
    round: AtomicUsize,
    /// Whether somebody waits for the next round.
    again: AtomicBool,
}

impl Rounds {
    /// Runs a future in rounds. Gives up, with nothing, behind a round after which it has to `end`.
    pub async fn drive<F: Future>(&self, future: F, end: impl Fn() -> bool) -> Option<F::Output> {
        let mut future = pin!(future);
        std::future::poll_fn(|wake| {
            loop {
                self.0.round.fetch_add(1, Ordering::Relaxed);
                let poll = future.as_mut().poll(wake).map(Some);
                if poll.is_ready() {
                    return poll;
                }
                if end() {
                    return Poll::Ready(None);
                }
                if !self.0.again.swap(false, Ordering::Relaxed) {
                    return Poll::Pending;
                }
            }
        })
        .await
    }

    /// Which round it is.
    pub fn current(&self) -> usize {
        self.0.round.load(Ordering::Relaxed)
    }

    /// Resolves in the next round.
    pub async fn next(&self) {
        let now = self.current();
        self.0.again.store(true, Ordering::Relaxed);
        std::future::poll_fn(|_| match self.current() == now {
            true => Poll::Pending,
            false => Poll::Ready(()),
        })
        .await;
    }
}
