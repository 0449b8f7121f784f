//! The rules of throttling, as OWASP recommends them. Nobody is locked out for good: an allowance fills up again.

use chrono::TimeDelta;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::repo;
use crate::db::types::Timestamp;
use crate::error::{AppError, ErrorCode, Result};
use crate::state::AppState;

/// A rule: so many attempts at once, and one more each time the interval has passed.
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
/// Changing one's own password: 10 in 15 minutes, apart from what strangers try.
pub const PASSWORD: Rule = Rule {
    name: "password",
    ..ACCOUNT
};
/// Signing in or up from one address: 3 a minute, 10 at once.
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

/// Counts an attempt of `whom`: an e-mail address, an IP address, a session. What is refused does not count.
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
            // Two first attempts at once: the second waits here for the first.
            repo::insert(conn, &key, now).await?;
            let ready_at = repo::lock(conn, &key).await?.unwrap_or(now).max(now);
            match next(rule, ready_at, now) {
                Ok(ready_at) => {
                    repo::set(conn, &key, ready_at).await?;
                    // Now and then, what no longer counts is swept out.
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
            Err(error.with("retryAfterSeconds", json!(seconds)))
        }
    }
}

/// When the allowance will be whole after one more attempt, or how long to wait until there is one (the generic
/// cell rate algorithm, ITU-T I.371).
fn next(rule: Rule, ready_at: Timestamp, now: Timestamp) -> Result<Timestamp, TimeDelta> {
    let whole = rule.interval * rule.burst;
    // No attempt leaves more than the whole behind, but one by a clock that was ahead does. That refuses nobody now, and
    // it is no new allowance: one attempt is free.
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
