//! Rounds of a request. A round is one poll of the request's future.
//!
//! A field that waits for the next round is polled again only after all other fields were polled. The runtime's
//! `yield_now` does not guarantee that, because it may wake the field at once.

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
    /// Runs a future in rounds. Stops and returns `None` after a round if `end` returns true.
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

    /// The number of the current round.
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
