//! What mail tells of, as it is when the mail is sent.

use diesel::prelude::*;

use super::super::model::Facts;
use crate::access::Role;
use crate::db::dsl::Columns;
use crate::db::schema::{
    accounts, assignments, invitations, mission_roles, missions, org_memberships, orgs, users,
};
use crate::db::{AnyOf as _, Conn};
use crate::domains::invitations::model::Invitation;
use crate::domains::orgs::model::Org;
use crate::error::Result;
use crate::ids::{AccountId, AssignmentId, InvitationId, OrgId};

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
    let membership = org_memberships::org_id
        .eq(org_id)
        .and(org_memberships::account_id.nullable().eq(users::account_id));
    let rows = assignments::table
        .inner_join(missions::table.on(mission))
        .inner_join(mission_roles::table.on(role))
        .inner_join(users::table.on(person))
        .left_join(org_memberships::table.on(membership))
        .left_join(
            accounts::table.on(accounts::id
                .nullable()
                .eq(org_memberships::account_id.nullable())),
        )
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
            users::account_id,
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

/// The name, the address and the role of a member whose account is not disabled.
pub async fn member(
    conn: &mut Conn,
    org_id: OrgId,
    account_id: AccountId,
) -> Result<Option<(String, String, Role)>> {
    let row = org_memberships::table
        .inner_join(accounts::table.on(accounts::id.eq(org_memberships::account_id)))
        .filter(org_memberships::org_id.eq(org_id))
        .filter(org_memberships::account_id.eq(account_id))
        .filter(accounts::disabled_at.is_null())
        .select((
            accounts::display_name,
            accounts::email,
            org_memberships::role,
        ));
    conn.opt(row).await
}
