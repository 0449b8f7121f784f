//! The rows of the outbox, and what they are about.

mod attempts;
mod facts;

use diesel::prelude::*;

use super::model::{Mail, MailKind, Recipient};
use crate::db::dsl::{Columns, for_update};
use crate::db::schema::outbox;
use crate::db::types::{Id, Timestamp};
use crate::db::{AT_ONCE, AnyOf as _, Conn};
use crate::domains::assignments::model::AssignmentStatus;
use crate::error::Result;
use crate::ids::{AssignmentId, MailId, MissionId, OrgId};

pub use attempts::{
    Attempt, begin, delete_failed, failed, failed_by, put_off, retry, separate, set_certain,
    set_failed, uncounted_by, uncounted_to,
};
pub use facts::{facts, invitations, member, org};

pub async fn insert(conn: &mut Conn, mut rows: Vec<Mail>) -> Result<()> {
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(AT_ONCE));
        conn.execute(diesel::insert_into(outbox::table).values(rows))
            .await?;
        rows = rest;
    }
    Ok(())
}

/// Deletes what a recipient was to be told of missions.
pub async fn forget(
    conn: &mut Conn,
    org_id: OrgId,
    mission_ids: &[MissionId],
    recipient_id: Id<Recipient>,
) -> Result<()> {
    let waiting = outbox::table
        .filter(outbox::org_id.eq(org_id))
        .filter(outbox::mission_id.any_of(mission_ids))
        .filter(outbox::recipient_id.eq(recipient_id));
    conn.execute(diesel::delete(waiting)).await.map(drop)
}

/// Deletes invitations to a mission of which newer ones are made. Returns what the person knew before each of them, and
/// of how many attempts nobody knows whether it arrived.
pub async fn forget_invitation(
    conn: &mut Conn,
    org_id: OrgId,
    assignment_id: AssignmentId,
) -> Result<Vec<(Option<AssignmentStatus>, i32)>> {
    let waiting = outbox::table
        .filter(outbox::org_id.eq(org_id))
        .filter(outbox::assignment_id.eq(assignment_id))
        .filter(outbox::kind.eq(MailKind::Invited));
    let found = waiting.select((outbox::id, outbox::was_status, outbox::unsure));
    let found: Vec<(MailId, Option<AssignmentStatus>, i32)> = conn.load(for_update(found)).await?;
    if !found.is_empty() {
        let ids: Vec<MailId> = found.iter().map(|(id, ..)| *id).collect();
        delete(conn, org_id, &ids).await?;
    }
    let known = found.into_iter().map(|(_, was, unsure)| (was, unsure));
    Ok(known.collect())
}

/// How many mails of all organisations there are, and how many of them are due at some time.
pub async fn counts(conn: &mut Conn) -> Result<(i64, i64)> {
    let counts = (
        diesel::dsl::count_star(),
        diesel::dsl::count(outbox::due_at),
    );
    conn.one(outbox::table.select(counts)).await
}

/// The organisations that have mail to be sent, in no order.
pub async fn due_orgs(conn: &mut Conn, now: Timestamp) -> Result<Vec<OrgId>> {
    let due = outbox::table
        .filter(outbox::due_at.le(now))
        .select(outbox::org_id)
        .distinct();
    conn.load(due).await
}

/// What has waited longest.
pub async fn oldest_due(conn: &mut Conn, org_id: OrgId, now: Timestamp) -> Result<Option<Mail>> {
    let due = outbox::table
        .filter(outbox::org_id.eq(org_id))
        .filter(outbox::due_at.le(now))
        .order((outbox::due_at, outbox::id))
        .limit(1)
        .select(Mail::columns());
    conn.opt(due).await
}

