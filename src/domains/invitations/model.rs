//! Rows of invitations.

use async_graphql::Enum;
use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::access::Role;
use crate::clock::SET_BACK;
use crate::db::dsl::Direction;
use crate::db::schema::invitations;
use crate::db::types::{Timestamp, text_enum};
use crate::ids::{AccountId, AssignmentId, Entity, InvitationId, OrgId};
use crate::page::{Listed, Position};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum, FromSqlRow, AsExpression)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub enum InvitationStatus {
    /// The invitation has no answer yet.
    Pending,
    /// The person accepted.
    Accepted,
    /// The person declined.
    Declined,
    /// The invitation was withdrawn or replaced by a newer one.
    Revoked,
    /// The invitation was not answered in time. The assignment stays INVITED.
    Expired,
}

text_enum!(InvitationStatus {
    Pending = "PENDING",
    Accepted = "ACCEPTED",
    Declined = "DECLINED",
    Revoked = "REVOKED",
    Expired = "EXPIRED",
});

impl InvitationStatus {
    /// The only stored status of the invitations that have this one; `None` if there are two.
    #[must_use]
    pub fn stored(self) -> Option<StoredStatus> {
        match self {
            Self::Pending | Self::Expired => Some(StoredStatus::Pending),
            Self::Accepted => Some(StoredStatus::Accepted),
            Self::Declined => Some(StoredStatus::Declined),
            // A pending one whose maker could not make it any more counts as revoked.
            Self::Revoked => None,
        }
    }

    /// Its stored status, if that alone decides it: for an invitation that has an answer.
    #[must_use]
    pub fn answered(self) -> Option<StoredStatus> {
        match self {
            Self::Accepted => Some(StoredStatus::Accepted),
            Self::Declined => Some(StoredStatus::Declined),
            Self::Pending | Self::Revoked | Self::Expired => None,
        }
    }
}

/// Which invitations to return.
#[derive(Clone, Debug, Default)]
pub struct InvitationFilter {
    /// Only invitations that have one of these statuses now.
    pub status: Option<Vec<InvitationStatus>>,
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

/// Newest first.
impl Listed for Invitation {
    const DIRECTION: Direction = Direction::Desc;
    type Of = Self;
    type Key = Timestamp;
    type KeyColumn = invitations::created_at;
    type IdColumn = invitations::id;

    fn position(&self) -> Position<Self> {
        (self.created_at, self.id)
    }
}

impl Invitation {
    /// What the audit log says of it.
    #[must_use]
    pub fn facts(&self) -> Value {
        let expires_at = self.expires_at.to_rfc3339();
        match self.assignment_id {
            Some(id) => json!({"assignment": id, "expiresAt": expires_at}),
            None => json!({
                "email": self.email,
                "role": self.role.map(Role::as_str),
                "expiresAt": expires_at,
            }),
        }
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

    /// [`Invitation::made_by`] for several.
    #[must_use]
    pub fn all_made_by(rows: Vec<(Self, Option<Role>)>) -> Vec<Self> {
        let present = |(row, maker): (Self, Option<Role>)| row.made_by(maker);
        rows.into_iter().map(present).collect()
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
