use diesel::prelude::*;

use super::model::{Project, ProjectFilter};
use crate::db::dsl::{Columns, Condition, for_share, for_update, when};
use crate::db::schema::{missions, projects};
use crate::db::{AnyOf as _, Conn};
use crate::error::{AppError, ErrorCode, Result};
use crate::ids::{MissionId, OrgId, ProjectId};
use crate::page::Page;
use crate::text;

pub async fn insert(conn: &mut Conn, project: &Project) -> Result<()> {
    let inserted = conn
        .execute(
            diesel::insert_into(projects::table)
                .values((project, projects::name_same.eq(text::same(&project.name)))),
        )
        .await;
    inserted.map(drop).map_err(name_taken)
}

/// Writes what can change in a project.
pub async fn update(conn: &mut Conn, project: &Project) -> Result<()> {
    let changed = (
        projects::name.eq(&project.name),
        projects::name_folded.eq(&project.name_folded),
        projects::name_same.eq(text::same(&project.name)),
        projects::description.eq(&project.description),
        projects::status.eq(project.status),
        projects::updated_at.eq(project.updated_at),
        projects::version.eq(project.version),
    );
    let own = projects::table.find((project.org_id, project.id));
    let updated = conn.execute(diesel::update(own).set(changed)).await;
    updated.map(drop).map_err(name_taken)
}

fn name_taken(error: AppError) -> AppError {
    error.if_taken("projects_org_id_name_same_key", || {
        let message = "A project with this name already exists.";
        AppError::new(ErrorCode::AlreadyExists, message).at("name")
    })
}

pub async fn delete(conn: &mut Conn, org_id: OrgId, id: ProjectId) -> Result<()> {
    let own = projects::table.find((org_id, id));
    conn.execute(diesel::delete(own)).await.map(drop)
}

pub async fn lock(conn: &mut Conn, org_id: OrgId, id: ProjectId) -> Result<Option<Project>> {
    let row = projects::table.find((org_id, id));
    conn.opt(for_update(row.select(Project::columns()))).await
}

pub async fn by_ids(conn: &mut Conn, org_id: OrgId, ids: &[ProjectId]) -> Result<Vec<Project>> {
    let rows = projects::table
        .filter(projects::org_id.eq(org_id))
        .filter(projects::id.any_of(ids))
        .select(Project::columns());
    conn.load(rows).await
}

/// Keeps others from changing a project until the transaction ends.
pub async fn keep(conn: &mut Conn, org_id: OrgId, id: ProjectId) -> Result<Option<Project>> {
    let row = projects::table.find((org_id, id));
    conn.opt(for_share(row.select(Project::columns()))).await
}

/// The project of a mission, kept as by [`keep`].
pub async fn keep_of_mission(
    conn: &mut Conn,
    org_id: OrgId,
    mission_id: MissionId,
) -> Result<Option<Project>> {
    let of_mission = missions::table
        .filter(missions::org_id.eq(org_id))
        .filter(missions::id.eq(mission_id))
        .select(missions::project_id);
    let row = projects::table
        .filter(projects::org_id.eq(org_id))
        .filter(projects::id.eq_any(of_mission));
    conn.opt(for_share(row.select(Project::columns()))).await
}

fn matching(org_id: OrgId, filter: &ProjectFilter) -> impl Condition<projects::table> {
    let search = filter.search.clone();
    let status = filter.status.clone();
    when(Some(
        projects::org_id
            .eq(org_id)
            .and(when(search.map(|search| {
                projects::name_folded.like(search).escape('\\')
            })))
            .and(when(status.map(|status| projects::status.any_of(&status)))),
    ))
}

/// By name.
pub async fn page(
    conn: &mut Conn,
    org_id: OrgId,
    filter: &ProjectFilter,
    page: &Page<Project>,
) -> Result<Vec<Project>> {
    let rows = projects::table
        .filter(matching(org_id, filter))
        .filter(page.between())
        .order(page.order())
        .limit(page.limit())
        .select(Project::columns());
    conn.load(rows).await
}

pub async fn count(conn: &mut Conn, org_id: OrgId, filter: &ProjectFilter) -> Result<i64> {
    conn.one(projects::table.filter(matching(org_id, filter)).count())
        .await
}
