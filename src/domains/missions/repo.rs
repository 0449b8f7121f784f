use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::model::{Mission, MissionFilter, MissionRole};
use crate::db::dsl::{Columns, Condition, for_update, row_number, when, within_first};
use crate::db::schema::{mission_roles, missions};
use crate::db::since::since;
use crate::db::types::UuidColumn;
use crate::db::{AT_ONCE, AnyOf as _, Conn};
use crate::error::Result;
use crate::ids::{MissionId, OrgId, ProjectId, RoleId};
use crate::page::Page;
use crate::text;

pub async fn insert(conn: &mut Conn, rows: &[Mission]) -> Result<()> {
    let with_key = |row: &Mission| {
        let folded = text::fold(&row.title);
        (row.clone(), missions::title_folded.eq(folded))
    };
    let rows: Vec<_> = rows.iter().map(with_key).collect();
    conn.execute(diesel::insert_into(missions::table).values(rows))
        .await
        .map(drop)
}

pub async fn insert_roles(conn: &mut Conn, rows: &[MissionRole]) -> Result<()> {
    let with_key = |row: &MissionRole| {
        let same = row.skill.as_deref().map(text::same);
        (row.clone(), mission_roles::skill_same.eq(same))
    };
    for rows in rows.chunks(AT_ONCE) {
        let rows: Vec<_> = rows.iter().map(with_key).collect();
        conn.execute(diesel::insert_into(mission_roles::table).values(rows))
            .await?;
    }
    Ok(())
}

/// Writes what can change in a mission.
pub async fn update(conn: &mut Conn, row: &Mission) -> Result<()> {
    let changed = (
        missions::title.eq(&row.title),
        missions::title_folded.eq(text::fold(&row.title)),
        missions::description.eq(&row.description),
        missions::location.eq(&row.location),
        missions::starts_at.eq(row.starts_at),
        missions::ends_at.eq(row.ends_at),
        missions::timezone.eq(&row.timezone),
        missions::cancelled_at.eq(row.cancelled_at),
        missions::updated_at.eq(row.updated_at),
        missions::version.eq(row.version),
    );
    let own = missions::table.find((row.org_id, row.id));
    conn.execute(diesel::update(own).set(changed))
        .await
        .map(drop)
}

/// Writes what can change in a role.
pub async fn update_role(conn: &mut Conn, row: &MissionRole) -> Result<()> {
    let changed = (
        mission_roles::name.eq(&row.name),
        mission_roles::skill.eq(&row.skill),
        mission_roles::skill_same.eq(row.skill.as_deref().map(text::same)),
        mission_roles::quantity.eq(row.quantity),
        mission_roles::deleted_at.eq(row.deleted_at),
    );
    let own = mission_roles::table.find((row.org_id, row.id));
    conn.execute(diesel::update(own).set(changed))
        .await
        .map(drop)
}

/// At most `limit` missions of a project.
pub async fn some_of_project(
    conn: &mut Conn,
    org_id: OrgId,
    project_id: ProjectId,
    limit: i64,
) -> Result<Vec<Mission>> {
    let rows = missions::table
        .filter(missions::org_id.eq(org_id))
        .filter(missions::project_id.eq(project_id))
        .limit(limit)
        .select(Mission::columns());
    conn.load(rows).await
}

/// How many missions and roles a project has. Each of the two is counted up to a limit.
pub async fn size_of_project(
    conn: &mut Conn,
    org_id: OrgId,
    project_id: ProjectId,
    limit: i64,
) -> Result<usize> {
    let of_project = missions::table
        .filter(missions::org_id.eq(org_id))
        .filter(missions::project_id.eq(project_id))
        .select(missions::id);
    let roles = mission_roles::table
        .filter(mission_roles::org_id.eq(org_id))
        .filter(mission_roles::mission_id.eq_any(of_project))
        .filter(mission_roles::deleted_at.is_null())
        .limit(limit)
        .select(mission_roles::id);
    let missions: Vec<MissionId> = conn.load(of_project.limit(limit)).await?;
    let roles: Vec<RoleId> = conn.load(roles).await?;
    Ok(missions.len() + roles.len())
}

