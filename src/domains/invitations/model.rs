//! Rows of invitations.

use async_graphql::Enum;
use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::access::Role;
use crate::db::schema::invitations;
use crate::db::types::{Timestamp, text_enum};
use crate::ids::{AssignmentId, Entity, InvitationId, OrgId};

/// The status of an invitation as it is stored. EXPIRED is not stored but computed from the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, FromSqlRow, AsExpression)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub enum StoredStatus {
    /// The invitation has no answer yet.
    Pending,
    /// The person accepted.
    Accepted,
    /// The person declined.
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

/// The status of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
pub enum InvitationStatus {
    /// The invitation has no answer yet.
    Pending,
    /// The person accepted.
    Accepted,
    /// The person declined.
    Declined,
    /// The invitation was withdrawn or replaced by a newer one. Not there yet: `revokeInvitation` and
    /// `resendInvitation`.
    Revoked,
    /// The invitation was not answered in time. The assignment stays INVITED.
    Expired,
}

/// An invitation, either for an assignment or to join the organisation (`email` and `role`).
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = invitations, treat_none_as_default_value = false)]
pub struct Invitation {
    /// Its key.
    pub id: InvitationId,
    /// The organisation.
    pub org_id: OrgId,
    /// What it asks for.
    pub assignment_id: Option<AssignmentId>,
    /// The address of the person who may join.
    pub email: Option<String>,
    /// The role that the person will have.
    pub role: Option<Role>,
    /// SHA-256 of its token.
    pub token_hash: Vec<u8>,
    /// Where it stands.
    pub status: StoredStatus,
    /// When the token expires.
    pub expires_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Entity for Invitation {
    const PREFIX: &str = "invitation";
    const TYPE: &str = "Invitation";
}

impl Invitation {
    /// The facts of an invitation to join, for the audit log.
    #[must_use]
    pub fn facts(&self) -> Value {
        json!({
            "email": self.email,
            "role": self.role.map(Role::as_str),
            "expiresAt": self.expires_at.to_rfc3339(),
        })
    }

    /// The status at an instant.
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
