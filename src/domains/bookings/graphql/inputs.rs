use async_graphql::{ID, InputObject};

use crate::domains::assignments::model::{self, AssignmentStatus};
use crate::error::Result;
use crate::graphql::id::decode_optional;
use crate::graphql::scalar::{DateTime, optional};
use crate::validate;

/// Selects assignments. All fields that are set must match. `from` and `to` select missions that overlap the time
/// `[from, to)`.
#[derive(InputObject, Default)]
pub(super) struct AssignmentFilter {
    /// Only assignments on this mission.
    mission_id: Option<ID>,
    /// Only assignments of this person.
    user_id: Option<ID>,
    /// Only assignments with one of these statuses.
    status: Option<Vec<AssignmentStatus>>,
    /// Only missions that end after this instant.
    from: Option<DateTime>,
    /// Only missions that start before this instant.
    to: Option<DateTime>,
}

impl AssignmentFilter {
    pub(super) fn read(self) -> Result<model::AssignmentFilter> {
        let from = optional(self.from.as_ref(), "filter.from")?;
        let to = optional(self.to.as_ref(), "filter.to")?;
        if let (Some(from), Some(to)) = (from, to) {
            validate::interval("filter.to", from, to)?;
        }
        Ok(model::AssignmentFilter {
            mission_id: decode_optional(self.mission_id.as_ref(), "filter.missionId")?,
            user_id: decode_optional(self.user_id.as_ref(), "filter.userId")?,
            status: self.status,
            from,
            to,
        })
    }
}

/// The people to invite, and the role.
#[derive(InputObject)]
pub(super) struct InviteToMissionInput {
    /// The id of the role.
    pub role_id: ID,
    /// The people to invite: 1 to 500, each once.
    pub user_ids: Vec<ID>,
}

/// The assignment to accept.
#[derive(InputObject)]
pub(super) struct AcceptAssignmentInput {
    /// The id of the assignment.
    pub id: ID,
    /// Whether to accept in spite of a `SCHEDULE_CONFLICT`. Needs MANAGER or above, and a `reason`.
    #[graphql(default_with = "Some(false)")]
    pub force: Option<bool>,
    /// Why the conflict is overridden. The audit log keeps the reason.
    pub reason: Option<String>,
}

/// Somebody to book without asking, and the role.
#[derive(InputObject)]
pub(super) struct AssignToMissionInput {
    /// The id of the role.
    pub role_id: ID,
    /// The id of the person.
    pub user_id: ID,
    /// Whether to book in spite of a `SCHEDULE_CONFLICT`. Needs a `reason`.
    #[graphql(default_with = "Some(false)")]
    pub force: Option<bool>,
    /// Why the conflict is overridden, at most 10,000 characters. The audit log keeps the reason.
    pub reason: Option<String>,
}

/// The assignment to cancel.
#[derive(InputObject)]
pub(super) struct CancelAssignmentInput {
    /// The id of the assignment.
    pub id: ID,
    /// Why it is cancelled, at most 10,000 characters.
    pub reason: Option<String>,
}

/// The assignment whose invitation to send again.
#[derive(InputObject)]
pub(super) struct ResendInvitationInput {
    /// The id of the assignment.
    pub assignment_id: ID,
}

/// The assignment to decline.
#[derive(InputObject)]
pub(super) struct DeclineAssignmentInput {
    /// The id of the assignment.
    pub id: ID,
    /// Why the person declines, at most 10,000 characters.
    pub reason: Option<String>,
}

/// The token of the invitation to accept.
#[derive(InputObject)]
pub(super) struct AcceptInvitationInput {
    /// The token from the invitation's link.
    pub token: String,
}

/// The token of the invitation to decline.
#[derive(InputObject)]
pub(super) struct DeclineInvitationInput {
    /// The token from the invitation's link.
    pub token: String,
    /// Why the person declines, at most 10,000 characters.
    pub reason: Option<String>,
}

/// The invitation to withdraw.
#[derive(InputObject)]
pub(super) struct RevokeInvitationInput {
    /// The id of the invitation.
    pub id: ID,
}
