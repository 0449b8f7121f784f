use std::sync::Arc;

use async_graphql::{Context, Object, Result, SimpleObject};

use super::super::model::{self as bookings, WarningCode};
use super::super::service;
use super::assignment::Assignment;
use super::payloads::total;
use crate::access::Role;
use crate::domains::assignments::model;
use crate::domains::availability::model::AvailabilityKind;
use crate::domains::crew::graphql::User;
use crate::domains::invitations::model::InvitationStatus;
use crate::graphql::brief::load_one_row;
use crate::graphql::execute::object::{Many, One};
use crate::graphql::scalar::DateTime;

/// How many of the needed places are filled.
#[derive(Clone, Copy, Default, SimpleObject)]
pub struct Staffing {
    /// The number of people needed.
    needed: i32,
    /// The number of people who were invited and have not answered.
    invited: i32,
    /// The number of people who accepted.
    accepted: i32,
    /// The number of open places: `needed` minus `accepted`, but never below 0.
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

/// The part of an invitation that the holder of its token may see without signing in.
#[Object]
impl InvitationPreview {
    /// The status of the invitation.
    async fn status(&self) -> InvitationStatus {
        self.0.status
    }

    /// When the invitation expires.
    async fn expires_at(&self) -> DateTime {
        self.0.expires_at.into()
    }

    /// The name of the organisation that invites.
    async fn org_name(&self) -> &str {
        &self.0.org_name
    }

    /// The name of the invited person. Null for an invitation to join the organisation.
    async fn invitee_name(&self) -> Option<&str> {
        self.0.invitee_name.as_deref()
    }

    /// The role in the organisation. Null for an invitation to a mission.
    async fn role(&self) -> Option<Role> {
        self.0.role
    }

    /// The mission. Shown while the invitation is PENDING or ACCEPTED. Null for an invitation to join the organisation.
    async fn mission(&self) -> Option<One<InvitationMission<'_>>> {
        self.0.mission.as_ref().map(InvitationMission).map(One)
    }
}

/// `InvitationMission` of the schema.
pub struct InvitationMission<'a>(&'a service::PreviewMission);

/// The mission of an invitation.
#[Object]
impl InvitationMission<'_> {
    /// The title of the mission.
    async fn title(&self) -> &str {
        &self.0.mission.title
    }

    /// The place.
    async fn location(&self) -> Option<&str> {
        self.0.mission.location.as_deref()
    }

    /// When the mission starts.
    async fn starts_at(&self) -> DateTime {
        self.0.mission.starts_at.into()
    }

    /// When the mission ends.
    async fn ends_at(&self) -> DateTime {
        self.0.mission.ends_at.into()
    }

    /// The IANA time zone in which to show the mission.
    async fn timezone(&self) -> &str {
        &self.0.mission.timezone
    }

    /// The name of the role.
    async fn role_name(&self) -> &str {
        &self.0.role_name
    }
}

/// `Candidate` of the schema.
pub struct Candidate(pub service::Candidate);

/// A person who could take a place of a role.
#[Object]
impl Candidate {
    /// The person.
    async fn user(&self) -> One<User> {
        One(self.0.user.clone().into())
    }

    /// Whether the person has the skill that the role needs. True if the role needs none.
    async fn has_skill(&self) -> bool {
        self.0.has_skill
    }

    /// Whether the person is AVAILABLE during the whole mission.
    async fn available(&self) -> bool {
        self.0.available
    }

    /// What the person said about the time of the mission, or about part of it: UNAVAILABLE if they cannot work for some
    /// of it, otherwise AVAILABLE. Null if they said nothing.
    async fn availability(&self) -> Option<AvailabilityKind> {
        self.0.availability
    }

    /// The person's INVITED and ACCEPTED assignments at the same time. The list shows the first 20.
    async fn overlaps(&self) -> Many<Assignment> {
        let shown = self.0.overlaps.shown.iter();
        shown.cloned().map(Assignment::from).collect()
    }

    /// How many overlaps there are. Those of all candidates together are counted up to 10,000.
    async fn overlaps_total(&self) -> i32 {
        total(self.0.overlaps.total)
    }
}

/// `Conflict` of the schema.
pub struct Conflict(pub model::Conflict);

/// Two ACCEPTED assignments of one person that overlap.
#[Object]
impl Conflict {
    /// The assignment whose mission starts earlier.
    async fn first(&self) -> One<Assignment> {
        One(self.0.first.clone().into())
    }

    /// The other assignment.
    async fn second(&self) -> One<Assignment> {
        One(self.0.second.clone().into())
    }

    /// When the overlap starts.
    async fn starts_at(&self) -> DateTime {
        self.0.overlap.starts_at.into()
    }

    /// When the overlap ends.
    async fn ends_at(&self) -> DateTime {
        self.0.overlap.ends_at.into()
    }
}

/// `Warning` of the schema.
pub struct Warning(pub bookings::Warning);

/// A possible problem with one person. It does not prevent the booking.
#[Object]
impl Warning {
    /// The kind of problem.
    async fn code(&self) -> WarningCode {
        self.0.code
    }

    /// The problem as a sentence.
    async fn message(&self) -> &str {
        match self.0.code {
            WarningCode::Overlap => "This person is invited or booked elsewhere at the same time.",
            WarningCode::Unavailable => "This person is not available at that time.",
            WarningCode::MissingSkill => "This person lacks the skill that the role needs.",
        }
    }

    /// The person.
    async fn user(&self, ctx: &Context<'_>) -> Result<One<Arc<User>>> {
        Ok(One(load_one_row(ctx, self.0.user_id).await?))
    }

    /// The other assignment at the same time. Null for other kinds of problems.
    async fn assignment(&self) -> Option<One<Assignment>> {
        self.0.assignment.clone().map(Assignment::from).map(One)
    }
}
