use async_graphql::SimpleObject;

use super::super::model::{self, AssignmentStatus};
use super::super::service::{InvitationAnswer, Invited};
use super::types::{Assignment, InvitationPreview, Warning};
use crate::domains::invitations::graphql::Invitation;
use crate::graphql::execute::object::{Many, One};

/// An invitation that was made, with its token.
#[derive(SimpleObject)]
pub(super) struct AssignmentInvitation {
    /// What it asks for.
    assignment: One<Assignment>,
    /// The invitation.
    invitation: One<Invitation>,
    /// For the link. The token appears here and nowhere else.
    token: String,
}

impl From<Invited> for AssignmentInvitation {
    fn from(invited: Invited) -> Self {
        Self {
            assignment: One(Assignment(invited.assignment)),
            invitation: One(Invitation(invited.issued.invitation)),
            token: invited.issued.token,
        }
    }
}

/// What inviting people answers.
#[derive(SimpleObject)]
pub(super) struct InviteToMissionPayload {
    /// One for each person, in the order of the input.
    pub invitations: Many<AssignmentInvitation>,
    /// What deserves a second look; the people are invited all the same.
    pub warnings: Many<Warning>,
}

/// An assignment that was made or changed.
#[derive(SimpleObject)]
pub(super) struct AssignmentPayload {
    /// The assignment.
    assignment: One<Assignment>,
    /// What deserves a second look.
    warnings: Many<Warning>,
}

impl AssignmentPayload {
    pub(super) fn new(assignment: model::Assignment, warnings: Vec<model::Warning>) -> Self {
        let warnings = warnings.into_iter().map(Warning).collect();
        Self {
            assignment: One(Assignment(assignment)),
            warnings,
        }
    }
}

/// What a token holder sees of the assignment that they answered for.
#[derive(SimpleObject)]
pub(super) struct InvitationAnswerPayload {
    /// Where the assignment stands.
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

/// An invitation that was withdrawn.
#[derive(SimpleObject)]
pub(super) struct RevokeInvitationPayload {
    /// The invitation, REVOKED.
    pub invitation: One<Invitation>,
}
