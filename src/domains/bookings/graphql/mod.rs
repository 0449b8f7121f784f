//! Bookings in the schema.

mod assignment;
mod inputs;
mod loaders;
mod payloads;
mod types;

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};

pub use assignment::Assignment;
use inputs::{
    AcceptAssignmentInput, AcceptInvitationInput, AssignToMissionInput, AssignmentFilter,
    CancelAssignmentInput, DeclineAssignmentInput, DeclineInvitationInput, InviteToMissionInput,
    ResendInvitationInput, RevokeInvitationInput,
};
pub use loaders::{AssignmentsOf, AssignmentsOfUser, Counts, ProjectStaffing};
pub use payloads::total;
use payloads::{
    AssignmentInvitation, AssignmentPayload, InvitationAnswerPayload, InviteToMissionPayload,
    RevokeInvitationPayload,
};
pub use types::{Candidate, Conflict, InvitationPreview, Staffing, Warning};

use super::model::Warnings;
use super::service::{
    self, AcceptAssignment, AssignToMission, CancelAssignment, DeclineAssignment, InviteToMission,
};
use crate::domains::assignments;
use crate::domains::invitations::graphql::{Invitation, InvitationPayload};
use crate::graphql::brief::{extent_of_nodes, load_row};
use crate::graphql::connection::{Connection, page};
use crate::graphql::context::{member, state};
use crate::graphql::execute::object::{Many, One};
use crate::graphql::guard::{MANAGER, TECH};
use crate::graphql::id::{decode, decode_all};
use crate::graphql::scalar::{DateTime, optional};
use crate::page::PageArgs;

/// Queries of bookings.
#[derive(Default)]
pub struct BookingQuery;

#[Object]
impl BookingQuery {
    /// The assignment with this id. Null if there is none in your organisation.
    #[graphql(guard = TECH)]
    async fn assignment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the assignment.")] id: ID,
    ) -> Result<Option<One<Arc<Assignment>>>> {
        let id = decode(&id, "id")?;
        Ok(load_row(ctx, id).await?.map(One))
    }

    /// The assignments of the organisation, by the start of their missions.
    #[graphql(guard = TECH)]
    async fn assignments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which assignments to return.")] filter: Option<AssignmentFilter>,
        #[graphql(desc = "How many rows from the start: 0 to 200.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end: 0 to 200.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<One<Connection<Assignment>>> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let (page, filter) = (page(ctx, &args)?, filter.unwrap_or_default().read()?);
        let (state, who) = (state(ctx), member(ctx)?);
        let extent = extent_of_nodes::<Assignment>(ctx);
        let found =
            assignments::service::list_assignments(state, who, &filter, &page, extent).await?;
        Ok(One(found.into()))
    }

    /// People who could take a place of a role. Those with the skill come first, then those who are AVAILABLE during
    /// the whole mission, then those without another assignment at that time, then by name. Archived people, and people
    /// with an open assignment on the mission, are not listed. Needs MANAGER or above.
    #[graphql(guard = MANAGER)]
    async fn candidates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the role.")] role_id: ID,
        #[graphql(desc = "How many people: 0 to 200.", default_with = "Some(20)")] first: Option<
            i32,
        >,
    ) -> Result<Many<Candidate>> {
        let role_id = decode(&role_id, "roleId")?;
        let first = i64::from(first.unwrap_or(20));
        let found = service::candidates(state(ctx), member(ctx)?, role_id, first).await?;
        Ok(found.into_iter().map(Candidate).collect())
    }

    /// Pairs of a person's ACCEPTED assignments that overlap, by the start of the first assignment, then of the second.
    /// The list shows the first 200. It is empty for a person who does not exist. Needs MANAGER or above, except for your
    /// own.
    #[graphql(guard = TECH)]
    async fn conflicts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the person.")] user_id: ID,
        #[graphql(desc = "Only overlaps that end after this instant.")] from: Option<DateTime>,
        #[graphql(desc = "Only overlaps that start before this instant.")] to: Option<DateTime>,
    ) -> Result<Many<Conflict>> {
        let user_id = decode(&user_id, "userId")?;
        let (from, to) = (
            optional(from.as_ref(), "from")?,
            optional(to.as_ref(), "to")?,
        );
        let found = service::conflicts(state(ctx), member(ctx)?, user_id, from, to).await?;
        Ok(found.into_iter().map(Conflict).collect())
    }

    /// The invitation with this token. Null if the token is unknown. Needs no access token. Reading changes nothing,
    /// because mail scanners open links.
    async fn invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token from the invitation's link.")] token: String,
    ) -> Result<Option<One<InvitationPreview>>> {
        Ok(service::invitation(state(ctx), &token)
            .await?
            .map(InvitationPreview)
            .map(One))
    }
}

/// Mutations of bookings.
#[derive(Default)]
pub struct BookingMutation;

