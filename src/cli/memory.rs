//! How the allocator treats memory that was freed.

#![expect(
    unsafe_code,
    reason = "the crate `mimalloc` has no safe function for the allocator's options"
)]

use libmimalloc_sys::{mi_option_set_default, mi_option_t};

/// `mi_option_purge_delay` of mimalloc 2, for which the crate has no name.
const PURGE_DELAY: mi_option_t = 15;

/// Gives freed memory back to the system after a millisecond. By default a thread keeps it for longer, until its next
/// allocation, which may never come: threads that had each read a large list from SQLite kept 400 MiB. Without any delay a
/// board on SQLite would take a third longer. With PostgreSQL no thread reads a list alone, and a board would take 6 %
/// longer. `MIMALLOC_PURGE_DELAY` in the environment comes first.
///
/// No other thread may run yet.
pub fn give_back_soon() {
    // SAFETY: options may be set while no other thread runs. The runtime is made later.
    unsafe { mi_option_set_default(PURGE_DELAY, 1) }
}
