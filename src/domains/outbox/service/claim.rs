//! Taking one mail out of the outbox, so that no other server sends it at the same time.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::super::model::{Facts, Mail, Recipient};
use super::super::repo::{self, Attempt};
use super::gather::gather;
use super::letter::{Composed, Matter, Section, letter, to_inviter, to_join, to_person};
use crate::access::Role;
use crate::db::Conn;
use crate::db::types::{Id, Timestamp};
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
    /// The rows that it is made of, mission by mission.
    pub missions: Vec<Vec<MailId>>,
    pub org: Org,
    pub letter: Box<Letter>,
    /// `None` for an invitation to join.
    pub recipient_id: Option<Id<Recipient>>,
    /// Whether it is to an address with which a member of the organisation signs in.
    pub is_to_member: bool,
    /// When it counted towards its allowances, if it did.
    pub counted_at: Option<Timestamp>,
    /// The accounts that caused it. None if it was caused by somebody without an account, too.
    pub accounts: Vec<AccountId>,
    /// The number of this attempt, from 1.
    pub attempt: i32,
    /// Until then, other servers leave it alone.
    pub leased_until: Timestamp,
}

impl Claimed {
    pub fn ids(&self) -> Vec<MailId> {
        self.missions.concat()
    }

    /// Its `Message-ID`.
    pub fn letter_id(&self) -> MailId {
        MailId::new(self.letter.id)
    }
}

/// What was found in the outbox of an organisation.
pub(super) enum Found {
    /// Nothing is due.
    Nothing,
    /// What was due is not to be sent, or somebody else has it.
    Other,
    Mail(Box<Claimed>),
}

/// Takes the oldest mail that is due in an organisation, with what becomes one mail with it ([`gather`]). What it says is
/// read here, after all locks, so it is the last state.
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
    let (mut told, mut sections) = (Vec::new(), Vec::new());
    for own in missions {
        let ids: Vec<MailId> = own.iter().map(|row| row.id).collect();
        match read.compose(state, &org, &own) {
            Composed::Section(section) => {
                sections.push(*section);
                told.push(own);
            }
            Composed::Nothing => repo::delete(conn, org_id, &ids).await?,
            Composed::Stuck(problem) => {
                let mail = own.last().map(|row| row.id.uuid());
                tracing::error!(?mail, org = %org_id, "a mail cannot be sent: {problem}");
                repo::set_failed(conn, org_id, &ids, None, problem).await?;
            }
        }
    }
    let Some(claimed) = claimed(state, org, &told, sections) else {
        return Ok(Found::Other);
    };
    repo::put_off(conn, org_id, &claimed.ids(), claimed.leased_until).await?;
    Ok(Found::Mail(Box::new(claimed)))
}

/// Begins the attempt to send a mail. It cannot begin if one of its rows is gone or was taken by another server: then what
/// the mail says is out of date, and its rows are due again.
pub(super) async fn begin_within(
    conn: &mut Conn,
    claimed: &Claimed,
    now: Timestamp,
) -> Result<bool> {
    let (org_id, ids) = (claimed.org.id, claimed.ids());
    let mut left = repo::lock(conn, org_id, &ids).await?;
    left.retain(|row| row.due_at == Some(claimed.leased_until));
    if left.len() < ids.len() {
        let left: Vec<MailId> = left.iter().map(|row| row.id).collect();
        repo::put_off(conn, org_id, &left, now).await?;
        return Ok(false);
    }
    let attempt = Attempt {
        letter_id: claimed.letter_id(),
        number: claimed.attempt,
        counted_at: claimed.counted_at.unwrap_or(now),
        until: now + LEASE,
    };
    repo::begin(conn, org_id, &ids, attempt).await?;
    Ok(true)
}

/// The mail of some missions. `None` if there are none.
fn claimed(
    state: &AppState,
    org: Org,
    missions: &[Vec<Mail>],
    sections: Vec<Section>,
) -> Option<Claimed> {
    let rows: Vec<&Mail> = missions.iter().flatten().collect();
    let newest = rows.iter().max_by_key(|row| row.id.uuid())?;
    let tried = rows.iter().filter(|row| row.is_tried());
    let attempts = tried.map(|row| row.attempts).max().unwrap_or_default();
    let letter_id = tried_as(&rows).unwrap_or(newest.id);
    let ids = |rows: &Vec<Mail>| rows.iter().map(|row| row.id).collect();
    Some(Claimed {
        missions: missions.iter().map(ids).collect(),
        recipient_id: newest.recipient_id,
        is_to_member: sections.iter().all(Section::is_to_member),
        counted_at: counted_at(&rows),
        accounts: accounts(&rows),
        attempt: attempts + 1,
        leased_until: state.clock.now() + LEASE,
        letter: letter(state, &org, letter_id, sections)?,
        org,
    })
}

/// The mail that was tried before, if nothing else is in this one. With something new in it, it is another mail.
fn tried_as(rows: &[&Mail]) -> Option<MailId> {
    let known = rows.first().and_then(|row| row.letter_id);
    let is_of = |row: &&Mail| row.is_tried() && row.letter_id == known;
    known.filter(|_| rows.iter().all(is_of))
}

/// When the mail counted. What was tried and has certainly not arrived has counted for what is new in it, too.
fn counted_at(rows: &[&Mail]) -> Option<Timestamp> {
    let certain = rows.iter().filter(|row| row.is_tried() && row.unsure == 0);
    match rows.iter().map(|row| row.counted_at).min().flatten() {
        Some(at) => Some(at),
        None => certain.filter_map(|row| row.counted_at).min(),
    }
}

/// The accounts that caused rows.
fn accounts(rows: &[&Mail]) -> Vec<AccountId> {
    let accounts: Option<BTreeSet<AccountId>> = rows.iter().map(|row| row.sent_by).collect();
    accounts.unwrap_or_default().into_iter().collect()
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
