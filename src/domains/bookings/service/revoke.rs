use super::lock::lock;
use crate::access::{Member, Role, forbidden};
use crate::domains::audit::service::{Action, record};
use crate::domains::invitations::model::{Invitation, StoredStatus};
use crate::domains::invitations::service::{again_within, close_within, revoked};
use crate::domains::{assignments, orgs};
use crate::error::{AppError, ErrorCode, Result};
use crate::ids::InvitationId;
use crate::state::AppState;

/// Withdraws an invitation. Its token stops working. The assignment of an invitation to a mission stays INVITED.
/// Revoking again succeeds and writes nothing.
///
/// # Errors
/// `FORBIDDEN` below MANAGER, and for one to join that the requester may not make; `NOT_FOUND`; `INVALID_TRANSITION`
/// for one that was answered.
pub async fn revoke_invitation(
    state: &AppState,
    who: Member,
    id: InvitationId,
) -> Result<Invitation> {
    who.require(Role::Manager)?;
    state
        .write(who, async |conn| {
            let missing = |_| AppError::not_found().at("id");
            let found = again_within(conn, who.org_id, id).await.map_err(missing)?;
            if found.role.is_some_and(|role| !who.role.may_invite(role)) {
                return Err(forbidden());
            }
            // Takes the same locks as an answer, so the later of the two sees the earlier.
            match found.assignment_id {
                Some(id) => {
                    let find = assignments::service::assignment_within;
                    let assignment = find(conn, who.org_id, id).await?;
                    lock(conn, &assignment).await?;
                }
                None => orgs::service::lock_within(conn, who.org_id).await?,
            }
            if close_within(conn, who.org_id, id, StoredStatus::Revoked).await? {
                let now = state.clock.now();
                let action = Action::of(who, "revokeInvitation", now, &state.random);
                record(conn, action, vec![revoked(id)]).await?;
            }
            let present = again_within(conn, who.org_id, id).await?;
            match present.status {
                StoredStatus::Revoked => Ok(present),
                answered => {
                    let status = answered.as_str();
                    let message = format!("The invitation is {status} already.");
                    Err(AppError::new(ErrorCode::InvalidTransition, message))
                }
            }
        })
        .await
}
