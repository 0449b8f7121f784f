use super::guards::no_such_step;
use super::lock::{Locked, of_requester};
use crate::access::{Member, Role};
use crate::domains::assignments::model::AssignmentStatus;
use crate::domains::audit::service::{Action, Change, record};
use crate::domains::invitations::service::{Issued, insert_within, issue, revoke_pending_within};
use crate::domains::{missions, outbox};
use crate::error::Result;
use crate::ids::AssignmentId;
use crate::state::AppState;

/// Makes a new invitation for an INVITED assignment, with a new token, and mails it. Those before it are revoked.
///
/// # Errors
/// `FORBIDDEN` below MANAGER; `NOT_FOUND`; `INVALID_TRANSITION` unless INVITED; `MISSION_CLOSED`.
pub async fn resend_invitation(
    state: &AppState,
    who: Member,
    assignment_id: AssignmentId,
) -> Result<Issued> {
    who.require(Role::Manager)?;
    let issued = state
        .write(who, async |conn| {
            let now = state.clock.now();
            let Locked {
                assignment,
                mission,
                project,
            } = of_requester(conn, who, assignment_id, "assignmentId").await?;
            if assignment.status != AssignmentStatus::Invited {
                return Err(no_such_step(&assignment));
            }
            missions::service::check_open(&mission, &project, now)?;
            let issued = issue(state, &assignment, mission.starts_at, now);
            let invitation = &issued.invitation;
            let mut changes = revoke_pending_within(conn, who.org_id, assignment.id).await?;
            changes.push(Change::created(invitation.id, invitation.facts()));
            let action = Action::of(who, "resendInvitation", now, &state.random);
            conn.both(
                async |conn| insert_within(conn, std::slice::from_ref(invitation)).await,
                async |conn| record(conn, action, changes).await,
            )
            .await?;
            let again = outbox::service::invited_again_within;
            again(conn, action, &assignment, issued.link()).await?;
            Ok(issued)
        })
        .await?;
    state.mail_waits.notify_one();
    Ok(issued)
}
