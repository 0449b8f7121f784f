use chrono::TimeDelta;

use super::super::model::{FOLLOWS, Mail, MailKind};
use super::super::repo;
use crate::crypto::Seed;
use crate::db::Conn;
use crate::db::types::Id;
use crate::domains::assignments::model::{Assignment, AssignmentStatus};
use crate::domains::audit::service::Action;
use crate::error::{AppError, Result};
use crate::ids::{InvitationId, MissionId};
use crate::interval::Interval;

/// How many invitations to join may wait in one organisation: as many as a new one may send in a day.
const JOINING: usize = 100;
/// After how many seconds to try again when so many wait.
const RETRY_AFTER: u64 = 30;

/// The link of an invitation, for a mail.
#[derive(Clone, Copy, Debug)]
pub struct Link {
    pub invitation_id: InvitationId,
    /// What its token is derived from.
    pub seed: Seed,
}

/// A step of an assignment that may have to be told.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    pub before: &'a Assignment,
    pub after: &'a Assignment,
    /// When the mission was, if the step moves it.
    pub moved_from: Option<Interval>,
    /// The link to answer with, if the step asks for another answer.
    pub link: Option<Link>,
}

/// Writes an invitation to join the organisation into the outbox.
///
/// # Errors
/// `UNAVAILABLE` if too many of the organisation wait.
pub async fn join_within(conn: &mut Conn, action: Action<'_>, link: Link) -> Result<()> {
    let limit = i64::try_from(JOINING).unwrap_or(i64::MAX);
    if repo::waiting(conn, action.org_id, limit).await? >= JOINING {
        let message = "Too many mails are waiting to be sent. Try again in a moment.";
        return Err(AppError::overloaded(message).retry_after(RETRY_AFTER));
    }
    let mut mail = mail(action, MailKind::Join, TimeDelta::zero());
    mail.set_link(link);
    repo::insert(conn, vec![mail]).await
}

/// Writes invitations to a mission into the outbox. They go at once. Nobody is mailed an invitation of their own.
pub async fn invited_within(
    conn: &mut Conn,
    action: Action<'_>,
    invited: &[(&Assignment, Link)],
) -> Result<()> {
    let others = invited.iter().filter(|(row, _)| !is_of(action, row));
    let rows = others.map(|(row, link)| invitation(action, row, *link, None));
    repo::insert(conn, rows.collect()).await
}

/// Writes another invitation for somebody who is INVITED into the outbox. It replaces one that waits.
pub async fn invited_again_within(
    conn: &mut Conn,
    action: Action<'_>,
    assignment: &Assignment,
    link: Link,
) -> Result<()> {
    if is_of(action, assignment) {
        return Ok(());
    }
    let replaced = repo::forget_invitation(conn, action.org_id, assignment.id).await?;
    // Whoever was never sent the invitation that this one replaces still knows of nothing.
    let is_unknown = replaced.iter().any(|(was, _)| was.is_none());
    let known = Some(assignment.status).filter(|_| !is_unknown);
    let mut mail = invitation(action, assignment, link, known);
    mail.unsure = replaced
        .iter()
        .map(|(_, unsure)| *unsure)
        .max()
        .unwrap_or_default();
    repo::insert(conn, vec![mail]).await
}

/// `known` is what the person knows of the assignment so far.
fn invitation(
    action: Action<'_>,
    assignment: &Assignment,
    link: Link,
    known: Option<AssignmentStatus>,
) -> Mail {
    let mut mail = about(action, MailKind::Invited, TimeDelta::zero(), assignment);
    mail.recipient_id = Some(Id::new(assignment.user_id.uuid()));
    mail.was_status = known;
    mail.set_link(link);
    mail
}

