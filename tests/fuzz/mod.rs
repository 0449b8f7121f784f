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
use proptest::test_runner::{Config, FileFailurePersistence, RngSeed, TestRunner};

/// Tries a property on made-up cases. `share` of a slow one is the fraction of `PROPTEST_CASES` (256) that it gets.
#[track_caller]
fn holds<S: Strategy>(share: u32, cases: &S, property: impl Fn(S::Value)) {
    let given = Config::default();
    let config = Config {
        cases: given.cases.div_ceil(share),
        rng_seed: match given.rng_seed {
            RngSeed::Random => RngSeed::Fixed(1),
            seed @ RngSeed::Fixed(_) => seed,
        },
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(
            "tests/fuzz/regressions.txt",
        ))),
        ..given
    };
    let tried = TestRunner::new(config).run(cases, |case| {
        property(case);
        Ok(())
    });
    if let Err(error) = tried {
        panic!("{error}");
    }
}
