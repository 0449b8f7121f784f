use async_graphql::SimpleObject;

use super::super::model::Warnings;
use super::super::service::{InvitationAnswer, Invited};
use super::assignment::Assignment;
use super::types::{InvitationPreview, Warning};
use crate::domains::assignments::model::{self, AssignmentStatus};
use crate::domains::invitations::graphql::Invitation;
use crate::graphql::execute::object::{Many, One};

/// A new assignment, its invitation and the token.
#[derive(SimpleObject)]
pub(super) struct AssignmentInvitation {
    /// The new assignment.
    assignment: One<Assignment>,
    /// The invitation.
    invitation: One<Invitation>,
    /// The token for the link. The server shows it only here.
    token: String,
}

impl From<Invited> for AssignmentInvitation {
    fn from(invited: Invited) -> Self {
        Self {
            assignment: One(invited.assignment.into()),
            invitation: One(Invitation(invited.issued.invitation)),
            token: invited.issued.token,
        }
    }
}

/// The result of inviting people.
#[derive(SimpleObject)]
pub(super) struct InviteToMissionPayload {
    /// One entry for each person, in the order of the input.
    pub invitations: Many<AssignmentInvitation>,
    /// Possible problems. The people are invited anyway. The list shows at most 200, and 5 overlaps of each person.
    pub warnings: Many<Warning>,
    /// How many possible problems there are. Overlaps are counted up to 10,000.
    pub warnings_total: i32,
}

/// The assignment after the change.
#[derive(SimpleObject)]
pub(super) struct AssignmentPayload {
    /// The assignment.
    assignment: One<Assignment>,
    /// Conflicts that were overridden with `force`; for `assignToMission` all possible problems. The list shows at most
    /// 200.
    warnings: Many<Warning>,
    /// How many possible problems there are. Overlaps are counted up to 10,000.
    warnings_total: i32,
}

impl AssignmentPayload {
    pub(super) fn new(assignment: model::Assignment, warnings: Warnings) -> Self {
        Self {
            assignment: One(assignment.into()),
            warnings_total: total(warnings.total),
            warnings: warnings.shown.into_iter().map(Warning).collect(),
        }
    }
}

/// A count in the schema.
pub fn total(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// The result of answering by token.
#[derive(SimpleObject)]
pub(super) struct InvitationAnswerPayload {
    /// The status of the assignment.
    status: AssignmentStatus,
    /// The invitation.
    invitation: One<InvitationPreview>,
}

impl From<InvitationAnswer> for InvitationAnswerPayload {
    fn from(answer: InvitationAnswer) -> Self {
        Self {
            status: answer.status,
            invitation: One(InvitationPreview(answer.preview)),
        }
    }
}

/// The invitation that was withdrawn.
#[derive(SimpleObject)]
pub(super) struct RevokeInvitationPayload {
    /// The invitation. Its status is now REVOKED.
    pub invitation: One<Invitation>,
}
