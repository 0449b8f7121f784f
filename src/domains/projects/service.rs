//! The rules of projects.

use super::model::{Project, ProjectFilter, ProjectStatus};
use super::repo;
use crate::access::{Member, Role};
use crate::db::Conn;
use crate::domains::audit::service::{Action, Change, record};
use crate::error::{AppError, ErrorCode, Result};
use crate::ids::{MissionId, OrgId, ProjectId};
use crate::page::{Page, Slice};
use crate::state::AppState;
use crate::text;
use crate::validate;

/// A project to be made.
#[derive(Clone, Debug)]
pub struct CreateProject {
    pub name: String,
    pub description: Option<String>,
}

/// Creates a project. Its status is DRAFT.
///
/// # Errors
/// `FORBIDDEN` below MANAGER; `BAD_USER_INPUT`; `ALREADY_EXISTS` when the name is taken.
pub async fn create_project(
    state: &AppState,
    who: Member,
    input: CreateProject,
) -> Result<Project> {
    who.require(Role::Manager)?;
    let name = validate::text("name", &input.name, validate::NAME)?;
    let description =
        validate::optional("description", input.description.as_deref(), validate::TEXT)?;
    state
        .write(who, async |conn| {
            let now = state.clock.now();
            let project = Project {
                id: state.random.id(now),
                org_id: who.org_id,
                name_folded: text::fold(&name),
                name: name.clone(),
                description: description.clone(),
                status: ProjectStatus::Draft,
                created_at: now,
                updated_at: now,
                version: 1,
            };
            repo::insert(conn, &project).await?;
            let change = Change::created(project.id, project.facts());
            let action = Action::of(who, "createProject", now, &state.random);
            record(conn, action, vec![change]).await?;
            Ok(project)
        })
        .await
}

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
