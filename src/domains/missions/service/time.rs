use crate::db::types::Timestamp;
use crate::error::Result;
use crate::interval::Interval;
use crate::validate;

/// The longest mission. A tour is several missions.
const LONGEST_DAYS: i64 = 31;

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
        let (start, end) = ((self.starts_at, starts_at), (self.ends_at, ends_at));
        validate::planned(start, end, LONGEST_DAYS)
    }
}
