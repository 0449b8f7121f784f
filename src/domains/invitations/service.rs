//! Making invitations, finding them by token, and closing them.

use std::collections::HashMap;

use serde_json::json;

use super::model::{Invitation, InvitationFilter, InvitationStatus, StoredStatus};
use super::repo;
use crate::access::{Member, Role, forbidden};
use crate::crypto::{Seed, hash_presented, org_of};
use crate::db::Conn;
use crate::db::types::Timestamp;
use crate::domains::assignments::model::Assignment;
use crate::domains::audit::service::Change;
use crate::domains::outbox::service::Link;
use crate::error::{AppError, ErrorCode, Result};
use crate::ids::{AssignmentId, InvitationId, OrgId};
use crate::page::{Page, Slice};
use crate::state::AppState;

/// An invitation that was made, with the only copy of its token.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The invitation.
    pub invitation: Invitation,
    /// The token for the link.
    pub token: String,
    /// What the token is derived from, for the mail.
    pub seed: Seed,
}

impl Issued {
    /// The link for the mail.
    #[must_use]
    pub fn link(&self) -> Link {
        Link {
            invitation_id: self.invitation.id,
            seed: self.seed,
        }
    }
}

/// Invitations by their ids, for MANAGER and above; others find none.
pub async fn invitations(
    state: &AppState,
    who: Member,
    ids: &[InvitationId],
) -> Result<Vec<Invitation>> {
    if !who.is(Role::Manager) {
        return Ok(Vec::new());
    }
    let read = state.read(who, async |conn| repo::by_ids(conn, who.org_id, ids).await);
    read.await
}

/// A page of the invitations, newest first.
///
/// # Errors
/// `FORBIDDEN` below MANAGER.
pub async fn list_invitations(
    state: &AppState,
    who: Member,
    filter: &InvitationFilter,
    page: &Page<Invitation>,
) -> Result<Slice<Invitation>> {
    who.require(Role::Manager)?;
    let now = state.clock.now();
    let read = state.read(who, async |conn| {
        let rows = repo::page(conn, who.org_id, filter, page, now).await?;
        let total = page
            .total(repo::count(conn, who.org_id, filter, now))
            .await?;
        Ok(page.slice(rows, total))
    });
    read.await
}

/// The newest invitation of each assignment.
pub async fn newest_invitations(
    state: &AppState,
    who: Member,
    assignment_ids: &[AssignmentId],
) -> Result<HashMap<AssignmentId, Invitation>> {
    let read = state.read(who, async |conn| {
        repo::newest_of_assignments(conn, who.org_id, assignment_ids).await
    });
    let of_assignment = |row: Invitation| Some((row.assignment_id?, row));
    Ok(read.await?.into_iter().filter_map(of_assignment).collect())
}

/// Makes an invitation to a mission that starts at an instant, with a new token. It ends after the configured days, or
/// when the mission starts.
#[must_use]
pub fn issue(
    state: &AppState,
    assignment: &Assignment,
    starts_at: Timestamp,
    now: Timestamp,
) -> Issued {
    let (token, seed) = state.link_tokens.make(assignment.org_id, &state.random);
    Issued {
        invitation: Invitation {
            id: state.random.id(now),
            org_id: assignment.org_id,
            assignment_id: Some(assignment.id),
            email: None,
            role: None,
            invited_by: None,
            token_hash: token.hash,
            status: StoredStatus::Pending,
            expires_at: starts_at.min(now + state.config.invitation),
            created_at: now,
        },
        token: token.token,
        seed,
    }
}

/// Writes new invitations in the caller's transaction.
pub async fn insert_within(conn: &mut Conn, rows: &[Invitation]) -> Result<()> {
    repo::insert(conn, rows).await
}

/// The invitation of a token, whatever its status; `None` for an unknown token.
pub async fn by_token_within(conn: &mut Conn, token: &str) -> Result<Option<Invitation>> {
    repo::by_hash(conn, org_of(token), &hash_presented(token)).await
}

