use diesel::prelude::*;

use super::super::model::{Assignment, AssignmentFilter, ListedAssignment};
use super::{WithMissions, with_missions};
use crate::db::dsl::{Columns, Condition, row_number, when, within_first};
use crate::db::schema::{assignments, missions};
use crate::db::{AnyOf as _, Conn};
use crate::error::Result;
use crate::ids::{OrgId, UserId};
use crate::page::Page;

fn matching(org_id: OrgId, filter: &AssignmentFilter) -> impl Condition<WithMissions> + use<> {
    let status = filter.status.clone();
    when(Some(
        assignments::org_id
            .eq(org_id)
            .and(missions::org_id.eq(org_id))
            .and(when(
                filter.mission_id.map(|id| assignments::mission_id.eq(id)),
            ))
            .and(when(filter.user_id.map(|id| assignments::user_id.eq(id))))
            .and(when(
                status.map(|status| assignments::status.any_of(&status)),
            ))
            .and(when(filter.from.map(|from| missions::ends_at.gt(from))))
            .and(when(filter.to.map(|to| missions::starts_at.lt(to)))),
    ))
}

/// By the start of the mission.
pub async fn page(
    conn: &mut Conn,
    org_id: OrgId,
    filter: &AssignmentFilter,
    page: &Page<ListedAssignment>,
) -> Result<Vec<ListedAssignment>> {
    let rows = with_missions()
        .filter(matching(org_id, filter))
        .filter(page.between())
        .order(page.order())
        .limit(page.limit())
        .select((Assignment::columns(), missions::starts_at));
    conn.load(rows).await
}

pub async fn count(conn: &mut Conn, org_id: OrgId, filter: &AssignmentFilter) -> Result<i64> {
    let rows = with_missions().filter(matching(org_id, filter));
    conn.one(rows.count()).await
}

/// The page of each person, by mission start.
pub async fn pages_of(
    conn: &mut Conn,
    org_id: OrgId,
    user_ids: &[UserId],
    filter: &AssignmentFilter,
    page: &Page<ListedAssignment>,
) -> Result<Vec<ListedAssignment>> {
    let order = page.order();
    let numbered = with_missions()
        .filter(assignments::user_id.any_of(user_ids))
        .filter(matching(org_id, filter))
        .filter(page.between())
        .select((assignments::id, row_number(assignments::user_id, order)));
    let rows = with_missions()
        .filter(assignments::org_id.eq(org_id))
        .filter(missions::org_id.eq(org_id))
        .filter(within_first(assignments::id, numbered, page.limit()))
        .order(order)
        .select((Assignment::columns(), missions::starts_at));
    conn.load(rows).await
}

/// `(person, assignments)`.
pub async fn counts_of(
    conn: &mut Conn,
    org_id: OrgId,
    user_ids: &[UserId],
    filter: &AssignmentFilter,
) -> Result<Vec<(UserId, i64)>> {
    let counts = with_missions()
        .filter(assignments::user_id.any_of(user_ids))
        .filter(matching(org_id, filter))
        .group_by(assignments::user_id)
        .select((assignments::user_id, diesel::dsl::count_star()));
    conn.load(counts).await
}
