use async_graphql::{ID, SimpleObject};

use super::super::model::{self, RescheduleEffect};
use super::super::service;
use super::types::{Mission, MissionRole};
use crate::domains::bookings::graphql::Assignment;
use crate::graphql::execute::object::{Many, One};

/// A mission that was created or changed.
#[derive(SimpleObject)]
pub(super) struct MissionPayload {
    /// The mission.
    mission: One<Mission>,
}

impl From<model::Mission> for MissionPayload {
    fn from(row: model::Mission) -> Self {
        Self {
            mission: One(row.into()),
        }
    }
}

/// The missions that were created.
#[derive(SimpleObject)]
pub(super) struct MissionsPayload {
    /// The missions, in the order of the input.
    missions: Many<Mission>,
}

impl From<Vec<model::Mission>> for MissionsPayload {
    fn from(rows: Vec<model::Mission>) -> Self {
        Self {
            missions: rows.into_iter().map(Mission::from).collect(),
        }
    }
}

/// A role that was added or changed.
#[derive(SimpleObject)]
pub(super) struct MissionRolePayload {
    /// The role.
    role: One<MissionRole>,
}

impl From<model::MissionRole> for MissionRolePayload {
    fn from(row: model::MissionRole) -> Self {
        Self {
            role: One(MissionRole(row)),
        }
    }
}

/// A role that was deleted.
#[derive(SimpleObject)]
pub(super) struct DeleteMissionRolePayload {
    /// The id of the role.
    pub role_id: ID,
}

/// What the new time of a mission means for somebody who is INVITED or ACCEPTED.
#[derive(SimpleObject)]
struct RescheduleOutcome {
    /// The assignment. With `dryRun` it is as it was.
    assignment: One<Assignment>,
    /// What the new time means for the person.
    effect: RescheduleEffect,
    /// The ACCEPTED assignments of the person on other missions at the new time. The list shows at most 20 of each
    /// person, and at most 2,000 in all.
    conflicts: Many<Assignment>,
}

impl From<service::RescheduleOutcome> for RescheduleOutcome {
    fn from(outcome: service::RescheduleOutcome) -> Self {
        Self {
            assignment: One(outcome.assignment.into()),
            effect: outcome.effect,
            conflicts: outcome
                .conflicts
                .into_iter()
                .map(Assignment::from)
                .collect(),
        }
    }
}

/// The result of moving a mission.
#[derive(SimpleObject)]
pub(super) struct ReschedulePayload {
    /// The mission. With `dryRun` it is as it was.
    mission: One<Mission>,
    /// One entry for each INVITED or ACCEPTED assignment of the mission.
    outcomes: Many<RescheduleOutcome>,
    /// Whether the mission has the new time. False with `dryRun`.
    applied: bool,
}

impl ReschedulePayload {
    pub(super) fn new(rescheduled: service::Rescheduled, applied: bool) -> Self {
        let outcomes = rescheduled.outcomes.into_iter();
        Self {
            mission: One(rescheduled.mission.into()),
            outcomes: outcomes.map(RescheduleOutcome::from).collect(),
            applied,
        }
    }
}
