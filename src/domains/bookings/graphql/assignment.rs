use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};

use crate::access::{Requester, Role};
use crate::domains::assignments::model::{self, AssignmentStatus};
use crate::domains::assignments::service;
use crate::domains::crew::graphql::User;
use crate::domains::invitations::graphql::{Invitation, NewestInvitation};
use crate::domains::missions::graphql::{Mission, MissionRole};
use crate::error;
use crate::extent::Parts;
use crate::graphql::brief::{Brief, InParts, load_one_row};
use crate::graphql::context::{load, load_one, member};
use crate::graphql::execute::by_id::{ById, Lookup, ValuesOf};
use crate::graphql::execute::object::One;
use crate::graphql::scalar::DateTime;
use crate::ids::AssignmentId;
use crate::state::AppState;

/// `Assignment` of the schema.
pub struct Assignment(pub(super) model::AssignmentParts);

impl From<model::Assignment> for Assignment {
    fn from(row: model::Assignment) -> Self {
        Self(row.into())
    }
}

impl From<model::ListedAssignment> for Assignment {
    fn from(row: model::ListedAssignment) -> Self {
        Self(row.assignment)
    }
}

impl InParts for Assignment {
    const BRIEF: &'static [&'static str] = &[
        "id",
        "mission",
        "role",
        "user",
        "status",
        "invitedAt",
        "invitation",
    ];
}

/// An assignment: a person who was invited to a role of a mission.
#[Object]
impl Assignment {
    /// TypeID with the prefix `assignment`.
    pub async fn id(&self) -> ID {
        self.0.brief.id.into()
    }

    /// The mission.
    async fn mission(&self, ctx: &Context<'_>) -> Result<One<Arc<Mission>>> {
        Ok(One(load_one_row(ctx, self.0.brief.mission_id).await?))
    }

    /// The role.
    async fn role(&self, ctx: &Context<'_>) -> Result<One<Arc<MissionRole>>> {
        Ok(One(load_one(
            ctx,
            ById::<MissionRole>(self.0.brief.role_id),
        )
        .await?))
    }

    /// The person.
    async fn user(&self, ctx: &Context<'_>) -> Result<One<Arc<User>>> {
        Ok(One(load_one_row(ctx, self.0.brief.user_id).await?))
    }

    /// The status of the assignment.
    async fn status(&self) -> AssignmentStatus {
        self.0.brief.status
    }

    /// Why the assignment was declined or cancelled.
    async fn reason(&self) -> Result<Option<&str>> {
        Ok(self.0.rest()?.reason.as_deref())
    }

    /// When the person was invited.
    async fn invited_at(&self) -> DateTime {
        self.0.brief.invited_at.into()
    }

    /// When the person answered. Null before the answer, and for somebody who was booked without being asked.
    async fn responded_at(&self) -> Result<Option<DateTime>> {
        Ok(self.0.rest()?.responded_at.map(DateTime::from))
    }

    /// When the assignment was created.
    async fn created_at(&self) -> Result<DateTime> {
        Ok(self.0.rest()?.created_at.into())
    }

    /// When the assignment was last changed.
    async fn updated_at(&self) -> Result<DateTime> {
        Ok(self.0.rest()?.updated_at.into())
    }

    /// The newest invitation for this assignment. Visible to MANAGER and above; null for others.
    async fn invitation(&self, ctx: &Context<'_>) -> Result<Option<One<Arc<Invitation>>>> {
        if !member(ctx)?.is(Role::Manager) {
            return Ok(None);
        }
        Ok(load(ctx, ById::<NewestInvitation>(self.0.brief.id))
            .await?
            .map(One))
    }
}

/// Assignments of the organisation.
impl Lookup for Assignment {
    type Of = model::Assignment;
    type Value = Self;

    async fn load(
        state: &AppState,
        who: &Requester,
        ids: &[AssignmentId],
    ) -> error::Result<ValuesOf<Self>> {
        let rows = service::assignments(state, who.member()?, ids).await?;
        Ok(rows.into_iter().map(|row| (row.id, row.into())).collect())
    }
}

/// The same in brief.
impl Lookup for Brief<Assignment> {
    type Of = model::Assignment;
    type Value = Assignment;

    async fn load(
        state: &AppState,
        who: &Requester,
        ids: &[AssignmentId],
    ) -> error::Result<ValuesOf<Self>> {
        let rows = service::brief_assignments(state, who.member()?, ids).await?;
        let shown = |row: model::AssignmentBrief| (row.id, Assignment(Parts::brief(row)));
        Ok(rows.into_iter().map(shown).collect())
    }
}