/// Reads an invitation again under a lock, because it may have changed since it was first read.
///
/// # Errors
/// `INVALID_TOKEN` if it is gone.
pub async fn again_within(conn: &mut Conn, org_id: OrgId, id: InvitationId) -> Result<Invitation> {
    let rows = repo::by_ids(conn, org_id, &[id]).await?;
    rows.into_iter().next().ok_or_else(invalid)
}

/// Gives a pending invitation its final status; says whether it was still pending.
pub async fn close_within(
    conn: &mut Conn,
    org_id: OrgId,
    id: InvitationId,
    status: StoredStatus,
) -> Result<bool> {
    repo::close(conn, org_id, id, status).await
}

/// Gives the pending invitations of assignments the status of their answer.
pub async fn close_of_assignments_within(
    conn: &mut Conn,
    org_id: OrgId,
    assignment_ids: &[AssignmentId],
    answer: StoredStatus,
) -> Result<()> {
    let pending = [StoredStatus::Pending];
    repo::close_of_assignments(conn, org_id, assignment_ids, &pending, answer).await
}

/// Withdraws the invitations of assignments that are cancelled or asked anew. So a link that accepted the old time says
/// nothing about the new one, and shows nothing of it.
pub async fn revoke_of_assignments_within(
    conn: &mut Conn,
    org_id: OrgId,
    assignment_ids: &[AssignmentId],
) -> Result<()> {
    let (before, after) = (
        [StoredStatus::Pending, StoredStatus::Accepted],
        StoredStatus::Revoked,
    );
    repo::close_of_assignments(conn, org_id, assignment_ids, &before, after).await
}

/// Withdraws the pending invitations of an assignment, and says what changed.
pub async fn revoke_pending_within(
    conn: &mut Conn,
    org_id: OrgId,
    assignment_id: AssignmentId,
) -> Result<Vec<Change>> {
    let pending = repo::pending_of_assignment(conn, org_id, assignment_id).await?;
    let changes: Vec<Change> = pending.into_iter().map(revoked).collect();
    if !changes.is_empty() {
        let (ids, pending) = ([assignment_id], [StoredStatus::Pending]);
        repo::close_of_assignments(conn, org_id, &ids, &pending, StoredStatus::Revoked).await?;
    }
    Ok(changes)
}

/// Withdraws the pending invitations of an address to join the organisation, and says what changed.
///
/// # Errors
/// `FORBIDDEN` if one of them could still be used and is for a role that `who` may not grant.
pub async fn revoke_of_email_within(
    conn: &mut Conn,
    who: Member,
    email: &str,
    now: Timestamp,
) -> Result<Vec<Change>> {
    let pending = repo::pending_of_email(conn, who.org_id, email).await?;
    let protected = |row: &Invitation| {
        row.status_at(now) == InvitationStatus::Pending
            && row.role.is_some_and(|role| !who.role.may_invite(role))
    };
    if pending.iter().any(protected) {
        return Err(forbidden());
    }
    if !pending.is_empty() {
        repo::revoke_of_email(conn, who.org_id, email).await?;
    }
    Ok(pending.iter().map(|row| revoked(row.id)).collect())
}

/// What the audit log says of an invitation that was withdrawn.
#[must_use]
pub fn revoked(id: InvitationId) -> Change {
    let status = |status: StoredStatus| json!({"status": status.as_str()});
    let (before, after) = (StoredStatus::Pending, StoredStatus::Revoked);
    Change::new(id, status(before), status(after))
}

/// `INVALID_TOKEN`, with the same message whatever is wrong with the token.
#[must_use]
pub fn invalid() -> AppError {
    let message =
        "This invitation is not valid. It may be used, withdrawn or too old. Ask for a new one.";
    AppError::new(ErrorCode::InvalidToken, message).at("token")
}
