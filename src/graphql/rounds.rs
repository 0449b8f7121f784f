//! Rounds of a request: one poll of its future is one round.
//!
//! A field that waits for the next round is polled again only when all others have been. The runtime's own `yield_now`
//! cannot promise that: its wake-up may come at once, and the executor's sets of futures poll again what wakes up
//! while they are being polled.

use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

/// Wakes those who wait for the end of a round. Cheap to clone.
#[derive(Clone, Default)]
pub struct Rounds(Arc<Mutex<Vec<Waker>>>);

impl Rounds {
    /// Runs a future in rounds. Gives up, with nothing, behind a round after which it has to `end`.
    pub async fn drive<F: Future>(&self, future: F, end: impl Fn() -> bool) -> Option<F::Output> {
        let mut future = pin!(future);
        std::future::poll_fn(|cx| {
            let poll = future.as_mut().poll(cx).map(Some);
            if poll.is_pending() && end() {
                return Poll::Ready(None);
            }
            let waiting =
                std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
            waiting.into_iter().for_each(Waker::wake);
            poll
        })
        .await
    }

    /// Resolves in the next round.
    pub fn next(&self) -> Next<'_> {
        Next(Some(self))
    }
}

/// See [`Rounds::next`].
pub struct Next<'a>(Option<&'a Rounds>);

impl Future for Next<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match self.0.take() {
            Some(rounds) => {
                let mut waiting = rounds.0.lock().unwrap_or_else(PoisonError::into_inner);
                waiting.push(cx.waker().clone());
                Poll::Pending
            }
            None => Poll::Ready(()),
        }
    }
}
