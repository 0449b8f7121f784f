use diesel::dsl::sum;
use diesel::prelude::*;

use super::super::model::{
    Assignment, AssignmentBrief, AssignmentFilter, AssignmentParts, ListedAssignment,
};
use crate::db::dsl::{Columns, Condition, octet_length, row_number, when, within_first};
use crate::db::schema::assignments;
use crate::db::since::since;
use crate::db::types::Timestamp;
use crate::db::{AnyOf as _, Conn};
use crate::domains::missions::model::LONGEST_DAYS;
use crate::error::Result;
use crate::extent::{Extent, Parts, check_texts};
use crate::ids::{OrgId, UserId};
use crate::page::Page;

fn matching(
    org_id: OrgId,
    filter: &AssignmentFilter,
) -> impl Condition<assignments::table> + Clone + use<> {
    // An index has the assignments of one status in order. Several are compared row by row in the order of the list.
    let (one, several) = match filter.status.as_deref() {
        Some(&[status]) => (Some(status), None),
        status => (None, status.map(<[_]>::to_vec)),
    };
    let from = filter.from;
    when(Some(
        assignments::org_id
            .eq(org_id)
            .and(when(
                filter.mission_id.map(|id| assignments::mission_id.eq(id)),
            ))
            .and(when(filter.user_id.map(|id| assignments::user_id.eq(id))))
            .and(when(one.map(|status| assignments::status.eq(status))))
            .and(when(
                several.map(|status| assignments::status.any_of(&status)),
            ))
            .and(when(from.map(|from| {
                since(assignments::starts_at, org_id, from, LONGEST_DAYS)
                    .and(assignments::ends_at.gt(from))
            })))
            .and(when(filter.to.map(|to| assignments::starts_at.lt(to)))),
    ))
}

/// By the start of the mission.
pub async fn page(
    conn: &mut Conn,
    org_id: OrgId,
    filter: &AssignmentFilter,
    page: &Page<ListedAssignment>,
    extent: Extent,
) -> Result<Vec<ListedAssignment>> {
    let rows = assignments::table
        // Before the filter: SQLite reads a range from the first bound in the text. The cursor is the closer one, unless
        // the filter has changed since.
        .filter(page.between())
        .filter(matching(org_id, filter))
        .order(page.order())
        .limit(page.limit());
    match extent {
        Extent::Brief => {
            let columns = (AssignmentBrief::columns(), assignments::starts_at);
            let rows = conn.load(rows.select(columns)).await?;
            Ok(listed(rows, Parts::brief))
        }
        Extent::Whole => {
            let columns = (Assignment::columns(), assignments::starts_at);
            let rows: Vec<(Assignment, _)> = conn.load(rows.select(columns)).await?;
            Ok(listed(rows, Parts::from))
        }
    }
}

fn listed<T>(
    rows: Vec<(T, Timestamp)>,
    parts: impl Fn(T) -> AssignmentParts,
) -> Vec<ListedAssignment> {
    let row = |(row, starts_at)| ListedAssignment {
        assignment: parts(row),
        starts_at,
    };
    rows.into_iter().map(row).collect()
}

pub async fn count(conn: &mut Conn, org_id: OrgId, filter: &AssignmentFilter) -> Result<i64> {
    let rows = assignments::table.filter(matching(org_id, filter));
    conn.one(rows.count()).await
}

/// The page of each person, in no order: at most `limit` rows in all.
pub async fn pages_of(
    conn: &mut Conn,
    org_id: OrgId,
    user_ids: &[UserId],
    filter: &AssignmentFilter,
    page: &Page<ListedAssignment>,
    extent: Extent,
    limit: i64,
) -> Result<Vec<ListedAssignment>> {
    let numbered = assignments::table
        .filter(assignments::user_id.any_of(user_ids))
        .filter(page.between())
        .filter(matching(org_id, filter))
        .select((
            assignments::id,
            row_number(assignments::user_id, page.order()),
        ));
    let rows = assignments::table
        .filter(assignments::org_id.eq(org_id))
        .filter(within_first(assignments::id, numbered, page.limit()))
        .limit(limit);
    match extent {
        Extent::Brief => {
            let columns = (AssignmentBrief::columns(), assignments::starts_at);
            let rows = conn.load(rows.select(columns)).await?;
            Ok(listed(rows, Parts::brief))
        }
        Extent::Whole => {
            let columns = (Assignment::columns(), assignments::starts_at);
            let texts = rows.clone().select(sum(octet_length(assignments::reason)));
            check_texts(conn.one(texts).await?)?;
            let rows: Vec<(Assignment, _)> = conn.load(rows.select(columns)).await?;
            Ok(listed(rows, Parts::from))
        }
    }
}

/// `(person, assignments)`.
pub async fn counts_of(
    conn: &mut Conn,
    org_id: OrgId,
    user_ids: &[UserId],
    filter: &AssignmentFilter,
) -> Result<Vec<(UserId, i64)>> {
    let counts = assignments::table
        .filter(assignments::user_id.any_of(user_ids))
        .filter(matching(org_id, filter))
        .group_by(assignments::user_id)
        .select((assignments::user_id, diesel::dsl::count_star()));
    conn.load(counts).await
}
