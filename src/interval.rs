//! Half-open intervals of instants.

use crate::db::types::Timestamp;

/// A half-open interval `[starts_at, ends_at)`. Intervals that only touch do not overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Interval {
    /// The first instant of the interval.
    pub starts_at: Timestamp,
    /// The first instant after the interval.
    pub ends_at: Timestamp,
}

impl Interval {
    /// Whether the other interval lies within this one.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        self.starts_at <= other.starts_at && other.ends_at <= self.ends_at
    }

    /// Whether the intervals have an instant in common.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.starts_at < other.ends_at && other.starts_at < self.ends_at
    }
}
