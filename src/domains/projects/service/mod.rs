//! The rules of projects.

mod create;
mod status;
mod update;

pub use create::{CreateProject, create_project};
pub use status::{SetProjectStatus, set_project_status};
pub use update::{UpdateProject, update_project};

use super::model::{Project, ProjectFilter, ProjectStatus};
use super::repo;
use crate::access::Member;
use crate::db::Conn;
use crate::domains::audit::service::{Action, Change, record};
use crate::error::{AppError, ErrorCode, Result};
use crate::ids::{MissionId, OrgId, ProjectId};
use crate::page::{Page, Slice};
use crate::state::AppState;

/// Projects by their ids.
pub async fn projects(state: &AppState, who: Member, ids: &[ProjectId]) -> Result<Vec<Project>> {
    state
        .read(who, async |conn| repo::by_ids(conn, who.org_id, ids).await)
        .await
}

/// A page of the projects by name.
pub async fn list_projects(
    state: &AppState,
    who: Member,
    filter: &ProjectFilter,
    page: &Page<Project>,
) -> Result<Slice<Project>> {
    let read = state.read(who, async |conn| {
        let rows = repo::page(conn, who.org_id, filter, page).await?;
        let total = page.total(repo::count(conn, who.org_id, filter)).await?;
        Ok(page.slice(rows, total))
    });
    read.await
}

/// Keeps a project from being archived while a mission is added, in the caller's transaction. Several missions can be
/// added at the same time.
///
/// # Errors
/// `NOT_FOUND` at `projectId`; `MISSION_CLOSED` if it is ARCHIVED.
pub async fn keep_for_planning_within(
    conn: &mut Conn,
    org_id: OrgId,
    id: ProjectId,
) -> Result<Project> {
    let project = repo::keep(conn, org_id, id).await?;
    let project = project.ok_or_else(|| AppError::not_found().at("projectId"))?;
    not_archived(&project)?;
    Ok(project)
}

/// Keeps the project of a mission from being archived while somebody is booked on the mission, in the caller's
/// transaction. It is the first of the locks that a booking takes.
///
/// # Errors
/// `NOT_FOUND`.
pub async fn keep_for_booking_within(
    conn: &mut Conn,
    org_id: OrgId,
    mission_id: MissionId,
) -> Result<Project> {
    let project = repo::keep_of_mission(conn, org_id, mission_id).await?;
    project.ok_or_else(AppError::not_found)
}

/// Checks that missions of a project can be planned and booked.
///
/// # Errors
/// `MISSION_CLOSED` if it is ARCHIVED.
pub fn not_archived(project: &Project) -> Result<()> {
    match project.status {
        ProjectStatus::Archived => Err(AppError::new(
            ErrorCode::MissionClosed,
            "The project is archived.",
        )),
        ProjectStatus::Draft | ProjectStatus::Active => Ok(()),
    }
}

/// Locks a project that is to be changed. It waits for those who plan or book in the project, and keeps out others.
///
/// # Errors
/// `NOT_FOUND` at `id`.
pub async fn lock_within(conn: &mut Conn, org_id: OrgId, id: ProjectId) -> Result<Project> {
    let project = repo::lock(conn, org_id, id).await?;
    project.ok_or_else(|| AppError::not_found().at("id"))
}

/// Deletes a locked project that has no missions any more.
pub async fn delete_within(conn: &mut Conn, action: Action<'_>, project: &Project) -> Result<()> {
    let change = Change::deleted(project.id, project.facts());
    conn.both(
        async |conn| repo::delete(conn, project.org_id, project.id).await,
        async |conn| record(conn, action, vec![change]).await,
    )
    .await
    .map(drop)
}

/// Writes a changed project with its next version, and its entry of the audit log. The project is locked.
async fn write_within(
    conn: &mut Conn,
    action: Action<'_>,
    before: &Project,
    after: Project,
) -> Result<Project> {
    let after = Project {
        updated_at: action.at,
        version: before.version + 1,
        ..after
    };
    let change = Change::new(after.id, before.facts(), after.facts());
    conn.both(
        async |conn| repo::update(conn, &after).await,
        async |conn| record(conn, action, vec![change]).await,
    )
    .await?;
    Ok(after)
}

/// Writes a project as it is, without a check and without an entry of the audit log.
///
/// # Errors
/// `ALREADY_EXISTS` at `name`.
pub async fn import_within(conn: &mut Conn, project: &Project) -> Result<()> {
    repo::insert(conn, project).await
}