/// Deletes missions and their roles.
pub async fn delete(conn: &mut Conn, org_id: OrgId, ids: &[MissionId]) -> Result<()> {
    let rows = missions::table
        .filter(missions::org_id.eq(org_id))
        .filter(missions::id.any_of(ids));
    conn.execute(diesel::delete(rows)).await.map(drop)
}

pub async fn by_ids(conn: &mut Conn, org_id: OrgId, ids: &[MissionId]) -> Result<Vec<Mission>> {
    let rows = missions::table
        .filter(missions::org_id.eq(org_id))
        .filter(missions::id.any_of(ids))
        .select(Mission::columns());
    conn.load(rows).await
}

pub async fn lock(conn: &mut Conn, org_id: OrgId, id: MissionId) -> Result<Option<Mission>> {
    let row = missions::table.find((org_id, id));
    conn.opt(for_update(row.select(Mission::columns()))).await
}

pub async fn roles_by_ids(
    conn: &mut Conn,
    org_id: OrgId,
    ids: &[RoleId],
) -> Result<Vec<MissionRole>> {
    let rows = mission_roles::table
        .filter(mission_roles::org_id.eq(org_id))
        .filter(mission_roles::id.any_of(ids))
        .select(MissionRole::columns());
    conn.load(rows).await
}

/// Without deleted ones, in the order in which they were given.
pub async fn roles_of(
    conn: &mut Conn,
    org_id: OrgId,
    mission_ids: &[MissionId],
    limit: i64,
) -> Result<Vec<MissionRole>> {
    let rows = mission_roles::table
        .filter(mission_roles::org_id.eq(org_id))
        .filter(mission_roles::mission_id.any_of(mission_ids))
        .filter(mission_roles::deleted_at.is_null())
        .order((
            mission_roles::mission_id,
            mission_roles::position,
            mission_roles::id,
        ))
        .limit(limit)
        .select(MissionRole::columns());
    conn.load(rows).await
}

/// `(project, places)` over missions that are not cancelled.
pub async fn needed(
    conn: &mut Conn,
    org_id: OrgId,
    project_ids: &[ProjectId],
) -> Result<Vec<(ProjectId, i64)>> {
    let rows = mission_roles::table
        .inner_join(
            missions::table.on(missions::org_id
                .eq(mission_roles::org_id)
                .and(missions::id.eq(mission_roles::mission_id))),
        )
        .filter(mission_roles::org_id.eq(org_id))
        .filter(missions::org_id.eq(org_id))
        .filter(missions::project_id.any_of(project_ids))
        .filter(missions::cancelled_at.is_null())
        .filter(mission_roles::deleted_at.is_null())
        .group_by(missions::project_id)
        .select((
            missions::project_id,
            diesel::dsl::sum(mission_roles::quantity).assume_not_null(),
        ));
    conn.load(rows).await
}

fn matching(org_id: OrgId, filter: &MissionFilter) -> impl Condition<missions::table> {
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
                since(missions::starts_at, org_id, from).and(missions::ends_at.gt(from))
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
    page: &Page<Mission>,
) -> Result<Vec<Mission>> {
    let rows = missions::table
        .filter(matching(org_id, filter))
        .filter(page.between())
        .order(page.order())
        .limit(page.limit())
        .select(Mission::columns());
    conn.load(rows).await
}

pub async fn count(conn: &mut Conn, org_id: OrgId, filter: &MissionFilter) -> Result<i64> {
    conn.one(missions::table.filter(matching(org_id, filter)).count())
        .await
}

/// The page of each project, in no order.
pub async fn pages_of(
    conn: &mut Conn,
    org_id: OrgId,
    project_ids: &[ProjectId],
    filter: &MissionFilter,
    page: &Page<Mission>,
) -> Result<Vec<Mission>> {
    let numbered = missions::table
        .filter(missions::project_id.any_of(project_ids))
        .filter(matching(org_id, filter))
        .filter(page.between())
        .select((missions::id, row_number(missions::project_id, page.order())));
    let rows = missions::table
        .filter(missions::org_id.eq(org_id))
        .filter(within_first(missions::id, numbered, page.limit()))
        .select(Mission::columns());
    conn.load(rows).await
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
