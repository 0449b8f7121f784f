//! Half-open intervals of instants.

use crate::db::types::Timestamp;

/// A half-open interval `[starts_at, ends_at)`. Two that touch do not overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Interval {
    /// Its first instant.
    pub starts_at: Timestamp,
    /// The first instant behind it.
    pub ends_at: Timestamp,
}
