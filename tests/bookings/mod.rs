//! Inviting people to missions, their answers, and the board.

mod assigning;
mod assignments;
mod board;
mod cancelling;
mod conflicts;
mod costs;
mod inviting;
mod machine;
pub mod main_job;
mod preview;
mod races;
mod resending;
mod revoking;
mod shown;

use crate::support::Answer;

/// A day on which missions are.
const DAY: (&str, &str) = ("2026-10-10T08:00:00Z", "2026-10-10T18:00:00Z");

/// The code of what was refused, or OK.
fn code(answer: &Answer) -> &str {
    match answer.body.get("errors") {
        Some(_) => answer.code(),
        None => "OK",
    }
}
