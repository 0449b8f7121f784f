//! Taking one mail out of the outbox, so that no other server sends it at the same time.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::super::model::{Facts, Mail, MailKind, Recipient};
use super::super::repo;
use super::gather::gather;
use super::letter::{Composed, Matter, Section, letter, to_inviter, to_join, to_person};
use crate::access::Role;
use crate::db::Conn;
use crate::db::types::Id;
use crate::domains::invitations::model::Invitation;
use crate::domains::orgs::model::Org;
use crate::error::Result;
use crate::ids::{AccountId, AssignmentId, InvitationId, MailId, OrgId};
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
    /// `None` for an invitation to join.
    pub recipient_id: Option<Id<Recipient>>,
    /// Whether all of it was counted towards its allowances before.
    pub is_admitted: bool,
    pub sent_by: Option<AccountId>,
    /// Which attempt this is, from 1: that of the row which was tried least often.
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

/// Takes the oldest mail that is due in an organisation, with what else is due for the same recipient: that becomes one
/// mail. What it says is read here, after all locks, so it is the last state.
pub(super) async fn claim_within(
    conn: &mut Conn,
    state: &AppState,
    org_id: OrgId,
) -> Result<Found> {
    let now = state.clock.now();
    let Some(oldest) = repo::oldest_due(conn, org_id, now).await? else {
        return Ok(Found::Nothing);
    };
    let missions = gather(conn, &oldest, now).await?;
    if missions.is_empty() {
        return Ok(Found::Other);
    }
    let org = repo::org(conn, org_id).await?;
    let read = Read::of(conn, org_id, &missions).await?;
    let (mut rows, mut sections) = (Vec::new(), Vec::new());
    for own in missions {
        let ids: Vec<MailId> = own.iter().map(|row| row.id).collect();
        match read.compose(state, &org, &own) {
            Composed::Section(section) => {
                sections.push(*section);
                rows.extend(own);
            }
            Composed::Nothing => repo::delete(conn, org_id, &ids).await?,
            Composed::Stuck(problem) => {
                let mail = own.last().map(|row| row.id.uuid());
                tracing::error!(?mail, org = %org_id, "a mail cannot be sent: {problem}");
                repo::set_failed(conn, org_id, &ids, None, problem).await?;
            }
        }
    }
    let Some(claimed) = claimed(state, org, &rows, sections) else {
        return Ok(Found::Other);
    };
    repo::lease(conn, org_id, &claimed.ids, now + LEASE).await?;
    Ok(Found::Mail(Box::new(claimed)))
}

/// The mail of some rows. `None` if there are none.
fn claimed(state: &AppState, org: Org, rows: &[Mail], sections: Vec<Section>) -> Option<Claimed> {
    let newest = rows.iter().max_by_key(|row| row.id.uuid())?;
    let attempts = rows.iter().map(|row| row.attempts).min()?;
    Some(Claimed {
        // An invitation to join was counted when it was made, and an attempt that failed when it was made.
        is_admitted: newest.kind == MailKind::Join || attempts > 0,
        sent_by: newest.sent_by,
        recipient_id: newest.recipient_id,
        attempt: attempts + 1,
        letter: letter(state, &org, newest.id, sections)?,
        ids: rows.iter().map(|row| row.id).collect(),
        org,
    })
}

/// What rows of the outbox are about.
struct Read {
    facts: Vec<Facts>,
    invitations: Vec<Invitation>,
    /// The name, the address and the role of the account that invited, if they are to it and it still is a member.
    member: Option<(String, String, Role)>,
}

impl Read {
    async fn of(conn: &mut Conn, org_id: OrgId, missions: &[Vec<Mail>]) -> Result<Self> {
        let rows = || missions.iter().flatten();
        let assignments: BTreeSet<AssignmentId> =
            rows().filter_map(|row| row.assignment_id).collect();
        let assignments: Vec<_> = assignments.into_iter().collect();
        let links: Vec<InvitationId> = rows().filter_map(|row| row.invitation_id).collect();
        let (facts, invitations) = conn
            .both(
                async |conn| match assignments.is_empty() {
                    true => Ok(Vec::new()),
                    false => repo::facts(conn, org_id, &assignments).await,
                },
                async |conn| match links.is_empty() {
                    true => Ok(Vec::new()),
                    false => repo::invitations(conn, org_id, &links).await,
                },
            )
            .await?;
        let inviter = rows().find(|row| !row.is_to_person());
        let member = match inviter.and_then(inviter_id) {
            Some(account_id) => repo::member(conn, org_id, account_id).await?,
            None => None,
        };
        Ok(Self {
            facts,
            invitations,
            member,
        })
    }

    /// What the rows of one mission say.
    fn compose(&self, state: &AppState, org: &Org, rows: &[Mail]) -> Composed {
        let own: BTreeSet<Option<AssignmentId>> =
            rows.iter().map(|row| row.assignment_id).collect();
        let is_own = |facts: &&Facts| own.contains(&Some(facts.assignment_id));
        let facts: Vec<Facts> = self.facts.iter().filter(is_own).cloned().collect();
        let matter = Matter {
            state,
            org,
            rows,
            facts: &facts,
            invitations: &self.invitations,
        };
        if rows.iter().any(Mail::is_to_person) {
            return to_person(&matter);
        }
        match rows.iter().find_map(inviter_id) {
            Some(account_id) => to_inviter(&matter, account_id, self.member.as_ref()),
            None => to_join(&matter),
        }
    }
}

/// The account that is told of an answer. `None` for an invitation to join.
fn inviter_id(row: &Mail) -> Option<AccountId> {
    row.recipient_id.map(|id| AccountId::new(id.uuid()))
}
