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
const EVERY: Duration = Duration::from_hours(1);

/// How many rows were deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deleted {
    pub sessions: usize,
    pub password_resets: usize,
    pub throttles: usize,
    pub mails: usize,
}

/// Deletes from time to time until `stop` is cancelled.
pub async fn run(state: AppState, stop: CancellationToken) {
    loop {
        let [part] = state.random.bytes::<1>();
        let moment = EVERY * u32::from(part) / 256;
        if is_over(&stop, moment).await {
            return;
        }
        match delete_old(&state, &stop).await {
            Ok(deleted) if deleted == Deleted::default() => {}
            Ok(deleted) => tracing::info!(?deleted, "old rows were deleted"),
            Err(error) => {
                tracing::warn!(cause = ?error.cause, "old rows could not be deleted: {error}");
            }
        }
        if is_over(&stop, EVERY.saturating_sub(moment)).await {
            return;
        }
    }
}

/// Deletes all that is old enough, or what there is time for until `stop` is cancelled.
///
/// # Errors
/// `UNAVAILABLE`. What was deleted before stays deleted.
pub async fn delete_old(state: &AppState, stop: &CancellationToken) -> Result<Deleted> {
    let mut deleted = Deleted::default();
    loop {
        let some = Deleted {
            sessions: delete_ended_sessions(state, AT_ONCE).await?,
            password_resets: delete_ended_resets(state, AT_ONCE).await?,
            throttles: delete_full(state, AT_ONCE).await?,
            mails: delete_given_up(state, AT_ONCE).await?,
        };
        deleted.sessions += some.sessions;
        deleted.password_resets += some.password_resets;
        deleted.throttles += some.throttles;
        deleted.mails += some.mails;
        if some == Deleted::default() || is_over(stop, PAUSE).await {
            return Ok(deleted);
        }
    }
}

/// Waits, and says whether the server stops meanwhile.
async fn is_over(stop: &CancellationToken, wait: Duration) -> bool {
    tokio::time::timeout(wait, stop.cancelled()).await.is_ok()
}
