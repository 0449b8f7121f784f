//! Made-up documents and requests, many of them: whatever comes, the server neither falls over nor shows its inside.
//!
//! The cases are the same in every run, so a change that breaks none of them does not turn red. To look further:
//!
//! ```sh
//! PROPTEST_CASES=20000 PROPTEST_RNG_SEED=$RANDOM cargo test --test suite fuzz
//! ```
//!
//! A case that fails is made smaller, printed, and kept in `tests/fuzz/regressions.txt` as the seed that it grows from;
//! from then on it is tried first. Commit that line with what mends it. Should the process abort, the last case that
//! `PROPTEST_VERBOSE=2` with `-- --nocapture` prints is the one.

mod documents;
mod executor;
mod guard;
mod handler;
mod operations;
mod printed;
mod requests;
mod tape;
mod values;

use proptest::strategy::Strategy;

use crate::support::Cases;

/// Tries a property on made-up cases. `share` of a slow one is the fraction of `PROPTEST_CASES` (256) that it gets.
#[track_caller]
fn holds<S: Strategy>(share: u32, cases: &S, property: impl Fn(S::Value)) {
    Cases::kept_in("tests/fuzz/regressions.txt", share).try_each(cases, |case| {
        property(case);
        Ok(())
    });
}
