//! Attempts to send mail: when they are made, and how they end.

use diesel::prelude::*;

use super::super::model::{Mail, Recipient};
use crate::db::dsl::Columns;
use crate::db::schema::outbox;
use crate::db::types::{Id, Timestamp};
use crate::db::{AnyOf as _, Conn};
use crate::error::Result;
use crate::ids::{AccountId, MailId, OrgId};

/// An attempt to send rows as one mail.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    /// Its `Message-ID`.
    pub letter_id: MailId,
    /// From 1.
    pub number: i32,
    /// When its rows counted towards their allowances.
    pub counted_at: Timestamp,
    /// Until then, nobody else makes one.
    pub until: Timestamp,
}

/// Lets rows wait until an instant. No server takes them before.
pub async fn put_off(
    conn: &mut Conn,
    org_id: OrgId,
    ids: &[MailId],
    until: Timestamp,
) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let rows = outbox::table
        .filter(outbox::org_id.eq(org_id))
        .filter(outbox::id.any_of(ids));
    conn.execute(diesel::update(rows).set(outbox::due_at.eq(until)))
        .await
        .map(drop)
}

/// Begins an attempt.
pub async fn begin(conn: &mut Conn, org_id: OrgId, ids: &[MailId], attempt: Attempt) -> Result<()> {
    let rows = outbox::table
        .filter(outbox::org_id.eq(org_id))
        .filter(outbox::id.any_of(ids));
    let changed = (
        outbox::letter_id.eq(attempt.letter_id),
        outbox::counted_at.eq(attempt.counted_at),
        outbox::attempts.eq(attempt.number),
        outbox::unsure.eq(outbox::unsure + 1),
        outbox::due_at.eq(attempt.until),
        outbox::problem.eq(None::<String>),
    );
    conn.execute(diesel::update(rows).set(changed))
        .await
        .map(drop)
}

/// Some rows of an account that are due and have not counted towards its allowance.
pub async fn uncounted_by(
    conn: &mut Conn,
    org_id: OrgId,
    sent_by: AccountId,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<MailId>> {
    let rows = outbox::table
        .filter(outbox::org_id.eq(org_id))
        .filter(outbox::due_at.le(now))
        .filter(outbox::sent_by.eq(sent_by))
        .filter(outbox::counted_at.is_null())
        .limit(limit)
        .select(outbox::id);
    conn.load(rows).await
}

/// Some rows for a recipient that are due and have not counted towards an allowance.
pub async fn uncounted_to(
    conn: &mut Conn,
    org_id: OrgId,
    recipient_id: Id<Recipient>,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<MailId>> {
    let rows = outbox::table
        .filter(outbox::org_id.eq(org_id))
        .filter(outbox::recipient_id.eq(recipient_id))
        .filter(outbox::due_at.le(now))
        .filter(outbox::counted_at.is_null())
        .limit(limit)
        .select(outbox::id);
    conn.load(rows).await
}

/// Makes a mail of its own of rows. It has not counted towards the allowances.
pub async fn separate(
    conn: &mut Conn,
    org_id: OrgId,
    ids: &[MailId],
    letter_id: MailId,
) -> Result<()> {
    let rows = outbox::table
        .filter(outbox::org_id.eq(org_id))
        .filter(outbox::id.any_of(ids));
    let changed = (
        outbox::letter_id.eq(letter_id),
        outbox::counted_at.eq(None::<Timestamp>),
    );
    conn.execute(diesel::update(rows).set(changed))
        .await
        .map(drop)
}

/// Notes that an attempt failed, and when the next one is made, if any.
pub async fn set_failed(
    conn: &mut Conn,
    org_id: OrgId,
    ids: &[MailId],
    due_at: Option<Timestamp>,
    problem: &str,
) -> Result<()> {
    let rows = outbox::table
        .filter(outbox::org_id.eq(org_id))
        .filter(outbox::id.any_of(ids));
    let changed = (outbox::due_at.eq(due_at), outbox::problem.eq(problem));
    conn.execute(diesel::update(rows).set(changed))
        .await
        .map(drop)
}

/// Notes that the last attempt did not arrive for certain.
pub async fn set_certain(conn: &mut Conn, org_id: OrgId, ids: &[MailId]) -> Result<()> {
    let rows = outbox::table
        .filter(outbox::org_id.eq(org_id))
        .filter(outbox::id.any_of(ids));
    conn.execute(diesel::update(rows).set(outbox::unsure.eq(outbox::unsure - 1)))
        .await
        .map(drop)
}

/// What could not be sent, of all organisations, in no order.
pub async fn failed(conn: &mut Conn) -> Result<Vec<Mail>> {
    let rows = outbox::table
        .filter(outbox::due_at.is_null())
        .select(Mail::columns());
    conn.load(rows).await
}

/// Some mails, of any organisation, that could not be sent and were planned by an instant.
pub async fn failed_by(conn: &mut Conn, by: Timestamp, limit: i64) -> Result<Vec<(OrgId, MailId)>> {
    let rows = outbox::table
        .filter(outbox::due_at.is_null())
        .filter(outbox::planned_at.le(by))
        .limit(limit)
        .select((outbox::org_id, outbox::id));
    conn.load(rows).await
}

/// Deletes mails that could not be sent. Returns how many: others may have been made due again.
pub async fn delete_failed(conn: &mut Conn, org_id: OrgId, ids: &[MailId]) -> Result<usize> {
    let rows = outbox::table
        .filter(outbox::org_id.eq(org_id))
        .filter(outbox::id.any_of(ids))
        .filter(outbox::due_at.is_null());
    conn.execute(diesel::delete(rows)).await
}

/// Makes what could not be sent due again.
pub async fn retry(
    conn: &mut Conn,
    org_id: OrgId,
    ids: &[MailId],
    due_at: Timestamp,
) -> Result<()> {
    let rows = outbox::table
        .filter(outbox::org_id.eq(org_id))
        .filter(outbox::id.any_of(ids))
        .filter(outbox::due_at.is_null());
    let changed = (outbox::due_at.eq(due_at), outbox::attempts.eq(0));
    conn.execute(diesel::update(rows).set(changed))
        .await
        .map(drop)
}
