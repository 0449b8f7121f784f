//! Rows of assignments and invitations.

use async_graphql::Enum;
use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::access::Role;
use crate::db::schema::{assignments, invitations};
use crate::db::types::{Id, Timestamp, text_enum};
use crate::ids::{self, Kind};

/// Where an assignment stands. DECLINED and CANCELLED are final; inviting again makes a new assignment.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Enum, FromSqlRow, AsExpression,
)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub enum AssignmentStatus {
    /// Asked, no answer yet.
    Invited,
    /// The person comes.
    Accepted,
    /// The person does not come.
    Declined,
    /// Called off.
    Cancelled,
}

text_enum!(AssignmentStatus {
    Invited = "INVITED",
    Accepted = "ACCEPTED",
    Declined = "DECLINED",
    Cancelled = "CANCELLED",
});

/// The statuses that take part in the planning.
pub const OPEN: [AssignmentStatus; 2] = [AssignmentStatus::Invited, AssignmentStatus::Accepted];

/// Somebody asked to take a place of a role.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = assignments, treat_none_as_default_value = false)]
pub struct Assignment {
    /// Its key.
    pub id: Id,
    /// The organisation.
    pub org_id: Id,
    /// The mission.
    pub mission_id: Id,
    /// The role.
    pub role_id: Id,
    /// The person.
    pub user_id: Id,
    /// Where it stands.
    pub status: AssignmentStatus,
    /// Why it was declined or cancelled.
    pub reason: Option<String>,
    /// When the person was asked.
    pub invited_at: Timestamp,
    /// When the person answered.
    pub responded_at: Option<Timestamp>,
    /// When the row was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

impl Assignment {
    /// What the audit log says of it.
    #[must_use]
    pub fn facts(&self) -> Value {
        json!({
            "mission": ids::encode(Kind::Mission, self.mission_id),
            "role": ids::encode(Kind::Role, self.role_id),
            "user": ids::encode(Kind::User, self.user_id),
            "status": self.status.as_str(),
            "reason": self.reason,
        })
    }
}

/// Where an invitation stands, as it is stored: that it has expired is read from its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, FromSqlRow, AsExpression)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub enum StoredStatus {
    /// Waiting for an answer.
    Pending,
    /// Answered with yes.
    Accepted,
    /// Answered with no.
    Declined,
    /// Withdrawn.
    Revoked,
}

text_enum!(StoredStatus {
    Pending = "PENDING",
    Accepted = "ACCEPTED",
    Declined = "DECLINED",
    Revoked = "REVOKED",
});

/// Where an invitation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
pub enum InvitationStatus {
    /// Waiting for an answer.
    Pending,
    /// Answered with yes.
    Accepted,
    /// Answered with no.
    Declined,
    /// Withdrawn, or replaced by a newer one.
    Revoked,
    /// Not answered in time. That is no answer: the assignment stays INVITED.
    Expired,
}

/// A link sent to someone: for an assignment, or to join the organisation (`email` and `role`).
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = invitations, treat_none_as_default_value = false)]
pub struct Invitation {
    /// Its key.
    pub id: Id,
    /// The organisation.
    pub org_id: Id,
    /// What it asks for.
    pub assignment_id: Option<Id>,
    /// Who is to join.
    pub email: Option<String>,
    /// As what.
    pub role: Option<Role>,
    /// SHA-256 of its token.
    pub token_hash: Vec<u8>,
    /// Where it stands.
    pub status: StoredStatus,
    /// Until when the token is good.
    pub expires_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Invitation {
    /// What the audit log says of one into the organisation.
    #[must_use]
    pub fn facts(&self) -> Value {
        json!({
            "email": self.email,
            "role": self.role.map(Role::as_str),
            "expiresAt": self.expires_at.to_rfc3339(),
        })
    }

    /// Where it stands at an instant.
    #[must_use]
    pub fn status_at(&self, now: Timestamp) -> InvitationStatus {
        match self.status {
            StoredStatus::Pending if self.expires_at <= now => InvitationStatus::Expired,
            StoredStatus::Pending => InvitationStatus::Pending,
            StoredStatus::Accepted => InvitationStatus::Accepted,
            StoredStatus::Declined => InvitationStatus::Declined,
            StoredStatus::Revoked => InvitationStatus::Revoked,
        }
    }
}

/// Why a booking deserves a second look. It is made all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
pub enum WarningCode {
    /// INVITED or ACCEPTED elsewhere at the same time.
    Overlap,
    /// The person declared UNAVAILABLE then.
    Unavailable,
    /// The person lacks the skill that the role asks for.
    MissingSkill,
}

/// A warning about one person.
#[derive(Clone, Debug)]
pub struct Warning {
    /// Why.
    pub code: WarningCode,
    /// Whom.
    pub user_id: Id,
    /// The assignment that overlaps.
    pub assignment: Option<Assignment>,
}
