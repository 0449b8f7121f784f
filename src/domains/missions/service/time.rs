use chrono::TimeDelta;

use crate::db::types::Timestamp;
use crate::error::{AppError, Result};
use crate::interval::Interval;
use crate::validate;

/// The longest mission. A tour is several missions.
const LONGEST: TimeDelta = TimeDelta::days(31);
/// 1970-01-01 UTC, in microseconds.
const EARLIEST: i64 = 0;
/// 2200-01-01 UTC, in microseconds.
const LATEST: i64 = 7_258_118_400_000_000;

/// The input fields that say when a mission starts and ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a> {
    pub starts_at: &'a str,
    pub ends_at: &'a str,
}

impl Fields<'_> {
    /// Validates when a mission is. It ends after its start, at most 31 days later, and both are in the years 1970 to
    /// 2199.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` at the field that is wrong.
    pub fn check(self, starts_at: Timestamp, ends_at: Timestamp) -> Result<Interval> {
        let years = "A mission must be between 1970-01-01T00:00:00Z and 2200-01-01T00:00:00Z.";
        if !(EARLIEST..LATEST).contains(&starts_at.micros()) {
            return Err(AppError::bad_input(self.starts_at, years));
        }
        let interval = validate::interval(self.ends_at, starts_at, ends_at)?;
        if ends_at - starts_at > LONGEST {
            let message = "A mission can last at most 31 days.";
            return Err(AppError::bad_input(self.ends_at, message));
        }
        if ends_at.micros() > LATEST {
            return Err(AppError::bad_input(self.ends_at, years));
        }
        Ok(interval)
    }
}
