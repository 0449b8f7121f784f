//! Attempts to send mail: when they are made, and how they end.

use diesel::prelude::*;

use super::super::model::{Mail, Recipient};
use crate::db::dsl::Columns;
use crate::db::schema::outbox;
use crate::db::types::{Id, Timestamp};
use crate::db::{AnyOf as _, Conn};
use crate::error::Result;
use crate::ids::{AccountId, MailId, OrgId};

/// Begins an attempt: until an instant, nobody else makes one.
pub async fn lease(conn: &mut Conn, org_id: OrgId, ids: &[MailId], until: Timestamp) -> Result<()> {
    let rows = outbox::table
        .filter(outbox::org_id.eq(org_id))
        .filter(outbox::id.any_of(ids));
    let changed = (
        outbox::due_at.eq(until),
        outbox::attempts.eq(outbox::attempts + 1),
        outbox::unsure.eq(outbox::unsure + 1),
    );
    conn.execute(diesel::update(rows).set(changed))
        .await
        .map(drop)
}

/// Takes an attempt back that was not made, and puts off the next one.
pub async fn put_off(
    conn: &mut Conn,
    org_id: OrgId,
    ids: &[MailId],
    until: Timestamp,
) -> Result<()> {
    let rows = outbox::table
        .filter(outbox::org_id.eq(org_id))
        .filter(outbox::id.any_of(ids));
    let changed = (
        outbox::due_at.eq(until),
        outbox::attempts.eq(outbox::attempts - 1),
        outbox::unsure.eq(outbox::unsure - 1),
    );
    conn.execute(diesel::update(rows).set(changed))
        .await
        .map(drop)
}

/// Puts off all that is due about missions and counts towards the allowance of an account.
pub async fn put_off_all_by(
    conn: &mut Conn,
    org_id: OrgId,
    sent_by: AccountId,
    now: Timestamp,
    until: Timestamp,
) -> Result<()> {
    let rows = outbox::table
        .filter(outbox::org_id.eq(org_id))
        .filter(outbox::due_at.le(now))
        .filter(outbox::mission_id.is_not_null())
        .filter(outbox::sent_by.eq(sent_by));
    conn.execute(diesel::update(rows).set(outbox::due_at.eq(until)))
        .await
        .map(drop)
}

/// Puts off all that is due about missions for a recipient.
pub async fn put_off_all_to(
    conn: &mut Conn,
    org_id: OrgId,
    recipient_id: Id<Recipient>,
    now: Timestamp,
    until: Timestamp,
) -> Result<()> {
    let rows = outbox::table
        .filter(outbox::org_id.eq(org_id))
        .filter(outbox::recipient_id.eq(recipient_id))
        .filter(outbox::due_at.le(now));
    conn.execute(diesel::update(rows).set(outbox::due_at.eq(until)))
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