#[Object]
impl BookingMutation {
    /// Invites people to a role. Each gets an INVITED assignment and a token, and whoever has an e-mail address gets the
    /// link by mail. If one of them cannot be invited, nobody is. Needs MANAGER or above.
    #[graphql(guard = MANAGER)]
    async fn invite_to_mission(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: InviteToMissionInput,
    ) -> Result<One<InviteToMissionPayload>> {
        let input = InviteToMission {
            role_id: decode(&input.role_id, "roleId")?,
            user_ids: decode_all(&input.user_ids, "userIds")?,
        };
        let done = service::invite_to_mission(state(ctx), member(ctx)?, input).await?;
        Ok(One(InviteToMissionPayload {
            invitations: done
                .invited
                .into_iter()
                .map(AssignmentInvitation::from)
                .collect(),
            warnings_total: total(done.warnings.total),
            warnings: done.warnings.shown.into_iter().map(Warning).collect(),
        }))
    }

    /// Accepts an invitation. Needs MANAGER or above, except for your own assignment.
    #[graphql(guard = TECH)]
    async fn accept_assignment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: AcceptAssignmentInput,
    ) -> Result<One<AssignmentPayload>> {
        let input = AcceptAssignment {
            id: decode(&input.id, "id")?,
            force: input.force.unwrap_or_default(),
            reason: input.reason,
        };
        let answered = service::accept_assignment(state(ctx), member(ctx)?, input).await?;
        let (assignment, warnings) = (answered.assignment, answered.warnings);
        Ok(One(AssignmentPayload::new(assignment, warnings)))
    }

    /// Declines an invitation. Needs MANAGER or above, except for your own assignment.
    #[graphql(guard = TECH)]
    async fn decline_assignment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: DeclineAssignmentInput,
    ) -> Result<One<AssignmentPayload>> {
        let id = decode(&input.id, "id")?;
        let input = DeclineAssignment {
            id,
            reason: input.reason,
        };
        let assignment = service::decline_assignment(state(ctx), member(ctx)?, input).await?;
        Ok(One(AssignmentPayload::new(assignment, Warnings::default())))
    }

    /// Books a person without asking: the new assignment is ACCEPTED. Needs MANAGER or above.
    #[graphql(guard = MANAGER)]
    async fn assign_to_mission(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: AssignToMissionInput,
    ) -> Result<One<AssignmentPayload>> {
        let input = AssignToMission {
            role_id: decode(&input.role_id, "roleId")?,
            user_id: decode(&input.user_id, "userId")?,
            force: input.force.unwrap_or_default(),
            reason: input.reason,
        };
        let assigned = service::assign_to_mission(state(ctx), member(ctx)?, input).await?;
        let (assignment, warnings) = (assigned.assignment, assigned.warnings);
        Ok(One(AssignmentPayload::new(assignment, warnings)))
    }

    /// Cancels an assignment that is INVITED or ACCEPTED. Needs MANAGER or above, except for your own ACCEPTED one: you
    /// can withdraw until the cut-off before the start of the mission. Cancelling again succeeds and changes nothing.
    #[graphql(guard = TECH)]
    async fn cancel_assignment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: CancelAssignmentInput,
    ) -> Result<One<AssignmentPayload>> {
        let id = decode(&input.id, "id")?;
        let input = CancelAssignment {
            id,
            reason: input.reason,
        };
        let assignment = service::cancel_assignment(state(ctx), member(ctx)?, input).await?;
        Ok(One(AssignmentPayload::new(assignment, Warnings::default())))
    }

    /// Makes a new invitation for an assignment that is INVITED, with a new token. Whoever has an e-mail address gets the
    /// link by mail. The tokens before it stop working. Needs MANAGER or above.
    #[graphql(guard = MANAGER)]
    async fn resend_invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: ResendInvitationInput,
    ) -> Result<One<InvitationPayload>> {
        let id = decode(&input.assignment_id, "assignmentId")?;
        let issued = service::resend_invitation(state(ctx), member(ctx)?, id).await?;
        Ok(One(issued.into()))
    }

    /// Withdraws an invitation, so that its token stops working. An assignment that it was for stays INVITED. Needs
    /// MANAGER or above. For an invitation to join the organisation it needs ADMIN or above, and a role that is not below
    /// the invitation's.
    #[graphql(guard = MANAGER)]
    async fn revoke_invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: RevokeInvitationInput,
    ) -> Result<One<RevokeInvitationPayload>> {
        let id = decode(&input.id, "id")?;
        let revoked = service::revoke_invitation(state(ctx), member(ctx)?, id).await?;
        Ok(One(RevokeInvitationPayload {
            invitation: One(Invitation(revoked)),
        }))
    }

    /// Accepts an invitation to a mission by its token. Needs no access token. Repeating the same answer succeeds and
    /// changes nothing.
    async fn accept_invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: AcceptInvitationInput,
    ) -> Result<One<InvitationAnswerPayload>> {
        let answer = service::accept_invitation(state(ctx), &input.token).await?;
        Ok(One(answer.into()))
    }

    /// Declines an invitation to a mission by its token. Needs no access token. Repeating the same answer succeeds and
    /// changes nothing.
    async fn decline_invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: DeclineInvitationInput,
    ) -> Result<One<InvitationAnswerPayload>> {
        let reason = input.reason.as_deref();
        let answer = service::decline_invitation(state(ctx), &input.token, reason).await?;
        Ok(One(answer.into()))
    }
}
