//! Taking one mail out of the outbox, so that no other server sends it at the same time.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::super::model::{Mail, MailKind};
use super::super::repo;
use super::letter::{Composed, Matter, to_inviter, to_join, to_person};
use crate::db::Conn;
use crate::domains::orgs::model::Org;
use crate::error::Result;
use crate::ids::{AccountId, MailId, OrgId};
use crate::mail::Letter;
use crate::state::AppState;

/// How long other servers leave a mail alone that this one sends. It is longer than sending may take.
const LEASE: TimeDelta = TimeDelta::minutes(2);

/// A mail that this server may send.
pub(super) struct Claimed {
    /// The rows that it is made of.
    pub ids: Vec<MailId>,
    pub org: Org,
    pub letter: Box<Letter>,
    /// Whether its recipient is a member of the organisation.
    pub is_member: bool,
    /// Whether it was counted towards its allowances before.
    pub is_admitted: bool,
    pub sent_by: Option<AccountId>,
    /// Which attempt this is, from 1.
    pub attempt: i32,
}

/// What was found in the outbox of an organisation.
pub(super) enum Found {
    /// Nothing is due.
    Nothing,
    /// What was due is not to be sent, or somebody else has it.
    Other,
    Mail(Box<Claimed>),
}

/// Takes the oldest mail that is due in an organisation, with all that waits about the same mission for the same
/// recipient: that becomes one mail. What it says is read here, after all locks, so it is the last state.
pub(super) async fn claim_within(
    conn: &mut Conn,
    state: &AppState,
    org_id: OrgId,
) -> Result<Found> {
    let now = state.clock.now();
    let Some(oldest) = repo::oldest_due(conn, org_id, now).await? else {
        return Ok(Found::Nothing);
    };
    let rows = alike(conn, &oldest).await?;
    // Another server may have taken it before the lock.
    let is_due = |row: &Mail| row.id == oldest.id && row.due_at.is_some_and(|due_at| due_at <= now);
    let Some(newest) = rows.last().filter(|_| rows.iter().any(is_due)) else {
        return Ok(Found::Other);
    };
    let ids: Vec<MailId> = rows.iter().map(|row| row.id).collect();
    let org = repo::org(conn, org_id).await?;
    let (letter, is_member) = match compose(conn, state, &org, &rows).await? {
        Composed::Letter(letter, is_member) => (letter, is_member),
        Composed::Nothing => {
            repo::delete(conn, org_id, &ids).await?;
            return Ok(Found::Other);
        }
        Composed::Stuck(problem) => {
            tracing::error!(mail = %newest.id.uuid(), org = %org_id, "a mail cannot be sent: {problem}");
            repo::set_failed(conn, org_id, &ids, None, problem).await?;
            return Ok(Found::Other);
        }
    };
    repo::lease(conn, org_id, &ids, now + LEASE).await?;
    Ok(Found::Mail(Box::new(Claimed {
        // An invitation to join was counted when it was made, and an attempt that failed when it was made.
        is_admitted: newest.kind == MailKind::Join || newest.attempts > 0,
        sent_by: newest.sent_by,
        attempt: newest.attempts + 1,
        ids,
        org,
        letter,
        is_member,
    })))
}

/// The rows that become one mail, locked, oldest first.
async fn alike(conn: &mut Conn, row: &Mail) -> Result<Vec<Mail>> {
    match (row.mission_id, row.recipient_id) {
        (Some(mission_id), Some(recipient_id)) => {
            repo::lock_alike(conn, row.org_id, mission_id, recipient_id).await
        }
        _ => repo::lock(conn, row.org_id, row.id).await,
    }
}

async fn compose(conn: &mut Conn, state: &AppState, org: &Org, rows: &[Mail]) -> Result<Composed> {
    let assignments: BTreeSet<_> = rows.iter().filter_map(|row| row.assignment_id).collect();
    let assignments: Vec<_> = assignments.into_iter().collect();
    let links: Vec<_> = rows.iter().filter_map(|row| row.invitation_id).collect();
    let (facts, invitations) = conn
        .both(
            async |conn| match assignments.is_empty() {
                true => Ok(Vec::new()),
                false => repo::facts(conn, org.id, &assignments).await,
            },
            async |conn| match links.is_empty() {
                true => Ok(Vec::new()),
                false => repo::invitations(conn, org.id, &links).await,
            },
        )
        .await?;
    let matter = Matter {
        state,
        org,
        rows,
        facts: &facts,
        invitations: &invitations,
    };
    let recipient_id = rows.first().and_then(|row| row.recipient_id);
    Ok(match recipient_id {
        None => to_join(&matter),
        Some(_) if rows.iter().any(Mail::is_to_person) => to_person(&matter),
        Some(id) => {
            let account_id = AccountId::new(id.uuid());
            to_inviter(
                &matter,
                account_id,
                repo::member(conn, org.id, account_id).await?,
            )
        }
    })
}
