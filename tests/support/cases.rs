//! Properties that are tried on made-up cases.

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, FileFailurePersistence, RngSeed, TestCaseResult, TestRunner};

/// How many cases, and which. The environment may ask for others: `PROPTEST_CASES`, `PROPTEST_RNG_SEED`.
pub struct Cases(Config);

impl Cases {
    /// The same cases in every run. The seeds of those that fail are kept in a file. `share` of a slow property is the
    /// fraction of `PROPTEST_CASES` (256) that it gets.
    pub fn kept_in(file: &'static str, share: u32) -> Self {
        let given = Config::default();
        Self(Config {
            cases: given.cases.div_ceil(share),
            rng_seed: match given.rng_seed {
                RngSeed::Random => RngSeed::Fixed(1),
                seed @ RngSeed::Fixed(_) => seed,
            },
            failure_persistence: Some(Box::new(FileFailurePersistence::Direct(file))),
            ..given
        })
    }

    /// What the cases grow from.
    pub fn seed(&self) -> RngSeed {
        self.0.rng_seed
    }

    /// Tries a property. A case that fails is made smaller and printed.
    #[track_caller]
    pub fn try_each<S: Strategy>(self, cases: &S, property: impl Fn(S::Value) -> TestCaseResult) {
        if let Err(error) = TestRunner::new(self.0).run(cases, property) {
            panic!("{error}");
        }
    }
}
