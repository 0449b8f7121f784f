//! Time and randomness, which tests can control.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::TimeDelta;
use uuid::Builder;

use crate::db::types::{Id, Timestamp};

/// How far the clock may be set back before rows that were written earlier become invalid. After a smaller step people
/// stay signed in, and nothing lasts longer than its normal time plus this.
pub const SET_BACK: TimeDelta = TimeDelta::hours(12);

/// The source of the time.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock for tests that stands still until it is moved, in microseconds since 1970-01-01 UTC.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at an instant.
    #[must_use]
    pub fn manual(at: Timestamp) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(at.micros())))
    }

    /// The present instant.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match self {
            #[expect(
                clippy::disallowed_methods,
                reason = "the one place that reads the machine's clock"
            )]
            Self::System => Timestamp::new(chrono::Utc::now()),
            Self::Manual(micros) => Timestamp::from_micros(micros.load(Ordering::SeqCst))
                .unwrap_or_else(|| Timestamp::new(chrono::DateTime::UNIX_EPOCH)),
        }
    }

    /// Moves a manual clock. It has no effect on the machine's clock.
    pub fn advance(&self, by: TimeDelta) {
        if let Self::Manual(micros) = self {
            micros.fetch_add(by.num_microseconds().unwrap_or(i64::MAX), Ordering::SeqCst);
        }
    }
}

/// Where random bytes come from.
#[derive(Clone, Debug)]
pub enum Random {
    /// The operating system's generator, fit for secrets.
    Os,
    /// Bytes that repeat from run to run, for tests and the demo: SHA-256 of a seed and a counter.
    Seeded(u64, Arc<AtomicI64>),
}

impl Random {
    /// Bytes that are the same in each run with the same seed. Not for secrets.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self::Seeded(seed, Arc::new(AtomicI64::new(0)))
    }

    /// Random bytes.
    ///
    /// # Panics
    /// If the operating system provides no randomness, because the server cannot continue safely.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut out = [0; N];
        match self {
            Self::Os => getrandom::fill(&mut out).expect("the operating system gives random bytes"),
            Self::Seeded(seed, counter) => {
                use sha2::{Digest, Sha256};
                for chunk in out.chunks_mut(32) {
                    let count = counter.fetch_add(1, Ordering::SeqCst);
                    let digest = Sha256::new()
                        .chain_update(seed.to_be_bytes())
                        .chain_update(count.to_be_bytes())
                        .finalize();
                    chunk.copy_from_slice(&digest[..chunk.len()]);
                }
            }
        }
        out
    }

    /// A new key: a UUIDv7 (RFC 9562) for `now`. The 12 bits after the milliseconds hold the microseconds, so keys sort
    /// in the same order as the instants of their rows.
    #[must_use]
    pub fn id<T>(&self, now: Timestamp) -> Id<T> {
        let micros = u64::try_from(now.micros()).unwrap_or_default();
        let mut random = self.bytes::<10>();
        let [high, low] = u16::try_from(micros % 1000)
            .unwrap_or_default()
            .to_be_bytes();
        random[0] = high;
        random[1] = low;
        Id::new(Builder::from_unix_timestamp_millis(micros / 1000, &random).into_uuid())
    }
}
