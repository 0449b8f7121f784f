use super::answer::{accept, decline};
use super::lock::{Locked, lock};
use crate::access::Role;
use crate::crypto::org_of;
use crate::db::Conn;
use crate::db::types::Timestamp;
use crate::domains::assignments::model::{Assignment, AssignmentStatus};
use crate::domains::assignments::service::assignment_within;
use crate::domains::audit::service::Action;
use crate::domains::invitations::model::{Invitation, InvitationStatus, StoredStatus};
use crate::domains::invitations::service::{again_within, by_token_within, invalid};
use crate::domains::missions::model::Mission;
use crate::domains::{crew, missions, orgs};
use crate::error::{AppError, ErrorCode, Result};
use crate::state::AppState;
use crate::validate;

/// The part of an invitation that the holder of its token may see without signing in.
#[derive(Clone, Debug)]
pub struct InvitationPreview {
    /// The status of the invitation now.
    pub status: InvitationStatus,
    /// When the invitation expires.
    pub expires_at: Timestamp,
    /// Who invites.
    pub org_name: String,
    /// Who is invited, by name.
    pub invitee_name: Option<String>,
    /// The role in the organisation, for an invitation to join.
    pub role: Option<Role>,
    /// What it is for, while it is PENDING or ACCEPTED.
    pub mission: Option<PreviewMission>,
}

/// The mission of an invitation.
#[derive(Clone, Debug)]
pub struct PreviewMission {
    pub mission: Mission,
    /// What the person would do.
    pub role_name: String,
}

/// An answer by token.
#[derive(Clone, Debug)]
pub struct InvitationAnswer {
    /// The status of the assignment.
    pub status: AssignmentStatus,
    pub preview: InvitationPreview,
}

/// The invitation of a token; `None` if the token is unknown. Reading changes nothing, because mail scanners open
/// links.
pub async fn invitation(state: &AppState, token: &str) -> Result<Option<InvitationPreview>> {
    let now = state.clock.now();
    state
        .db
        .within(org_of(token))
        .read(async |conn| match by_token_within(conn, token).await? {
            Some(invitation) => preview(conn, &invitation, now).await.map(Some),
            None => Ok(None),
        })
        .await
}

/// Accepts an invitation by its token.
///
/// # Errors
/// `INVALID_TOKEN`, and the errors of accepting an assignment.
pub async fn accept_invitation(state: &AppState, token: &str) -> Result<InvitationAnswer> {
    state
        .db
        .within(org_of(token))
        .write(async |conn| {
            let now = state.clock.now();
            let (invitation, locked) = of_token(conn, token, StoredStatus::Accepted, now).await?;
            let action = by_holder(state, &locked, "acceptInvitation", now);
            let answered = accept(conn, action, locked, None).await?;
            answer(conn, &invitation, &answered.assignment, now).await
        })
        .await
}

/// Declines an invitation by its token.
///
/// # Errors
/// `INVALID_TOKEN`, `INVALID_TRANSITION`, `BAD_USER_INPUT`.
pub async fn decline_invitation(
    state: &AppState,
    token: &str,
    reason: Option<&str>,
) -> Result<InvitationAnswer> {
    let reason = validate::optional("reason", reason, validate::TEXT)?;
    state
        .db
        .within(org_of(token))
        .write(async |conn| {
            let now = state.clock.now();
            let (invitation, locked) = of_token(conn, token, StoredStatus::Declined, now).await?;
            let action = by_holder(state, &locked, "declineInvitation", now);
            let answered = decline(conn, action, locked, reason.clone()).await?;
            answer(conn, &invitation, &answered, now).await
        })
        .await
}

fn by_holder<'a>(
    state: &'a AppState,
    locked: &Locked,
    name: &'static str,
    at: Timestamp,
) -> Action<'a> {
    let Assignment {
        org_id, user_id, ..
    } = locked.assignment;
    Action {
        user_id: Some(user_id),
        ..Action::new(org_id, None, name, at, &state.random)
    }
}

/// The invitation and assignment of a token, if the token can still give this answer: the invitation is pending, or
/// already has the same answer.
async fn of_token(
    conn: &mut Conn,
    token: &str,
    repeated: StoredStatus,
    now: Timestamp,
) -> Result<(Invitation, Locked)> {
    let invitation = by_token_within(conn, token).await?.ok_or_else(invalid)?;
    let assignment_id = invitation.assignment_id.ok_or_else(invalid)?;
    let assignment = assignment_within(conn, invitation.org_id, assignment_id).await?;
    let locked = lock(conn, &assignment).await?;
    // The invitation is read again under the locks, because somebody may have answered or revoked it before.
    let invitation = again_within(conn, invitation.org_id, invitation.id).await?;
    // An answer that no longer holds is REVOKED, so one that stands here is also that of the assignment.
    if invitation.status_at(now) == InvitationStatus::Pending || invitation.status == repeated {
        return Ok((invitation, locked));
    }
    match invitation.status {
        StoredStatus::Accepted | StoredStatus::Declined => {
            let message = "The invitation already has the opposite answer.";
            Err(AppError::new(ErrorCode::InvalidTransition, message))
        }
        StoredStatus::Pending | StoredStatus::Revoked => Err(invalid()),
    }
}

async fn answer(
    conn: &mut Conn,
    invitation: &Invitation,
    assignment: &Assignment,
    now: Timestamp,
) -> Result<InvitationAnswer> {
    let invitation = again_within(conn, invitation.org_id, invitation.id).await?;
    let preview = preview(conn, &invitation, now).await?;
    Ok(InvitationAnswer {
        status: assignment.status,
        preview,
    })
}

async fn preview(
    conn: &mut Conn,
    invitation: &Invitation,
    now: Timestamp,
) -> Result<InvitationPreview> {
    let org_id = invitation.org_id;
    let mut preview = InvitationPreview {
        status: invitation.status_at(now),
        expires_at: invitation.expires_at,
        org_name: orgs::service::org_within(conn, org_id).await?.name,
        invitee_name: None,
        role: invitation.role,
        mission: None,
    };
    if let Some(id) = invitation.assignment_id {
        let assignment = assignment_within(conn, org_id, id).await?;
        let user = crew::service::user_within(conn, org_id, assignment.user_id).await?;
        preview.invitee_name = Some(user.display_name);
        // Other statuses do not show the mission, because links stay in mailboxes and browser histories.
        let (pending, accepted) = (InvitationStatus::Pending, InvitationStatus::Accepted);
        if [pending, accepted].contains(&preview.status) {
            preview.mission = Some(preview_mission(conn, &assignment).await?);
        }
    }
    Ok(preview)
}

async fn preview_mission(conn: &mut Conn, assignment: &Assignment) -> Result<PreviewMission> {
    let (org_id, mission_ids) = (assignment.org_id, [assignment.mission_id]);
    let missions = missions::service::missions_within(conn, org_id, &mission_ids).await?;
    let mission = missions.into_iter().next();
    let role = missions::service::role_within(conn, org_id, assignment.role_id).await?;
    Ok(PreviewMission {
        mission: mission.ok_or_else(AppError::not_found)?,
        role_name: role.name,
    })
}
