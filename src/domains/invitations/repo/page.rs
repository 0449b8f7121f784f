use diesel::dsl::case_when;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::{WithMaker, with_makers};
use crate::access::Role;
use crate::clock::SET_BACK;
use crate::db::dsl::{Columns, Condition, when};
use crate::db::schema::{invitations, org_memberships};
use crate::db::types::Timestamp;
use crate::db::{AnyOf as _, Conn};
use crate::domains::invitations::model::{
    Invitation, InvitationFilter, InvitationStatus, StoredStatus,
};
use crate::error::Result;
use crate::ids::OrgId;
use crate::page::Page;

/// What `Invitation::made_by` and `Invitation::status_at` say, in SQL.
fn matching(filter: &InvitationFilter, now: Timestamp) -> impl Condition<WithMaker> + use<> {
    let maker = org_memberships::role.nullable();
    let by_admin = maker.eq(Role::Admin).and(invitations::role.ne(Role::Owner));
    let could_be_made = || {
        let by_maker = maker.eq(Role::Owner).or(by_admin);
        when(Some(invitations::role.is_null().or(by_maker)))
    };
    let is_in_time = invitations::expires_at
        .gt(now)
        .and(invitations::created_at.le(now + SET_BACK));
    let is = |status: InvitationStatus| status.into_sql::<Text>();
    let shown = case_when(
        invitations::status.ne(StoredStatus::Pending),
        invitations::status,
    )
    .when(
        could_be_made().and(is_in_time),
        is(InvitationStatus::Pending),
    )
    .when(could_be_made(), is(InvitationStatus::Expired))
    .otherwise(is(InvitationStatus::Revoked));
    // An index has the invitations of one stored status in order.
    let stored = match filter.status.as_deref() {
        Some([one]) => one.stored(),
        _ => None,
    };
    let statuses = filter.status.as_deref();
    when(Some(
        when(stored.map(|stored| invitations::status.eq(stored)))
            .and(when(statuses.map(|statuses| shown.any_of(statuses)))),
    ))
}

/// Newest first.
pub async fn page(
    conn: &mut Conn,
    org_id: OrgId,
    filter: &InvitationFilter,
    page: &Page<Invitation>,
    now: Timestamp,
) -> Result<Vec<Invitation>> {
    let rows = with_makers(org_id)
        .filter(invitations::org_id.eq(org_id))
        .filter(matching(filter, now))
        .filter(page.between())
        .order(page.order())
        .limit(page.limit())
        .select((Invitation::columns(), org_memberships::role.nullable()));
    Ok(Invitation::all_made_by(conn.load(rows).await?))
}

pub async fn count(
    conn: &mut Conn,
    org_id: OrgId,
    filter: &InvitationFilter,
    now: Timestamp,
) -> Result<i64> {
    let rows = with_makers(org_id)
        .filter(invitations::org_id.eq(org_id))
        .filter(matching(filter, now));
    conn.one(rows.count()).await
}
