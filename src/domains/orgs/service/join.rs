use crate::access::Role;
use crate::clock::Random;
use crate::db::Conn;
use crate::db::types::Timestamp;
use crate::domains::invitations::model::{Invitation, InvitationStatus, StoredStatus};
use crate::domains::invitations::service::{again_within, by_token_within, close_within, invalid};
use crate::domains::orgs::model::Membership;
use crate::domains::orgs::repo;
use crate::error::{AppError, ErrorCode, Result};
use crate::ids::{AccountId, InvitationId, OrgId};

/// An open invitation to join an organisation.
#[derive(Clone, Debug)]
pub struct Joining {
    pub invitation_id: InvitationId,
    pub org_id: OrgId,
    /// Whom it is for.
    pub email: String,
    /// The role that they will have.
    pub role: Role,
}

/// The invitation of a token.
///
/// # Errors
/// `INVALID_TOKEN` unless it is an open invitation to join, and its maker could still make it.
pub async fn joining_within(conn: &mut Conn, token: &str, now: Timestamp) -> Result<Joining> {
    let found = by_token_within(conn, token).await?.ok_or_else(invalid)?;
    let (Some(email), Some(role)) = (found.email.clone(), found.role) else {
        return Err(invalid());
    };
    may_still_be_used(conn, &found, now).await?;
    Ok(Joining {
        invitation_id: found.id,
        org_id: found.org_id,
        email,
        role,
    })
}

/// Whether an invitation is open, and its maker could still make it.
async fn may_still_be_used(conn: &mut Conn, invitation: &Invitation, now: Timestamp) -> Result<()> {
    let maker_is_disabled = match invitation.invited_by {
        Some(maker) => repo::is_disabled(conn, maker).await?,
        None => false,
    };
    if maker_is_disabled || invitation.status_at(now) != InvitationStatus::Pending {
        return Err(invalid());
    }
    Ok(())
}

/// Creates the membership and marks the invitation as accepted, in the caller's transaction.
///
/// # Errors
/// `INVALID_TOKEN` if another request was faster, or if its maker lost the right to invite or was disabled; `ALREADY_EXISTS` for a
/// member.
pub async fn accept_joining_within(
    conn: &mut Conn,
    joining: &Joining,
    account_id: AccountId,
    now: Timestamp,
    random: &Random,
) -> Result<Membership> {
    repo::lock(conn, joining.org_id).await?;
    if repo::membership_of(conn, joining.org_id, account_id)
        .await?
        .is_some()
    {
        let message = "You are already a member of the organisation.";
        return Err(AppError::new(ErrorCode::AlreadyExists, message));
    }
    // While the organisation is locked, the maker's role cannot change and nobody else can use the invitation.
    let (org_id, id) = (joining.org_id, joining.invitation_id);
    let present = again_within(conn, org_id, id).await?;
    may_still_be_used(conn, &present, now).await?;
    close_within(conn, org_id, id, StoredStatus::Accepted).await?;
    let membership = Membership {
        id: random.id(now),
        org_id: joining.org_id,
        account_id,
        role: joining.role,
        created_at: now,
    };
    repo::insert_membership(conn, &membership).await?;
    Ok(membership)
}
