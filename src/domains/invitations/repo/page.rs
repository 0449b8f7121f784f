use chrono::TimeDelta;
use diesel::dsl::case_when;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::{WithMaker, with_makers};
use crate::access::Role;
use crate::clock::SET_BACK;
use crate::config::LONGEST_INVITATION_DAYS;
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
    // All that have expired stay stored as pending, so the search for others must not look at them.
    let pending = statuses.is_some_and(|statuses| statuses == [InvitationStatus::Pending]);
    let earliest = now - TimeDelta::days(LONGEST_INVITATION_DAYS);
    let recent = invitations::created_at.gt(earliest);
    when(Some(
        when(stored.map(|stored| invitations::status.eq(stored)))
            .and(when(
                pending.then(|| recent.and(invitations::expires_at.gt(now))),
            ))
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
        .filter(page.between())
        .filter(matching(filter, now))
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
    let own = invitations::table.filter(invitations::org_id.eq(org_id));
    let Some(statuses) = filter.status.as_deref() else {
        return conn.one(own.count()).await;
    };
    // Nobody's membership matters then, and there may be very many.
    let answered = statuses.iter().map(|status| status.answered());
    if let Some(stored) = answered.collect::<Option<Vec<_>>>() {
        let rows = own.filter(invitations::status.any_of(&stored));
        return conn.one(rows.count()).await;
    }
    let rows = with_makers(org_id)
        .filter(invitations::org_id.eq(org_id))
        .filter(matching(filter, now));
    conn.one(rows.count()).await
}
