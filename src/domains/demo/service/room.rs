//! Whether a demo fits on the disk.

use crate::error::{AppError, Result};

/// Bytes of a SQLite file for each assignment, with all rows that go with it: 830 of them where there are 1,000,000.
const OF_ASSIGNMENT: u64 = 840;
/// Bytes for the rest: the empty tables, and 8 MiB that the `-wal` file grows to.
const REST: u64 = 16 << 20;
/// More than three months have.
const OF_SEASON: u64 = 2_000;

/// Refuses a demo for which a disk with so many free bytes is too small. `size` is the number of assignments; `None`: those
/// of three months.
///
/// # Errors
/// `BAD_USER_INPUT` at `size`.
pub fn refuse_without_room(size: Option<u64>, free: u64) -> Result<()> {
    let needed = size.unwrap_or(OF_SEASON) * OF_ASSIGNMENT + REST;
    if needed <= free {
        return Ok(());
    }
    let (needed, free) = (needed.div_ceil(1_000_000), free / 1_000_000);
    let message = format!(
        "The demo takes about {needed} MB, and the disk with the database has {free} MB left. Make room, or ask for less."
    );
    Err(AppError::bad_input("size", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_demo_that_just_fits_is_made_and_one_byte_less_refuses_it_with_both_figures() {
        let needed = 840_000_000 + (16 << 20);
        refuse_without_room(Some(1_000_000), needed).expect("room");
        let refused = refuse_without_room(Some(1_000_000), needed - 1).expect_err("a refusal");
        assert_eq!(refused.field.as_deref(), Some("size"));
        for figure in ["857 MB", "856 MB"] {
            assert!(refused.message.contains(figure), "{}", refused.message);
        }
        refuse_without_room(None, 20_000_000).expect("room");
        refuse_without_room(None, 0).expect_err("a refusal");
        refuse_without_room(Some(10_000_000), u64::MAX).expect("room");
    }
}