/// Writes into the outbox what the people and those who invited them are to know of steps. Nobody is told of what they
/// did themselves; what waited for them is forgotten then, because they have seen it.
pub async fn told_within(conn: &mut Conn, action: Action<'_>, steps: &[Told<'_>]) -> Result<()> {
    let rows = steps
        .iter()
        .flat_map(|step| [to_person(action, step), to_inviter(action, step)]);
    let rows: Vec<Mail> = rows.flatten().collect();
    let own: Vec<&Told<'_>> = steps.iter().filter(|step| is_own(action, step)).collect();
    let mission_ids: Vec<MissionId> = own.iter().map(|step| step.after.mission_id).collect();
    conn.both(
        async |conn| repo::insert(conn, rows).await,
        async |conn| match own.first() {
            Some(step) => {
                let person = Id::new(step.after.user_id.uuid());
                repo::forget(conn, action.org_id, &mission_ids, person).await
            }
            None => Ok(()),
        },
    )
    .await
    .map(drop)
}

/// Whether the person of the assignment makes the step.
fn is_own(action: Action<'_>, step: &Told<'_>) -> bool {
    is_of(action, step.after)
}

/// Whether who acts is the person of the assignment.
fn is_of(action: Action<'_>, assignment: &Assignment) -> bool {
    action.user_id == Some(assignment.user_id)
}

fn to_person(action: Action<'_>, step: &Told<'_>) -> Option<Mail> {
    let is_told = step.moved_from.is_some() || step.after.status == AssignmentStatus::Cancelled;
    if is_own(action, step) || !is_told {
        return None;
    }
    let mut mail = about(action, MailKind::Changed, FOLLOWS, step.after);
    mail.recipient_id = Some(Id::new(step.after.user_id.uuid()));
    mail.was_status = Some(step.before.status);
    mail.was_starts_at = step.moved_from.map(|was| was.starts_at);
    mail.was_ends_at = step.moved_from.map(|was| was.ends_at);
    if let Some(link) = step.link {
        mail.set_link(link);
    }
    Some(mail)
}

fn to_inviter(action: Action<'_>, step: &Told<'_>) -> Option<Mail> {
    let inviter = step.after.invited_by?;
    if action.actor_id == Some(inviter) {
        return None;
    }
    let kind = match (step.before.status, step.after.status) {
        (AssignmentStatus::Invited, AssignmentStatus::Declined) => MailKind::Declined,
        (AssignmentStatus::Accepted, AssignmentStatus::Cancelled) if is_own(action, step) => {
            MailKind::Withdrawn
        }
        // Only a move asks again.
        (AssignmentStatus::Invited, AssignmentStatus::Accepted)
            if step.before.invited_at != step.before.created_at =>
        {
            MailKind::Reconfirmed
        }
        _ => return None,
    };
    let mut mail = about(action, kind, FOLLOWS, step.after);
    mail.recipient_id = Some(Id::new(inviter.uuid()));
    mail.was_status = Some(step.before.status);
    Some(mail)
}

fn about(action: Action<'_>, kind: MailKind, after: TimeDelta, assignment: &Assignment) -> Mail {
    let mut mail = mail(action, kind, after);
    mail.assignment_id = Some(assignment.id);
    mail.mission_id = Some(assignment.mission_id);
    mail
}

/// A mail without a recipient.
fn mail(action: Action<'_>, kind: MailKind, after: TimeDelta) -> Mail {
    Mail {
        id: action.random.id(action.at),
        org_id: action.org_id,
        kind,
        assignment_id: None,
        mission_id: None,
        recipient_id: None,
        was_status: None,
        was_starts_at: None,
        was_ends_at: None,
        invitation_id: None,
        seed: None,
        sent_by: action.actor_id,
        letter_id: None,
        // An invitation to join counts when it is made.
        counted_at: (kind == MailKind::Join).then_some(action.at),
        attempts: 0,
        unsure: 0,
        planned_at: action.at + after,
        due_at: Some(action.at + after),
        problem: None,
    }
}

impl Mail {
    fn set_link(&mut self, link: Link) {
        self.invitation_id = Some(link.invitation_id);
        self.seed = Some(link.seed.to_vec());
    }
}
