use super::super::model::{Mission, MissionRole};
use super::super::repo;
use super::roles::MAX_ROLES;
use crate::access::{Member, Role};
use crate::db::Conn;
use crate::domains::audit::service::{Action, Change, record};
use crate::domains::{assignments, projects};
use crate::error::{AppError, Result};
use crate::ids::{MissionId, ProjectId};
use crate::state::AppState;

/// How many missions are deleted at once, so that a large project is never in memory as a whole.
const AT_ONCE: u8 = 200;

/// How many missions and roles in all a project may have to be deleted. It is one transaction, and on SQLite nobody else
/// writes meanwhile.
const MOST: u16 = 5_000;

const TOO_MANY: &str = "The project has more than 5,000 missions and roles in all, too many to delete at once. Archive it instead.";

/// Deletes a project with its missions and their roles. This is here because the service of projects knows nothing of
/// missions.
///
/// # Errors
/// `FORBIDDEN` below ADMIN; `NOT_FOUND`; `IN_USE` if any of its missions has an assignment, whatever the status of the
/// assignment is; `BAD_USER_INPUT` if it has more than 5,000 missions and roles in all.
pub async fn delete_project(state: &AppState, who: Member, id: ProjectId) -> Result<()> {
    who.require(Role::Admin)?;
    state
        .write(who, async |conn| {
            let project = projects::service::lock_within(conn, who.org_id, id).await?;
            let dependents =
                assignments::service::count_of_project_within(conn, who.org_id, id).await?;
            if dependents > 0 {
                let message = "The project has assignments, which are kept. Archive it instead.";
                return Err(AppError::in_use(message, dependents));
            }
            let size = repo::size_of_project(conn, who.org_id, id, i64::from(MOST) + 1).await?;
            if size > MOST.into() {
                return Err(AppError::bad_input("id", TOO_MANY));
            }
            let action = Action::of(who, "deleteProject", state.clock.now(), &state.random);
            delete_missions_within(conn, action, id).await?;
            projects::service::delete_within(conn, action, &project).await
        })
        .await
}

/// Deletes the missions of a project that have no assignments. The project is locked.
async fn delete_missions_within(
    conn: &mut Conn,
    action: Action<'_>,
    project_id: ProjectId,
) -> Result<()> {
    let org_id = action.org_id;
    loop {
        let missions = repo::some_of_project(conn, org_id, project_id, AT_ONCE.into()).await?;
        if missions.is_empty() {
            return Ok(());
        }
        let ids: Vec<MissionId> = missions.iter().map(|mission| mission.id).collect();
        let most = i64::from(AT_ONCE) * i64::from(MAX_ROLES);
        let roles = repo::roles_of(conn, org_id, &ids, most).await?;
        let of_mission = |row: &Mission| Change::deleted(row.id, row.facts());
        let of_role = |row: &MissionRole| Change::deleted(row.id, row.facts());
        let changes = missions.iter().map(of_mission);
        let changes = changes.chain(roles.iter().map(of_role)).collect();
        conn.both(
            async |conn| repo::delete(conn, org_id, &ids).await,
            async |conn| record(conn, action, changes).await,
        )
        .await?;
    }
}
