use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, SimpleObject};

use super::super::model::{self, AssignmentStatus, WarningCode};
use super::super::service;
use crate::access::Role;
use crate::domains::crew::graphql::User;
use crate::domains::invitations::graphql::{Invitation, NewestInvitation};
use crate::domains::invitations::model::InvitationStatus;
use crate::domains::missions::graphql::{Mission, MissionRole};
use crate::graphql::context::{load, load_one, member};
use crate::graphql::execute::by_id::ById;
use crate::graphql::execute::object::{Many, One};
use crate::graphql::scalar::DateTime;

/// `Assignment` of the schema.
pub struct Assignment(pub model::Assignment);

impl From<model::ListedAssignment> for Assignment {
    fn from(row: model::ListedAssignment) -> Self {
        Self(row.assignment)
    }
}

/// Somebody asked to take a place of a role on a mission.
#[Object]
impl Assignment {
    /// TypeID with the prefix `assignment`.
    pub async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// The mission.
    async fn mission(&self, ctx: &Context<'_>) -> Result<One<Arc<Mission>>> {
        Ok(One(load_one(ctx, ById::<Mission>(self.0.mission_id)).await?))
    }

    /// The role.
    async fn role(&self, ctx: &Context<'_>) -> Result<One<Arc<MissionRole>>> {
        Ok(One(
            load_one(ctx, ById::<MissionRole>(self.0.role_id)).await?
        ))
    }

    /// The person.
    async fn user(&self, ctx: &Context<'_>) -> Result<One<Arc<User>>> {
        Ok(One(load_one(ctx, ById::<User>(self.0.user_id)).await?))
    }

    /// Where it stands.
    async fn status(&self) -> AssignmentStatus {
        self.0.status
    }

    /// Why it was declined or cancelled.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// When the person was asked.
    async fn invited_at(&self) -> DateTime {
        self.0.invited_at.into()
    }

    /// When the person answered.
    async fn responded_at(&self) -> Option<DateTime> {
        self.0.responded_at.map(DateTime::from)
    }

    /// When the row was made.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it was changed last.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }

    /// The newest invitation; MANAGER and above, otherwise null.
    async fn invitation(&self, ctx: &Context<'_>) -> Result<Option<One<Arc<Invitation>>>> {
        if !member(ctx)?.is(Role::Manager) {
            return Ok(None);
        }
        Ok(load(ctx, ById::<NewestInvitation>(self.0.id))
            .await?
            .map(One))
    }
}

/// How far the needed places are filled. `open` = needed - accepted, never below 0.
#[derive(Clone, Copy, Default, SimpleObject)]
pub struct Staffing {
    /// Places.
    needed: i32,
    /// People who were asked and have not answered.
    invited: i32,
    /// People who come.
    accepted: i32,
    /// Places that nobody has taken.
    open: i32,
}

impl From<model::Staffing> for Staffing {
    fn from(row: model::Staffing) -> Self {
        let int = |count: i64| i32::try_from(count).unwrap_or(i32::MAX);
        Self {
            needed: int(row.needed),
            invited: int(row.counts.invited),
            accepted: int(row.counts.accepted),
            open: int((row.needed - row.counts.accepted).max(0)),
        }
    }
}

/// `InvitationPreview` of the schema.
pub struct InvitationPreview(pub service::InvitationPreview);

/// What the holder of a token may see without signing in.
#[Object]
impl InvitationPreview {
    /// Where the invitation stands.
    async fn status(&self) -> InvitationStatus {
        self.0.status
    }

    /// Until when it can be answered.
    async fn expires_at(&self) -> DateTime {
        self.0.expires_at.into()
    }

    /// Who invites.
    async fn org_name(&self) -> &str {
        &self.0.org_name
    }

    /// Who is invited.
    async fn invitee_name(&self) -> Option<&str> {
        self.0.invitee_name.as_deref()
    }

    /// The role in the organisation, when the invitation is to join it.
    async fn role(&self) -> Option<Role> {
        self.0.role
    }

    /// The mission, when the invitation is to take a place on it, and while it is PENDING or ACCEPTED.
    async fn mission(&self) -> Option<One<InvitationMission<'_>>> {
        self.0.mission.as_ref().map(InvitationMission).map(One)
    }
}

/// `InvitationMission` of the schema.
pub struct InvitationMission<'a>(&'a service::PreviewMission);

/// What an invitation is for.
#[Object]
impl InvitationMission<'_> {
    /// What it is called.
    async fn title(&self) -> &str {
        &self.0.mission.title
    }

    /// Where it is.
    async fn location(&self) -> Option<&str> {
        self.0.mission.location.as_deref()
    }

    /// When it starts.
    async fn starts_at(&self) -> DateTime {
        self.0.mission.starts_at.into()
    }

    /// When it is over.
    async fn ends_at(&self) -> DateTime {
        self.0.mission.ends_at.into()
    }

    /// IANA zone name in which the work day is read.
    async fn timezone(&self) -> &str {
        &self.0.mission.timezone
    }

    /// What the person would do.
    async fn role_name(&self) -> &str {
        &self.0.role_name
    }
}

/// `Candidate` of the schema.
pub struct Candidate(pub service::Candidate);

/// Someone who could take a place, best first: has the skill, said so, is free.
#[Object]
impl Candidate {
    /// The person.
    async fn user(&self) -> One<User> {
        One(User(self.0.user.clone()))
    }

    /// Whether they have the skill that the role asks for; true when it asks for none.
    async fn has_skill(&self) -> bool {
        self.0.has_skill
    }

    /// Whether they said that they can work all through the mission.
    async fn available(&self) -> bool {
        self.0.available
    }

    /// Where they are INVITED or ACCEPTED at the same time.
    async fn overlaps(&self) -> Many<Assignment> {
        self.0.overlaps.iter().cloned().map(Assignment).collect()
    }
}

/// `Warning` of the schema.
pub struct Warning(pub model::Warning);

/// What deserves a second look about one person. It stops nothing.
#[Object]
impl Warning {
    /// Why.
    async fn code(&self) -> WarningCode {
        self.0.code
    }

    /// A sentence for people.
    async fn message(&self) -> &str {
        match self.0.code {
            WarningCode::Overlap => "This person is asked or booked elsewhere at the same time.",
            WarningCode::Unavailable => "This person said that they cannot work then.",
            WarningCode::MissingSkill => "This person lacks the skill that the role asks for.",
        }
    }

    /// Whom.
    async fn user(&self, ctx: &Context<'_>) -> Result<One<Arc<User>>> {
        Ok(One(load_one(ctx, ById::<User>(self.0.user_id)).await?))
    }

    /// The assignment that overlaps.
    async fn assignment(&self) -> Option<One<Assignment>> {
        self.0.assignment.clone().map(Assignment).map(One)
    }
}
