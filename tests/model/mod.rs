//! Made-up sequences of operations, by everybody who may plan or answer and by some who may not. A small model of the
//! rules takes each step too (`rules/`). The server and the model agree on every answer and on all rows at the end.
//!
//! The sequences are the same in every run, so a change that breaks none of them does not turn red. To look further:
//!
//! ```sh
//! PROPTEST_CASES=1000 PROPTEST_RNG_SEED=$RANDOM tests/with-postgres cargo test --test suite model -- --nocapture
//! ```
//!
//! A sequence that fails is made shorter, printed, and kept in `tests/model/regressions.txt` as the seed that it grows
//! from; from then on it is tried first. Commit that line with what mends it.

mod ask;
mod board;
mod labels;
mod rules;
mod run;
mod sequences;
mod stage;
mod state;
mod step;

use std::cell::RefCell;
use std::collections::BTreeMap;

use proptest::test_runner::TestCaseError;
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use crate::support::{Cases, on_each_database_with};
use sequences::sequences;
use stage::Stage;

/// How often each kind of step was answered by `OK` or by a code.
type Counts = BTreeMap<String, BTreeMap<String, u32>>;

/// All the codes that planning can be refused with.
const CODES: [&str; 14] = [
    "ALREADY_ASSIGNED",
    "ALREADY_EXISTS",
    "BAD_USER_INPUT",
    "FORBIDDEN",
    "INVALID_TOKEN",
    "INVALID_TRANSITION",
    "IN_USE",
    "MISSION_CLOSED",
    "NOT_FOUND",
    "QUANTITY_BELOW_ACCEPTED",
    "ROLE_FULL",
    "SCHEDULE_CONFLICT",
    "VERSION_CONFLICT",
    "WITHDRAWAL_TOO_LATE",
];

#[tokio::test(flavor = "multi_thread")]
async fn the_server_plans_as_the_rules_say() {
    // Sessions last as long as the longest sequence.
    on_each_database_with(&[("REFRESH_TOKEN_DAYS", "90")], async |app| {
        let stage = Stage::new(&app).await;
        let counts = RefCell::new(Counts::new());
        let cases = Cases::kept_in("tests/model/regressions.txt", 1);
        println!("seed {:?}", cases.seed());
        cases.try_each(&sequences(), |steps| {
            let run = Box::pin(async {
                let mut run = stage.begin().await;
                for step in steps {
                    let kind = step.name();
                    let told = run.step(step).await?;
                    *counts
                        .borrow_mut()
                        .entry(kind)
                        .or_default()
                        .entry(told)
                        .or_default() += 1;
                }
                run.end().await
            });
            block_in_place(|| Handle::current().block_on(run)).map_err(TestCaseError::fail)
        });
        have_met_everything(&counts.borrow());
    })
    .await;
}

/// Each kind of step was done, and each code was told.
fn have_met_everything(counts: &Counts) {
    for (kind, told) in counts {
        println!("{kind}: {told:?}");
        assert!(told.contains_key("OK"), "{kind} was never done");
    }
    for code in CODES {
        let is_told = counts.values().any(|told| told.contains_key(code));
        assert!(is_told, "{code} was never told");
    }
}
