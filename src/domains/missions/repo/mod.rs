mod page;

use diesel::prelude::*;

pub use page::{count, counts_of, page, pages_of};

use super::model::{Mission, MissionBrief, MissionRole};
use crate::db::dsl::{Columns, for_update};
use crate::db::schema::{mission_roles, missions};
use crate::db::{AT_ONCE, AnyOf as _, Conn};
use crate::error::Result;
use crate::ids::{MissionId, OrgId, ProjectId, RoleId};
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

pub async fn brief_by_ids(
    conn: &mut Conn,
    org_id: OrgId,
    ids: &[MissionId],
) -> Result<Vec<MissionBrief>> {
    let rows = missions::table
        .filter(missions::org_id.eq(org_id))
        .filter(missions::id.any_of(ids))
        .select(MissionBrief::columns());
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
