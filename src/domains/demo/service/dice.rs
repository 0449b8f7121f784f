use crate::clock::Random;
use crate::db::types::{Id, Timestamp};

/// Choices that are the same for the same seed.
#[derive(Clone, Debug)]
pub(super) struct Dice(Random);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(Random::seeded(seed))
    }

    /// A number below `limit`, which is not 0.
    pub(super) fn below(&self, limit: usize) -> usize {
        let drawn = u64::from_be_bytes(self.0.bytes());
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        usize::try_from(drawn % limit).unwrap_or_default()
    }

    /// True so many times in a hundred.
    pub(super) fn chance(&self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(super) fn pick<'a, T>(&self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    pub(super) fn id<T>(&self, now: Timestamp) -> Id<T> {
        self.0.id(now)
    }
}
