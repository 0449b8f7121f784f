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
    /// Withdrawn, or replaced by a newer one. Not there yet: `resendInvitation`.
    Revoked,
    /// Not answered in time. That is no answer: the assignment stays INVITED.
    Expired,
}

/// A link sent to someone: for an assignment, or to join the organisation (`email` and `role`).
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = invitations, treat_none_as_default_value = false)]
pub struct Invitation {
    /// Its key.
    pub id: InvitationId,
    /// The organisation.
    pub org_id: OrgId,
    /// What it asks for.
    pub assignment_id: Option<AssignmentId>,
    /// Who is to join.
    pub email: Option<String>,
    /// As what.
    pub role: Option<Role>,
    /// Who asks them to join.
    pub invited_by: Option<AccountId>,
    /// SHA-256 of its token.
    pub token_hash: Vec<u8>,
    /// Where it stands.
    pub status: StoredStatus,
    /// Until when the token is good.
    pub expires_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Entity for Invitation {
    const PREFIX: &str = "invitation";
    const TYPE: &str = "Invitation";
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

    /// The invitation as it counts while whoever made it has this role in the organisation, or none. Where they could
    /// not make it now, an open one counts as withdrawn: somebody removed must not come back by it.
    #[must_use]
    pub fn made_by(mut self, maker: Option<Role>) -> Self {
        let could = |role| maker.is_some_and(|maker| maker.may_invite(role));
        if self.status == StoredStatus::Pending && self.role.is_some_and(|role| !could(role)) {
            self.status = StoredStatus::Revoked;
        }
        self
    }

    /// Where it stands at an instant.
    #[must_use]
    pub fn status_at(&self, now: Timestamp) -> InvitationStatus {
        match self.status {
            // One that is not made yet was made by a clock that was ahead.
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
