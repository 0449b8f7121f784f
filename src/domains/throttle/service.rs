//! The rules of throttling, as OWASP recommends. Nobody is locked out permanently, because an allowance refills.

use std::collections::HashMap;

use chrono::TimeDelta;
use sha2::{Digest, Sha256};

use super::repo::{self, Key};
use crate::address::Address;
use crate::db::types::Timestamp;
use crate::db::{Conn, Share};
use crate::error::{AppError, ErrorCode, Result};
use crate::state::AppState;

/// A rule: up to `burst` attempts at once, and one more after each `interval`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
/// Signing in to one account from an address that has signed in to it before: as many, whatever strangers try.
pub const KNOWN: Rule = Rule {
    name: "known",
    ..ACCOUNT
};
/// Changing one's own password: 10 in 15 minutes. Attempts of strangers to sign in do not count here.
pub const PASSWORD: Rule = Rule {
    name: "password",
    ..ACCOUNT
};
/// Signing in, signing up, joining or resetting a password from one network address: 3 a minute, 10 at once.
const ADDRESS: Rule = Rule {
    name: "address",
    burst: 10,
    interval: TimeDelta::seconds(20),
};
/// The same from an IPv6 network with a prefix of 56 bits, which providers give to households: four times as many.
const SITE: Rule = Rule {
    name: "site",
    burst: 40,
    interval: TimeDelta::seconds(5),
};
/// The same from an IPv6 network with a prefix of 48 bits, which providers give to companies: 16 times as many.
const COMPANY: Rule = Rule {
    name: "company",
    burst: 160,
    interval: TimeDelta::milliseconds(1_250),
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
/// Mail of an organisation that one account causes: 30 an hour.
pub const MAIL_OF_ACCOUNT: Rule = Rule {
    name: "mail of account",
    burst: 30,
    interval: TimeDelta::minutes(2),
};
/// Mail of one organisation that is new: 100 a day.
pub const MAIL_OF_NEW_ORG: Rule = Rule {
    name: "mail of org",
    burst: 100,
    interval: TimeDelta::seconds(864),
};
/// Mail to one recipient from all new organisations together: 10 a day. Otherwise a stranger with many organisations could
/// flood a mailbox.
pub const MAIL_TO: Rule = Rule {
    name: "mail to",
    burst: 10,
    interval: TimeDelta::minutes(144),
};
/// New organisations of one account: 5 at once, and one more an hour. Each organisation has a share of the server.
pub const NEW_ORG: Rule = Rule {
    name: "new org",
    burst: 5,
    interval: TimeDelta::hours(1),
};

/// Mail of one organisation to one recipient: so many a day.
#[must_use]
pub fn mail_from_org(a_day: i32) -> Rule {
    // The database holds whole microseconds. With a fraction, the wait would end before the allowance admits a mail.
    let day = TimeDelta::days(1).num_microseconds().unwrap_or(i64::MAX);
    let interval = day.unsigned_abs().div_ceil(a_day.unsigned_abs().into());
    Rule {
        name: "mail from org",
        burst: a_day,
        interval: TimeDelta::microseconds(interval.try_into().unwrap_or(i64::MAX)),
    }
}

/// How long an account knows an address that has signed in to it.
const REMEMBERED: TimeDelta = TimeDelta::days(30);

/// Counts an attempt of `whom`: an e-mail address, an account or a session. Refused attempts do not count.
///
/// # Errors
/// `RATE_LIMITED` with `retryAfterSeconds` when the allowance is used up.
pub async fn attempt(state: &AppState, rule: Rule, whom: &str) -> Result<()> {
    attempt_all(state, &[(rule, whom)]).await
}

/// Counts an attempt from a network address. IPv6 addresses count for the networks around them too.
///
/// # Errors
/// As [`attempt`].
pub async fn attempt_from(state: &AppState, address: Address) -> Result<()> {
    let [client, site, company] = [64, 56, 48].map(|bits| address.network(bits).to_string());
    let rules = [(ADDRESS, &*client), (SITE, &*site), (COMPANY, &*company)];
    let counted = if address.is_ipv6() { 3 } else { 1 };
    attempt_all(state, &rules[..counted]).await
}

/// Counts an attempt from an address that the account knows. Its neighbours do not count.
///
/// # Errors
/// As [`attempt`].
pub async fn attempt_from_known(state: &AppState, address: Address) -> Result<()> {
    attempt(state, ADDRESS, &address.client().to_string()).await
}

/// Counts an attempt by several rules at once. It counts for none of them if one refuses it.
///
/// # Errors
/// As [`attempt`]. The time to wait is that of the slowest.
pub async fn attempt_all(state: &AppState, counted: &[(Rule, &str)]) -> Result<()> {
    if let Some(Refused { wait, .. }) = admit(state, counted).await? {
        let seconds = wait.num_seconds() + i64::from(wait.subsec_nanos() > 0);
        let error = AppError::new(
            ErrorCode::RateLimited,
            "Too many attempts. Try again later.",
        );
        return Err(error.retry_after(seconds.unsigned_abs()));
    }
    Ok(())
}

/// The rule that refuses an attempt for longest.
#[derive(Clone, Copy, Debug)]
pub struct Refused {
    pub rule: Rule,
    /// How long to wait.
    pub wait: TimeDelta,
}

/// Counts an attempt that can wait by several rules at once. It counts for none of them if one refuses it.
pub async fn admit(state: &AppState, counted: &[(Rule, &str)]) -> Result<Option<Refused>> {
    if !state.config.throttle_enabled {
        return Ok(None);
    }
    let rules = keys(counted);
    let admitted = state.db.write(async |conn| {
        let now = state.clock.now();
        let mut after = Vec::new();
        let mut refused: Option<Refused> = None;
        for (key, ready_at) in lock(conn, rules.keys(), now).await? {
            let rule = rules[&key];
            match next(rule, ready_at, now) {
                Ok(ready_at) => after.push((key, ready_at)),
                Err(wait) if refused.is_none_or(|known| known.wait < wait) => {
                    refused = Some(Refused { rule, wait });
                }
                Err(_) => {}
            }
        }
        if refused.is_some() {
            return Ok(refused);
        }
        repo::set(conn, after).await?;
        Ok(None)
    });
    admitted.await
}

/// Whose allowance has most left, as an index. Nothing is counted.
pub async fn fullest(state: &AppState, rule: Rule, whom: &[String]) -> Result<usize> {
    if !state.config.throttle_enabled {
        return Ok(0);
    }
    let keys: Vec<Key> = whom.iter().map(|whom| key(rule.name, whom)).collect();
    let found = state
        .db
        .read(async |conn| repo::ready_at_of(conn, &keys).await);
    let ready_at: HashMap<Key, Timestamp> = found.await?.into_iter().collect();
    // Whoever has no row has used nothing up.
    let order = (0..keys.len()).min_by_key(|i| ready_at.get(&keys[*i]));
    Ok(order.unwrap_or_default())
}

/// Deletes some rows whose allowance is full, because they have no effect. Returns how many.
pub async fn delete_full(state: &AppState, limit: i64) -> Result<usize> {
    let now = state.clock.now();
    let db = state.db.clone().charged_to(Share::Server);
    let deleted = db.write(async |conn| {
        let keys = repo::lock_full(conn, now, limit).await?;
        if !keys.is_empty() {
            repo::delete(conn, &keys).await?;
        }
        Ok(keys.len())
    });
    deleted.await
}

/// Takes an attempt back if it came to nothing, because the server was overloaded.
///
/// # Errors
/// Those of `done`.
pub async fn unless_refused<T>(
    state: &AppState,
    counted: &[(Rule, &str)],
    done: Result<T>,
) -> Result<T> {
    if done.is_err() && state.config.throttle_enabled {
        let rules = keys(counted);
        let taken_back = state.db.write(async |conn| {
            let rows = lock(conn, rules.keys(), state.clock.now()).await?;
            let back = |(key, ready_at)| {
                let before = ready_at - rules[&key].interval;
                (key, before)
            };
            repo::set(conn, rows.into_iter().map(back).collect()).await
        });
        taken_back.await?;
    }
    done
}

/// Whether somebody has signed in to the account of an e-mail address from a network address lately.
pub async fn knows(state: &AppState, email: &str, address: Address) -> Result<bool> {
    if !state.config.throttle_enabled {
        return Ok(false);
    }
    let (key, now) = (pair(email, address), state.clock.now());
    let until = state
        .db
        .read(async |conn| repo::ready_at(conn, key).await)
        .await?;
    // One that lasts longer than any may last was written by a clock that was ahead.
    Ok(until.is_some_and(|until| until > now && until <= now + REMEMBERED))
}

/// Remembers that somebody has signed in to the account of an e-mail address from a network address.
pub async fn remember_within(
    state: &AppState,
    conn: &mut Conn,
    email: &str,
    address: Address,
    now: Timestamp,
) -> Result<()> {
    if !state.config.throttle_enabled {
        return Ok(());
    }
    repo::set(conn, vec![(pair(email, address), now + REMEMBERED)]).await
}

/// The rows of these keys, locked.
async fn lock(
    conn: &mut Conn,
    keys: impl IntoIterator<Item = &Key>,
    now: Timestamp,
) -> Result<Vec<(Key, Timestamp)>> {
    let mut keys: Vec<Key> = keys.into_iter().cloned().collect();
    keys.sort_unstable();
    // If two first attempts come at the same moment, the second waits here for the first.
    repo::insert(conn, &keys, now).await?;
    let rows: HashMap<Key, Timestamp> = repo::lock(conn, &keys).await?.into_iter().collect();
    // A full one may have been deleted before the lock. It is written again.
    let ready_at = |key: &Key| rows.get(key).map_or(now, |ready_at| (*ready_at).max(now));
    Ok(keys
        .into_iter()
        .map(|key| (key.clone(), ready_at(&key)))
        .collect())
}

/// The key of an account and an address that it knows.
fn pair(email: &str, address: Address) -> Key {
    key("signed in", &format!("{email}\0{}", address.client()))
}

fn keys(counted: &[(Rule, &str)]) -> HashMap<Key, Rule> {
    let rules = counted.iter();
    rules
        .map(|(rule, whom)| (key(rule.name, whom), *rule))
        .collect()
}

fn key(name: &str, whom: &str) -> Key {
    let digest = Sha256::new()
        .chain_update(name)
        .chain_update([0])
        .chain_update(whom);
    digest.finalize().to_vec()
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
