use async_graphql::{ID, InputObject};

use super::super::model::{self, AssignmentStatus};
use crate::error::Result;
use crate::graphql::id::decode_optional;
use crate::graphql::scalar::{DateTime, optional};
use crate::validate;

/// Which assignments to list. `from`/`to` select those whose mission overlaps `[from, to)`.
#[derive(InputObject, Default)]
pub(super) struct AssignmentFilter {
    /// The assignments of one mission.
    mission_id: Option<ID>,
    /// The assignments of one person.
    user_id: Option<ID>,
    /// Assignments that stand at one of these.
    status: Option<Vec<AssignmentStatus>>,
    /// Assignments whose mission is not over at this instant.
    from: Option<DateTime>,
    /// Assignments whose mission starts before this instant.
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

/// People to be invited to a role.
#[derive(InputObject)]
pub(super) struct InviteToMissionInput {
    /// The role.
    pub role_id: ID,
    /// The people: 1 to 500, each once.
    pub user_ids: Vec<ID>,
}

/// A yes to an invitation.
#[derive(InputObject)]
pub(super) struct AcceptAssignmentInput {
    /// The assignment.
    pub id: ID,
    /// Books in spite of a `SCHEDULE_CONFLICT`: MANAGER only, with a reason.
    #[graphql(default_with = "Some(false)")]
    pub force: Option<bool>,
    /// Why it is forced; kept in the audit log. Not there yet: `auditLog`, which reads it.
    pub reason: Option<String>,
}

/// A no to an invitation.
#[derive(InputObject)]
pub(super) struct DeclineAssignmentInput {
    /// The assignment.
    pub id: ID,
    /// Why; at most 10,000 characters.
    pub reason: Option<String>,
}

/// A yes by token.
#[derive(InputObject)]
pub(super) struct AcceptInvitationInput {
    /// The token of the invitation's link.
    pub token: String,
}

/// A no by token.
#[derive(InputObject)]
pub(super) struct DeclineInvitationInput {
    /// The token of the invitation's link.
    pub token: String,
    /// Why; at most 10,000 characters.
    pub reason: Option<String>,
}

/// An invitation to be withdrawn.
#[derive(InputObject)]
pub(super) struct RevokeInvitationInput {
    /// The invitation.
    pub id: ID,
}
