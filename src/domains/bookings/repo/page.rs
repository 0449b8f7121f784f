use diesel::prelude::*;

use super::super::model::Assignment;
use super::super::service::AssignmentFilter;
use super::{WithMissions, with_missions};
use crate::db::Conn;
use crate::db::dsl::Direction::{Asc, Desc};
use crate::db::dsl::{Columns, Condition, beyond, row_number, sorted, when, within_first};
use crate::db::schema::{assignments, missions};
use crate::db::types::{Id, InstantColumn, Timestamp, UuidColumn};
use crate::error::Result;
use crate::page::Page;

fn matching(org_id: Id, filter: &AssignmentFilter) -> impl Condition<WithMissions> + use<> {
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
                status.map(|status| assignments::status.eq_any(status)),
            ))
            .and(when(filter.from.map(|from| missions::ends_at.gt(from))))
            .and(when(filter.to.map(|to| missions::starts_at.lt(to)))),
    ))
}

/// The part of the list that lies between the page's cursors.
fn between(page: &Page<Timestamp>) -> impl Condition<WithMissions> + use<> {
    let key = (missions::starts_at, assignments::id);
    let bound =
        |(at, id): (Timestamp, Id)| (at.into_sql::<InstantColumn>(), id.into_sql::<UuidColumn>());
    when(Some(
        when(page.after.map(|after| beyond(key, bound(after), Asc))).and(when(
            page.before.map(|before| beyond(key, bound(before), Desc)),
        )),
    ))
}

/// By mission start, which stands beside each.
pub async fn page(
    conn: &mut Conn,
    org_id: Id,
    filter: &AssignmentFilter,
    page: &Page<Timestamp>,
) -> Result<Vec<(Assignment, Timestamp)>> {
    let rows = with_missions()
        .filter(matching(org_id, filter))
        .filter(between(page))
        .order(sorted(
            missions::starts_at,
            assignments::id,
            page.direction(),
        ))
        .limit(page.limit())
        .select((Assignment::columns(), missions::starts_at));
    conn.load(rows).await
}

pub async fn count(conn: &mut Conn, org_id: Id, filter: &AssignmentFilter) -> Result<i64> {
    let rows = with_missions().filter(matching(org_id, filter));
    conn.one(rows.count()).await
}

/// The page of each person, by mission start.
pub async fn pages_of(
    conn: &mut Conn,
    org_id: Id,
    user_ids: &[Id],
    filter: &AssignmentFilter,
    page: &Page<Timestamp>,
) -> Result<Vec<(Assignment, Timestamp)>> {
    let order = sorted(missions::starts_at, assignments::id, page.direction());
    let numbered = with_missions()
        .filter(assignments::user_id.eq_any(user_ids))
        .filter(matching(org_id, filter))
        .filter(between(page))
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
    org_id: Id,
    user_ids: &[Id],
    filter: &AssignmentFilter,
) -> Result<Vec<(Id, i64)>> {
    let counts = with_missions()
        .filter(assignments::user_id.eq_any(user_ids))
        .filter(matching(org_id, filter))
        .group_by(assignments::user_id)
        .select((assignments::user_id, diesel::dsl::count_star()));
    conn.load(counts).await
}
