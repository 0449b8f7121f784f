//! Deletes what nobody needs any more, in the background: docs/operations.md lists it. The audit log, and all that a list
//! of the schema shows, is kept.
//!
//! Each transaction deletes few rows, so that nobody waits for it, and servers that do this at the same time leave each
//! other's rows out.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::domains::auth::service::{delete_ended_resets, delete_ended_sessions};
use crate::domains::outbox::service::delete_given_up;
use crate::domains::throttle::service::delete_full;
use crate::error::Result;
use crate::state::AppState;

/// How many rows a transaction deletes.
const AT_ONCE: i64 = 200;
/// The pause after a transaction, in which others can write.
const PAUSE: Duration = Duration::from_millis(50);
/// The server looks once in this time, at a random moment, so that several servers do not look together.
pub const EVERY: Duration = Duration::from_hours(1);

/// How many rows were deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deleted {
    pub sessions: usize,
    pub password_resets: usize,
    pub throttles: usize,
    pub mails: usize,
}

/// Deletes once in `every`, at a random moment of it, until `stop` is cancelled.
pub async fn run(state: AppState, every: Duration, stop: CancellationToken) {
    loop {
        let [part] = state.random.bytes::<1>();
        let moment = every * u32::from(part) / 256;
        if is_over(&stop, moment).await {
            return;
        }
        let deleted = delete_old(&state, &stop).await;
        if deleted != Deleted::default() {
            tracing::info!(?deleted, "old rows were deleted");
        }
        if is_over(&stop, every.saturating_sub(moment)).await {
            return;
        }
    }
}

/// Deletes all that is old enough, or what there is time for until `stop` is cancelled. Where the database fails, the rest
/// of a kind waits for the next time.
pub async fn delete_old(state: &AppState, stop: &CancellationToken) -> Deleted {
    Deleted {
        sessions: delete("sessions", stop, || delete_ended_sessions(state, AT_ONCE)).await,
        password_resets: delete("password resets", stop, || {
            delete_ended_resets(state, AT_ONCE)
        })
        .await,
        throttles: delete("throttles", stop, || delete_full(state, AT_ONCE)).await,
        mails: delete("mails", stop, || delete_given_up(state, AT_ONCE)).await,
    }
}

/// Runs the transactions of one kind until one finds less than it may delete. New rows become old all the time, so it
/// does not wait until there are none. Returns how many rows went.
async fn delete<F: Future<Output = Result<usize>>>(
    kind: &str,
    stop: &CancellationToken,
    some: impl Fn() -> F,
) -> usize {
    let mut deleted = 0;
    while !stop.is_cancelled() {
        let count = match some().await {
            Ok(count) => count,
            Err(error) => {
                let cause = error.causes();
                tracing::warn!(kind, cause, "old rows could not be deleted: {error}");
                break;
            }
        };
        deleted += count;
        if usize::try_from(AT_ONCE) != Ok(count) || is_over(stop, PAUSE).await {
            break;
        }
    }
    deleted
}

/// Waits, and says whether the server stops meanwhile.
async fn is_over(stop: &CancellationToken, wait: Duration) -> bool {
    tokio::time::timeout(wait, stop.cancelled()).await.is_ok()
}
