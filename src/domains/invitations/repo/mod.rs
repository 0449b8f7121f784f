mod page;

use diesel::prelude::*;

pub use page::{count, page};

use super::model::{Invitation, StoredStatus};
use crate::access::Role;
use crate::db::dsl::{Columns, Direction, row_number, sorted, within_first};
use crate::db::schema::{invitations, org_memberships};
use crate::db::{AT_ONCE, AnyOf as _, Conn};
use crate::error::Result;
use crate::ids::{AssignmentId, InvitationId, OrgId};

type Maker = diesel::dsl::And<
    diesel::dsl::Eq<org_memberships::org_id, OrgId>,
    diesel::dsl::Eq<diesel::dsl::Nullable<org_memberships::account_id>, invitations::invited_by>,
>;

/// Where the rows of [`with_makers`] come from.
type WithMaker =
    diesel::helper_types::LeftJoinQuerySource<invitations::table, org_memberships::table, Maker>;

/// Invitations, each with the present membership of its maker, if they still have one. A query that uses this must also
/// compare the `org_id` of the invitations with a value.
fn with_makers(
    org_id: OrgId,
) -> diesel::dsl::LeftJoinOn<invitations::table, org_memberships::table, Maker> {
    let maker = org_memberships::account_id.nullable();
    let maker = org_memberships::org_id
        .eq(org_id)
        .and(maker.eq(invitations::invited_by));
    invitations::table.left_join(org_memberships::table.on(maker))
}

pub async fn insert(conn: &mut Conn, rows: &[Invitation]) -> Result<()> {
    for part in rows.chunks(AT_ONCE) {
        conn.execute(diesel::insert_into(invitations::table).values(part.to_vec()))
            .await?;
    }
    Ok(())
}

/// Invitations with their present status. For invitations to join, it depends on the present role of their maker.
pub async fn by_ids(
    conn: &mut Conn,
    org_id: OrgId,
    ids: &[InvitationId],
) -> Result<Vec<Invitation>> {
    let rows = with_makers(org_id)
        .filter(invitations::org_id.eq(org_id))
        .filter(invitations::id.any_of(ids))
        .select((Invitation::columns(), org_memberships::role.nullable()));
    Ok(Invitation::all_made_by(conn.load(rows).await?))
}

/// The invitation of a token with its present status. The token contains its organisation; without one, nothing is
/// found.
pub async fn by_hash(
    conn: &mut Conn,
    org_id: Option<OrgId>,
    hash: &[u8],
) -> Result<Option<Invitation>> {
    let maker = org_memberships::account_id.nullable();
    let maker = org_memberships::org_id
        .nullable()
        .eq(org_id)
        .and(maker.eq(invitations::invited_by));
    let row = invitations::table
        .left_join(org_memberships::table.on(maker))
        .filter(invitations::org_id.nullable().eq(org_id))
        .filter(invitations::token_hash.eq(hash))
        .select((Invitation::columns(), org_memberships::role.nullable()));
    let row: Option<(Invitation, Option<Role>)> = conn.opt(row).await?;
    Ok(row.map(|(row, maker)| row.made_by(maker)))
}

/// The newest invitation of each assignment.
pub async fn newest_of_assignments(
    conn: &mut Conn,
    org_id: OrgId,
    assignment_ids: &[AssignmentId],
) -> Result<Vec<Invitation>> {
    let newest_first = sorted(invitations::created_at, invitations::id, Direction::Desc);
    let numbered = invitations::table
        .filter(invitations::org_id.eq(org_id))
        .filter(invitations::assignment_id.any_of(assignment_ids))
        .select((
            invitations::id,
            row_number(invitations::assignment_id, newest_first),
        ));
    let rows = invitations::table
        .filter(invitations::org_id.eq(org_id))
        .filter(within_first(invitations::id, numbered, 1))
        .select(Invitation::columns());
    conn.load(rows).await
}

/// The pending invitations of an assignment.
pub async fn pending_of_assignment(
    conn: &mut Conn,
    org_id: OrgId,
    assignment_id: AssignmentId,
) -> Result<Vec<InvitationId>> {
    let pending = invitations::table
        .filter(invitations::org_id.eq(org_id))
        .filter(invitations::assignment_id.eq(assignment_id))
        .filter(invitations::status.eq(StoredStatus::Pending))
        .select(invitations::id);
    conn.load(pending).await
}

/// Gives a pending invitation its final status; says whether it was still pending.
pub async fn close(
    conn: &mut Conn,
    org_id: OrgId,
    id: InvitationId,
    status: StoredStatus,
) -> Result<bool> {
    let pending = invitations::table
        .find((org_id, id))
        .filter(invitations::status.eq(StoredStatus::Pending));
    let update = diesel::update(pending).set(invitations::status.eq(status));
    Ok(conn.execute(update).await? == 1)
}

/// Gives the invitations of assignments that have one of these statuses another one.
pub async fn close_of_assignments(
    conn: &mut Conn,
    org_id: OrgId,
    assignment_ids: &[AssignmentId],
    before: &[StoredStatus],
    after: StoredStatus,
) -> Result<()> {
    let rows = invitations::table
        .filter(invitations::org_id.eq(org_id))
        .filter(invitations::assignment_id.any_of(assignment_ids))
        .filter(invitations::status.any_of(before));
    let update = diesel::update(rows).set(invitations::status.eq(after));
    conn.execute(update).await.map(drop)
}

/// The pending invitations of an address to join the organisation, with their present status.
pub async fn pending_of_email(
    conn: &mut Conn,
    org_id: OrgId,
    email: &str,
) -> Result<Vec<Invitation>> {
    let pending = with_makers(org_id)
        .filter(invitations::org_id.eq(org_id))
        .filter(invitations::email.eq(email))
        .filter(invitations::status.eq(StoredStatus::Pending))
        .select((Invitation::columns(), org_memberships::role.nullable()));
    Ok(Invitation::all_made_by(conn.load(pending).await?))
}

/// Withdraws the pending invitations of an address to join the organisation.
pub async fn revoke_of_email(conn: &mut Conn, org_id: OrgId, email: &str) -> Result<()> {
    let pending = invitations::table
        .filter(invitations::org_id.eq(org_id))
        .filter(invitations::email.eq(email))
        .filter(invitations::status.eq(StoredStatus::Pending));
    let update = diesel::update(pending).set(invitations::status.eq(StoredStatus::Revoked));
    conn.execute(update).await.map(drop)
}
