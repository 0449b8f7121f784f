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