/// Of what is due for a recipient and was not tried yet: the missions. What has waited longest comes first.
pub async fn fresh_to(
    conn: &mut Conn,
    org_id: OrgId,
    recipient_id: Id<Recipient>,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<Option<MissionId>>> {
    let due = outbox::table
        .filter(outbox::org_id.eq(org_id))
        .filter(outbox::recipient_id.eq(recipient_id))
        .filter(outbox::due_at.le(now))
        .filter(outbox::attempts.eq(0))
        .order((outbox::due_at, outbox::id))
        .limit(limit)
        .select(outbox::mission_id);
    conn.load(due).await
}

/// The mail that rows about a mission for a recipient were part of, if they are tried again.
pub async fn letter_about(
    conn: &mut Conn,
    org_id: OrgId,
    mission_id: MissionId,
    recipient_id: Id<Recipient>,
) -> Result<Option<MailId>> {
    let row = outbox::table
        .filter(outbox::org_id.eq(org_id))
        .filter(outbox::mission_id.eq(mission_id))
        .filter(outbox::recipient_id.eq(recipient_id))
        .filter(outbox::attempts.gt(0))
        .filter(outbox::due_at.is_not_null())
        .order(outbox::id)
        .limit(1)
        .select(outbox::letter_id);
    Ok(conn.opt::<_, Option<MailId>>(row).await?.flatten())
}

/// Of the rows that were one mail and are tried again: the missions.
pub async fn tried_together(
    conn: &mut Conn,
    org_id: OrgId,
    recipient_id: Id<Recipient>,
    letter_id: MailId,
    limit: i64,
) -> Result<Vec<Option<MissionId>>> {
    let rows = outbox::table
        .filter(outbox::org_id.eq(org_id))
        .filter(outbox::recipient_id.eq(recipient_id))
        .filter(outbox::letter_id.eq(letter_id))
        .filter(outbox::attempts.gt(0))
        .filter(outbox::due_at.is_not_null())
        .order((outbox::due_at, outbox::id))
        .limit(limit)
        .select(outbox::mission_id);
    conn.load(rows).await
}

/// What is due about a mission for a recipient, oldest first.
pub async fn due_about(
    conn: &mut Conn,
    org_id: OrgId,
    mission_id: MissionId,
    recipient_id: Id<Recipient>,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<MailId>> {
    let due = outbox::table
        .filter(outbox::org_id.eq(org_id))
        .filter(outbox::mission_id.eq(mission_id))
        .filter(outbox::recipient_id.eq(recipient_id))
        .filter(outbox::due_at.le(now))
        .order(outbox::id)
        .limit(limit)
        .select(outbox::id);
    conn.load(due).await
}

/// Rows by their ids, oldest first.
pub async fn lock(conn: &mut Conn, org_id: OrgId, ids: &[MailId]) -> Result<Vec<Mail>> {
    let rows = outbox::table
        .filter(outbox::org_id.eq(org_id))
        .filter(outbox::id.any_of(ids))
        .order(outbox::id)
        .select(Mail::columns());
    conn.load(for_update(rows)).await
}

/// What is to be told to a recipient of missions, also what is not due yet: mission by mission, oldest first.
pub async fn lock_about(
    conn: &mut Conn,
    org_id: OrgId,
    mission_ids: &[MissionId],
    recipient_id: Id<Recipient>,
    limit: i64,
) -> Result<Vec<Mail>> {
    let rows = outbox::table
        .filter(outbox::org_id.eq(org_id))
        .filter(outbox::mission_id.any_of(mission_ids))
        .filter(outbox::recipient_id.eq(recipient_id))
        .order((outbox::mission_id, outbox::id))
        .limit(limit)
        .select(Mail::columns());
    conn.load(for_update(rows)).await
}

/// The oldest of so many newest rows about a mission for a recipient. `None` if there are fewer.
pub async fn oldest_of_newest(
    conn: &mut Conn,
    org_id: OrgId,
    mission_id: MissionId,
    recipient_id: Id<Recipient>,
    newest: i64,
) -> Result<Option<MailId>> {
    let row = outbox::table
        .filter(outbox::org_id.eq(org_id))
        .filter(outbox::mission_id.eq(mission_id))
        .filter(outbox::recipient_id.eq(recipient_id))
        .order(outbox::id.desc())
        .offset(newest - 1)
        .limit(1)
        .select(outbox::id);
    conn.opt(row).await
}

pub async fn delete(conn: &mut Conn, org_id: OrgId, ids: &[MailId]) -> Result<()> {
    let rows = outbox::table
        .filter(outbox::org_id.eq(org_id))
        .filter(outbox::id.any_of(ids));
    conn.execute(diesel::delete(rows)).await.map(drop)
}

/// How many invitations to join wait in an organisation, counted up to a limit.
pub async fn waiting(conn: &mut Conn, org_id: OrgId, limit: i64) -> Result<usize> {
    let rows = outbox::table
        .filter(outbox::org_id.eq(org_id))
        .filter(outbox::due_at.is_not_null())
        .filter(outbox::assignment_id.is_null())
        .limit(limit)
        .select(outbox::id);
    Ok(conn.load::<_, MailId>(rows).await?.len())
}
