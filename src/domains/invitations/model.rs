//! Rows of invitations.

use async_graphql::Enum;
use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::access::Role;
use crate::clock::SET_BACK;
use crate::db::schema::invitations;
use crate::db::types::{Timestamp, text_enum};
use crate::ids::{AccountId, AssignmentId, Entity, InvitationId, OrgId};

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
    /// The invitation was withdrawn or replaced by a newer one. Not there yet: `resendInvitation`.
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
    /// The assignment, for an invitation to a mission.
    pub assignment_id: Option<AssignmentId>,
    /// The address of the person who may join.
    pub email: Option<String>,
    /// The role that the person will have.
    pub role: Option<Role>,
    /// The member who made it.
    pub invited_by: Option<AccountId>,
    /// SHA-256 of its token.
    pub token_hash: Vec<u8>,
    /// Its stored status.
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

    /// The invitation, given the present role of the member who made it, if they still have one. If they could not make
    /// it now, an open invitation counts as withdrawn, so that a removed member cannot return through it.
    #[must_use]
    pub fn made_by(mut self, maker: Option<Role>) -> Self {
        let could = |role| maker.is_some_and(|maker| maker.may_invite(role));
        if self.status == StoredStatus::Pending && self.role.is_some_and(|role| !could(role)) {
            self.status = StoredStatus::Revoked;
        }
        self
    }

    /// The status at an instant.
    #[must_use]
    pub fn status_at(&self, now: Timestamp) -> InvitationStatus {
        match self.status {
            // A creation time in the future means that the clock was ahead when it was created.
            StoredStatus::Pending if self.expires_at <= now || self.created_at > now + SET_BACK => {
                InvitationStatus::Expired
            }
            StoredStatus::Pending => InvitationStatus::Pending,
            StoredStatus::Accepted => InvitationStatus::Accepted,
            StoredStatus::Declined => InvitationStatus::Declined,
            StoredStatus::Revoked => InvitationStatus::Revoked,
        }
    }
}
