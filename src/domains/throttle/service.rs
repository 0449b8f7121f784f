//! The rules of throttling, as OWASP recommends. Nobody is locked out permanently, because an allowance refills.

use chrono::TimeDelta;
use sha2::{Digest, Sha256};

use super::repo;
use crate::db::types::Timestamp;
use crate::error::{AppError, ErrorCode, Result};
use crate::state::AppState;

/// A rule: up to `burst` attempts at once, and one more after each `interval`.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    name: &'static str,
    burst: i32,
    interval: TimeDelta,
}

/// Signing in to one account: 10 in 15 minutes.
pub const ACCOUNT: Rule = Rule {
    name: "account",
    burst: 10,
    interval: TimeDelta::seconds(90),
};
/// Changing one's own password: 10 in 15 minutes. Attempts of strangers to sign in do not count here.
pub const PASSWORD: Rule = Rule {
    name: "password",
    ..ACCOUNT
};
/// Signing in, signing up, joining or resetting a password from one network address: 3 a minute, 10 at once.
pub const ADDRESS: Rule = Rule {
    name: "address",
    burst: 10,
    interval: TimeDelta::seconds(20),
};
/// Asking for a new password of one account: 3 an hour.
pub const RESET: Rule = Rule {
    name: "reset",
    burst: 3,
    interval: TimeDelta::minutes(20),
};
/// Renewing one session: 30 a minute.
pub const REFRESH: Rule = Rule {
    name: "refresh",
    burst: 30,
    interval: TimeDelta::seconds(2),
};

/// Counts an attempt of `whom`: an e-mail address, a network address, an account or a session. Refused attempts do not
/// count.
///
/// # Errors
/// `RATE_LIMITED` with `retryAfterSeconds` when the allowance is used up.
pub async fn attempt(state: &AppState, rule: Rule, whom: &str) -> Result<()> {
    if !state.config.throttle_enabled {
        return Ok(());
    }
    let key = Sha256::new()
        .chain_update(rule.name)
        .chain_update([0])
        .chain_update(whom)
        .finalize();
    let wait = state
        .db
        .write(async |conn| {
            let now = state.clock.now();
            // If two first attempts come at the same moment, the second waits here for the first.
            repo::insert(conn, &key, now).await?;
            let ready_at = repo::lock(conn, &key).await?.unwrap_or(now).max(now);
            match next(rule, ready_at, now) {
                Ok(ready_at) => {
                    repo::set(conn, &key, ready_at).await?;
                    // About every 256th attempt deletes rows that no longer matter.
                    if state.random.bytes::<1>() == [0] {
                        repo::delete_ready(conn, now).await?;
                    }
                    Ok(None)
                }
                Err(wait) => Ok(Some(wait)),
            }
        })
        .await?;
    match wait {
        None => Ok(()),
        Some(wait) => {
            let seconds = wait.num_seconds() + i64::from(wait.subsec_nanos() > 0);
            let message = "Too many attempts. Try again later.";
            let error = AppError::new(ErrorCode::RateLimited, message);
            Err(error.retry_after(seconds.unsigned_abs()))
        }
    }
}

/// The time at which the allowance will be full again after one more attempt, or how long to wait for one attempt (the
/// generic cell rate algorithm, ITU-T I.371).
fn next(rule: Rule, ready_at: Timestamp, now: Timestamp) -> Result<Timestamp, TimeDelta> {
    let whole = rule.interval * rule.burst;
    // A stored time further ahead than a full allowance comes from a clock that was ahead. Then one attempt is allowed,
    // and the allowance counts as otherwise used up.
    let ready_at = match ready_at - now > whole {
        true => now + whole - rule.interval,
        false => ready_at,
    };
    let after = ready_at + rule.interval;
    let over = after - now - whole;
    if over > TimeDelta::zero() {
        Err(over)
    } else {
        Ok(after)
    }
}
