//! What is told of a booking beside its row.

use async_graphql::Enum;

use crate::domains::assignments::model::{Assignment, Overlaps};
use crate::ids::UserId;

/// The kind of a possible problem with a booking. It does not prevent the booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
pub enum WarningCode {
    /// The person has an INVITED or ACCEPTED assignment on another mission at the same time.
    Overlap,
    /// The person is UNAVAILABLE for at least part of the mission.
    Unavailable,
    /// The person lacks the skill that the role needs.
    MissingSkill,
}

/// Warnings, as many as are shown.
#[derive(Clone, Debug, Default)]
pub struct Warnings {
    /// In the order of the people.
    pub shown: Vec<Warning>,
    /// How many there are.
    pub total: usize,
}

impl Warnings {
    /// Warnings of the overlaps of one person.
    #[must_use]
    pub fn of(overlaps: Overlaps) -> Self {
        let warning = |other: Assignment| Warning {
            code: WarningCode::Overlap,
            user_id: other.user_id,
            assignment: Some(other),
        };
        Self {
            shown: overlaps.shown.into_iter().map(warning).collect(),
            total: overlaps.total,
        }
    }
}

/// A warning about one person.
#[derive(Clone, Debug)]
pub struct Warning {
    pub code: WarningCode,
    pub user_id: UserId,
    /// The assignment that overlaps.
    pub assignment: Option<Assignment>,
}
