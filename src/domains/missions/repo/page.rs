use diesel::dsl::{sql, sum};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::super::model::{LONGEST_DAYS, Mission, MissionBrief, MissionFilter, MissionParts};
use crate::db::dsl::{Columns, Condition, octet_length, row_number, when, within_first};
use crate::db::schema::missions;
use crate::db::since::since;
use crate::db::types::UuidColumn;
use crate::db::{AnyOf as _, Conn};
use crate::error::Result;
use crate::extent::{Extent, Parts, check_texts};
use crate::ids::{OrgId, ProjectId};
use crate::page::Page;

fn matching(
    org_id: OrgId,
    filter: &MissionFilter,
) -> impl Condition<missions::table> + Clone + use<> {
    let search = filter.search.clone();
    // A role with fewer people than places.
    let understaffed = sql::<Bool>(
        "(missions.cancelled_at IS NULL AND EXISTS (SELECT 1 FROM mission_roles AS role WHERE role.org_id = ",
    )
    .bind::<UuidColumn, _>(org_id)
    .sql(
        " AND role.mission_id = missions.id AND role.deleted_at IS NULL AND role.quantity > \
         (SELECT count(*) FROM assignments AS booked WHERE booked.org_id = ",
    )
    .bind::<UuidColumn, _>(org_id)
    .sql(" AND booked.role_id = role.id AND booked.status = 'ACCEPTED')))");
    let wanted = filter.understaffed;
    when(Some(
        missions::org_id
            .eq(org_id)
            .and(when(
                filter.project_id.map(|id| missions::project_id.eq(id)),
            ))
            .and(when(filter.from.map(|from| {
                since(missions::starts_at, org_id, from, LONGEST_DAYS)
                    .and(missions::ends_at.gt(from))
            })))
            .and(when(filter.to.map(|to| missions::starts_at.lt(to))))
            .and(when(search.map(|search| {
                missions::title_folded.like(search).escape('\\')
            })))
            .and(when(
                (!filter.include_cancelled).then(|| missions::cancelled_at.is_null()),
            ))
            .and(when(wanted.map(|wanted| understaffed.eq(wanted)))),
    ))
}

/// By start.
pub async fn page(
    conn: &mut Conn,
    org_id: OrgId,
    filter: &MissionFilter,
    page: &Page<MissionParts>,
    extent: Extent,
) -> Result<Vec<MissionParts>> {
    let rows = missions::table
        // Before the filter: SQLite reads a range from the first bound in the text. The cursor is the closer one, unless
        // the filter has changed since.
        .filter(page.between())
        .filter(matching(org_id, filter))
        .order(page.order())
        .limit(page.limit());
    match extent {
        Extent::Brief => {
            let rows = conn.load(rows.select(MissionBrief::columns())).await?;
            Ok(rows.into_iter().map(Parts::brief).collect())
        }
        Extent::Whole => {
            let rows: Vec<Mission> = conn.load(rows.select(Mission::columns())).await?;
            Ok(rows.into_iter().map(Parts::from).collect())
        }
    }
}

pub async fn count(conn: &mut Conn, org_id: OrgId, filter: &MissionFilter) -> Result<i64> {
    conn.one(missions::table.filter(matching(org_id, filter)).count())
        .await
}

/// The page of each project, in no order: at most `limit` rows in all.
pub async fn pages_of(
    conn: &mut Conn,
    org_id: OrgId,
    project_ids: &[ProjectId],
    filter: &MissionFilter,
    page: &Page<MissionParts>,
    extent: Extent,
    limit: i64,
) -> Result<Vec<MissionParts>> {
    let numbered = missions::table
        .filter(missions::project_id.any_of(project_ids))
        .filter(page.between())
        .filter(matching(org_id, filter))
        .select((missions::id, row_number(missions::project_id, page.order())));
    let rows = missions::table
        .filter(missions::org_id.eq(org_id))
        .filter(within_first(missions::id, numbered, page.limit()))
        .limit(limit);
    match extent {
        Extent::Brief => {
            let rows = conn.load(rows.select(MissionBrief::columns())).await?;
            Ok(rows.into_iter().map(Parts::brief).collect())
        }
        Extent::Whole => {
            let texts = rows
                .clone()
                .select(sum(octet_length(missions::description)));
            check_texts(conn.one(texts).await?)?;
            let rows: Vec<Mission> = conn.load(rows.select(Mission::columns())).await?;
            Ok(rows.into_iter().map(Parts::from).collect())
        }
    }
}

/// `(project, missions)`.
pub async fn counts_of(
    conn: &mut Conn,
    org_id: OrgId,
    project_ids: &[ProjectId],
    filter: &MissionFilter,
) -> Result<Vec<(ProjectId, i64)>> {
    let counts = missions::table
        .filter(missions::project_id.any_of(project_ids))
        .filter(matching(org_id, filter))
        .group_by(missions::project_id)
        .select((missions::project_id, diesel::dsl::count_star()));
    conn.load(counts).await
}
