use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, SimpleObject};

use super::super::model::{self, InvitationStatus};
use super::super::service;
use crate::access::{Requester, Role};
use crate::domains::assignments;
use crate::domains::bookings::graphql::Assignment;
use crate::error;
use crate::graphql::brief::load_row;
use crate::graphql::context::state;
use crate::graphql::execute::by_id::{Lookup, ValuesOf};
use crate::graphql::execute::object::One;
use crate::graphql::guard::MANAGER;
use crate::graphql::scalar::DateTime;
use crate::ids::{AssignmentId, InvitationId};
use crate::state::AppState;
use crate::text::shown_mailbox;

/// `Invitation` of the schema.
pub struct Invitation(pub model::Invitation);

impl From<model::Invitation> for Invitation {
    fn from(row: model::Invitation) -> Self {
        Self(row)
    }
}

/// An invitation to a mission, or to join the organisation. The server shows its token only once, when the invitation
/// is created.
#[Object]
impl Invitation {
    /// TypeID with the prefix `invitation`.
    pub async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// The status of the invitation.
    async fn status(&self, ctx: &Context<'_>) -> InvitationStatus {
        self.0.status_at(state(ctx).clock.now())
    }

    /// When the invitation expires.
    async fn expires_at(&self) -> DateTime {
        self.0.expires_at.into()
    }

    /// When the invitation was created.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// The assignment. Null for an invitation to join the organisation.
    async fn assignment(&self, ctx: &Context<'_>) -> Result<Option<One<Arc<Assignment>>>> {
        match self.0.assignment_id {
            Some(id) => Ok(load_row(ctx, id).await?.map(One)),
            None => Ok(None),
        }
    }

    /// The invited e-mail address. Null for an invitation to a mission. Needs MANAGER or above.
    #[graphql(guard = MANAGER)]
    async fn email(&self) -> Option<Cow<'_, str>> {
        self.0.email.as_deref().map(shown_mailbox)
    }

    /// The role in the organisation. Null for an invitation to a mission.
    async fn role(&self) -> Option<Role> {
        self.0.role
    }
}

/// The invitation that was created.
#[derive(SimpleObject)]
pub struct InvitationPayload {
    /// The invitation.
    invitation: One<Invitation>,
    /// The token for the link. The server shows it only here.
    token: String,
}

impl From<service::Issued> for InvitationPayload {
    fn from(issued: service::Issued) -> Self {
        Self {
            invitation: One(Invitation(issued.invitation)),
            token: issued.token,
        }
    }
}

/// Invitations of the organisation.
impl Lookup for Invitation {
    type Of = model::Invitation;
    type Value = Self;

    async fn load(
        state: &AppState,
        who: &Requester,
        ids: &[InvitationId],
    ) -> error::Result<ValuesOf<Self>> {
        let rows = service::invitations(state, who.member()?, ids).await?;
        Ok(rows.into_iter().map(|row| (row.id, Self(row))).collect())
    }
}

/// The newest invitation of assignments.
pub struct NewestInvitation;

impl Lookup for NewestInvitation {
    type Of = assignments::model::Assignment;
    type Value = Invitation;

    async fn load(
        state: &AppState,
        who: &Requester,
        ids: &[AssignmentId],
    ) -> error::Result<ValuesOf<Self>> {
        let newest = service::newest_invitations(state, who.member()?, ids).await?;
        Ok(newest
            .into_iter()
            .map(|(id, row)| (id, Invitation(row)))
            .collect())
    }
}
