use diesel::prelude::*;

use super::model::{Facts, Mail, MailKind, Recipient};
use crate::access::Role;
use crate::db::dsl::{Columns, for_update};
use crate::db::schema::{
    accounts, assignments, invitations, mission_roles, missions, org_memberships, orgs, outbox,
    users,
};
use crate::db::types::{Id, Timestamp};
use crate::db::{AT_ONCE, AnyOf as _, Conn};
use crate::domains::invitations::model::Invitation;
use crate::domains::orgs::model::Org;
use crate::error::Result;
use crate::ids::{AccountId, AssignmentId, InvitationId, MailId, MissionId, OrgId};

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

/// Deletes invitations to a mission of which newer ones are made.
pub async fn forget_invitation(
    conn: &mut Conn,
    org_id: OrgId,
    assignment_id: AssignmentId,
) -> Result<()> {
    let waiting = outbox::table
        .filter(outbox::org_id.eq(org_id))
        .filter(outbox::assignment_id.eq(assignment_id))
        .filter(outbox::kind.eq(MailKind::Invited));
    conn.execute(diesel::delete(waiting)).await.map(drop)
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

pub async fn lock(conn: &mut Conn, org_id: OrgId, id: MailId) -> Result<Vec<Mail>> {
    let row = outbox::table.find((org_id, id));
    conn.load(for_update(row.select(Mail::columns()))).await
}

/// What is to be told to a recipient of a mission, oldest first.
pub async fn lock_alike(
    conn: &mut Conn,
    org_id: OrgId,
    mission_id: MissionId,
    recipient_id: Id<Recipient>,
) -> Result<Vec<Mail>> {
    let rows = outbox::table
        .filter(outbox::org_id.eq(org_id))
        .filter(outbox::mission_id.eq(mission_id))
        .filter(outbox::recipient_id.eq(recipient_id))
        .order(outbox::id)
        .select(Mail::columns());
    conn.load(for_update(rows)).await
}

/// Begins an attempt: until an instant, nobody else makes one.
pub async fn lease(conn: &mut Conn, org_id: OrgId, ids: &[MailId], until: Timestamp) -> Result<()> {
    let rows = outbox::table
        .filter(outbox::org_id.eq(org_id))
        .filter(outbox::id.any_of(ids));
    let changed = (
        outbox::due_at.eq(until),
        outbox::attempts.eq(outbox::attempts + 1),
        outbox::problem.eq(None::<String>),
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

/// How many mails of all organisations there are, and how many of them are due at some time.
pub async fn counts(conn: &mut Conn) -> Result<(i64, i64)> {
    let counts = (
        diesel::dsl::count_star(),
        diesel::dsl::count(outbox::due_at),
    );
    conn.one(outbox::table.select(counts)).await
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

pub async fn org(conn: &mut Conn, id: OrgId) -> Result<Org> {
    conn.one(orgs::table.find(id).select(Org::columns())).await
}

/// What mails tell of assignments.
pub async fn facts(conn: &mut Conn, org_id: OrgId, ids: &[AssignmentId]) -> Result<Vec<Facts>> {
    let mission = missions::org_id
        .eq(org_id)
        .and(missions::id.eq(assignments::mission_id));
    let role = mission_roles::org_id
        .eq(org_id)
        .and(mission_roles::id.eq(assignments::role_id));
    let person = users::org_id
        .eq(org_id)
        .and(users::id.eq(assignments::user_id));
    let member = org_memberships::org_id
        .eq(org_id)
        .and(org_memberships::account_id.nullable().eq(users::account_id));
    let rows = assignments::table
        .inner_join(missions::table.on(mission))
        .inner_join(mission_roles::table.on(role))
        .inner_join(users::table.on(person))
        .left_join(org_memberships::table.on(member))
        .left_join(accounts::table.on(accounts::id.eq(org_memberships::account_id)))
        .filter(assignments::org_id.eq(org_id))
        .filter(assignments::id.any_of(ids))
        .select((
            assignments::id,
            assignments::status,
            assignments::reason,
            assignments::created_at,
            missions::starts_at,
            missions::ends_at,
            missions::title,
            missions::location,
            missions::timezone,
            missions::cancelled_at,
            mission_roles::name,
            users::display_name,
            users::email,
            accounts::id.nullable(),
            accounts::email.nullable(),
        ));
    conn.load(rows).await
}

pub async fn invitations(
    conn: &mut Conn,
    org_id: OrgId,
    ids: &[InvitationId],
) -> Result<Vec<Invitation>> {
    let rows = invitations::table
        .filter(invitations::org_id.eq(org_id))
        .filter(invitations::id.any_of(ids))
        .select(Invitation::columns());
    conn.load(rows).await
}

/// The name, the address and the role of a member.
pub async fn member(
    conn: &mut Conn,
    org_id: OrgId,
    account_id: AccountId,
) -> Result<Option<(String, String, Role)>> {
    let row = org_memberships::table
        .inner_join(accounts::table.on(accounts::id.eq(org_memberships::account_id)))
        .filter(org_memberships::org_id.eq(org_id))
        .filter(org_memberships::account_id.eq(account_id))
        .select((
            accounts::display_name,
            accounts::email,
            org_memberships::role,
        ));
    conn.opt(row).await
}
