//! Bookings in the schema.

mod inputs;
mod loaders;
mod payloads;
mod types;

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};

use inputs::{
    AcceptAssignmentInput, AcceptInvitationInput, AssignmentFilter, DeclineAssignmentInput,
    DeclineInvitationInput, InviteToMissionInput, RevokeInvitationInput,
};
pub use loaders::{AssignmentsOf, AssignmentsOfUser, Counts, ProjectStaffing};
use payloads::{
    AssignmentInvitation, AssignmentPayload, InvitationAnswerPayload, InviteToMissionPayload,
    RevokeInvitationPayload,
};
pub use types::{Assignment, Candidate, InvitationPreview, Staffing, Warning};

use super::service::{self, AcceptAssignment, DeclineAssignment, InviteToMission};
use crate::domains::invitations::graphql::Invitation;
use crate::graphql::connection::{Connection, page};
use crate::graphql::context::{load, member, state};
use crate::graphql::execute::by_id::ById;
use crate::graphql::execute::object::{Many, One};
use crate::graphql::guard::{MANAGER, TECH};
use crate::graphql::id::{decode, decode_all};
use crate::page::PageArgs;

/// Queries of bookings.
#[derive(Default)]
pub struct BookingQuery;

#[Object]
impl BookingQuery {
    /// An assignment.
    #[graphql(guard = TECH)]
    async fn assignment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The assignment's id.")] id: ID,
    ) -> Result<Option<One<Arc<Assignment>>>> {
        let id = decode(&id, "id")?;
        Ok(load(ctx, ById::<Assignment>(id)).await?.map(One))
    }

    /// By mission start.
    #[graphql(guard = TECH)]
    async fn assignments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which assignments to list.")] filter: Option<AssignmentFilter>,
        #[graphql(desc = "At most so many from the start: 0 to 200.")] first: Option<i32>,
        #[graphql(desc = "Only what comes behind this cursor.")] after: Option<String>,
        #[graphql(desc = "At most so many from the end: 0 to 200.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<One<Connection<Assignment>>> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let (page, filter) = (page(ctx, &args)?, filter.unwrap_or_default().read()?);
        let found = service::list_assignments(state(ctx), member(ctx)?, &filter, &page).await?;
        Ok(One(found.into()))
    }

    /// Who could take a place of a role, best first: has the skill, said AVAILABLE, is free, by name. Who is
    /// archived or already asked is left out. MANAGER and above.
    #[graphql(guard = MANAGER)]
    async fn candidates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The role.")] role_id: ID,
        #[graphql(desc = "At most so many: 0 to 200.", default_with = "Some(20)")] first: Option<
            i32,
        >,
    ) -> Result<Many<Candidate>> {
        let role_id = decode(&role_id, "roleId")?;
        let first = i64::from(first.unwrap_or(20));
        let found = service::candidates(state(ctx), member(ctx)?, role_id, first).await?;
        Ok(found.into_iter().map(Candidate).collect())
    }

    /// What an invitation is for, by its token. Without signing in. Reading changes nothing: mail scanners open
    /// links. Null for an unknown token.
    async fn invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token of the invitation's link.")] token: String,
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
    /// Invites people to a role; each gets an INVITED assignment and a token. All or none. MANAGER.
    #[graphql(guard = MANAGER)]
    async fn invite_to_mission(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: InviteToMissionInput,
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
            warnings: done.warnings.into_iter().map(Warning).collect(),
        }))
    }

    /// Says yes to an invitation. MANAGER, or the person themselves (who cannot force).
    #[graphql(guard = TECH)]
    async fn accept_assignment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: AcceptAssignmentInput,
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

    /// Says no to an invitation. MANAGER, or the person themselves.
    #[graphql(guard = TECH)]
    async fn decline_assignment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: DeclineAssignmentInput,
    ) -> Result<One<AssignmentPayload>> {
        let id = decode(&input.id, "id")?;
        let input = DeclineAssignment {
            id,
            reason: input.reason,
        };
        let assignment = service::decline_assignment(state(ctx), member(ctx)?, input).await?;
        Ok(One(AssignmentPayload::new(assignment, Vec::new())))
    }

    /// Withdraws an invitation: its token is worth nothing from now on. One to a mission leaves the assignment INVITED.
    /// MANAGER; for one to join the organisation ADMIN, and nobody one above their own role.
    #[graphql(guard = MANAGER)]
    async fn revoke_invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: RevokeInvitationInput,
    ) -> Result<One<RevokeInvitationPayload>> {
        let id = decode(&input.id, "id")?;
        let revoked = service::revoke_invitation(state(ctx), member(ctx)?, id).await?;
        Ok(One(RevokeInvitationPayload {
            invitation: One(Invitation(revoked)),
        }))
    }

    /// Says yes by token, without signing in. Repeating the same answer succeeds and changes nothing.
    async fn accept_invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: AcceptInvitationInput,
    ) -> Result<One<InvitationAnswerPayload>> {
        let answer = service::accept_invitation(state(ctx), &input.token).await?;
        Ok(One(answer.into()))
    }

    /// Says no by token, without signing in. Repeating the same answer succeeds and changes nothing.
    async fn decline_invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: DeclineInvitationInput,
    ) -> Result<One<InvitationAnswerPayload>> {
        let reason = input.reason.as_deref();
        let answer = service::decline_invitation(state(ctx), &input.token, reason).await?;
        Ok(One(answer.into()))
    }
}
