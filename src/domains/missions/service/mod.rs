//! The rules of missions.

mod create;
mod list;

pub use create::{CreateMission, MissionSpec, RoleSpec, create_mission};
pub use list::{list_missions, missions_of_projects};

use std::collections::HashMap;

use super::model::{Mission, MissionRole};
use super::repo;
use crate::access::Member;
use crate::db::Conn;
use crate::db::types::Timestamp;
use crate::domains::projects;
use crate::domains::projects::model::Project;
use crate::error::{AppError, ErrorCode, Result};
use crate::ids::{MissionId, OrgId, ProjectId, RoleId};
use crate::state::AppState;

/// Missions by their ids.
pub async fn missions(state: &AppState, who: Member, ids: &[MissionId]) -> Result<Vec<Mission>> {
    state
        .read(who, async |conn| repo::by_ids(conn, who.org_id, ids).await)
        .await
}

/// Missions by their ids, inside the caller's transaction.
pub async fn missions_within(
    conn: &mut Conn,
    org_id: OrgId,
    ids: &[MissionId],
) -> Result<Vec<Mission>> {
    repo::by_ids(conn, org_id, ids).await
}

/// Roles by their ids.
pub async fn roles(state: &AppState, who: Member, ids: &[RoleId]) -> Result<Vec<MissionRole>> {
    state
        .read(who, async |conn| {
            repo::roles_by_ids(conn, who.org_id, ids).await
        })
        .await
}

/// The roles of missions, in the order in which they were given: at most `limit` of them.
pub async fn roles_of(
    state: &AppState,
    who: Member,
    mission_ids: &[MissionId],
    limit: i64,
) -> Result<Vec<MissionRole>> {
    let read = state.read(who, async |conn| {
        repo::roles_of(conn, who.org_id, mission_ids, limit).await
    });
    read.await
}

/// A role, in the caller's transaction.
///
/// # Errors
/// `NOT_FOUND` at `roleId`.
pub async fn role_within(conn: &mut Conn, org_id: OrgId, id: RoleId) -> Result<MissionRole> {
    let role = repo::roles_by_ids(conn, org_id, &[id]).await?.pop();
    role.ok_or_else(|| AppError::not_found().at("roleId"))
}

/// Locks a mission, so that only one transaction at a time fills its places.
///
/// # Errors
/// `NOT_FOUND` if it is gone.
pub async fn lock_within(conn: &mut Conn, org_id: OrgId, id: MissionId) -> Result<Mission> {
    repo::lock(conn, org_id, id)
        .await?
        .ok_or_else(AppError::not_found)
}

/// Whether people can still be booked on a mission. Both rows are locked.
///
/// # Errors
/// `MISSION_CLOSED` if it is cancelled, has ended, or its project is ARCHIVED.
pub fn check_open(mission: &Mission, project: &Project, now: Timestamp) -> Result<()> {
    let closed = |message: &'static str| Err(AppError::new(ErrorCode::MissionClosed, message));
    if mission.cancelled_at.is_some() {
        return closed("The mission is cancelled.");
    }
    if mission.ends_at <= now {
        return closed("The mission has ended.");
    }
    projects::service::not_archived(project)
}

/// How many people the missions of each project need, without cancelled missions. Runs in the caller's transaction.
pub async fn needed_within(
    conn: &mut Conn,
    org_id: OrgId,
    project_ids: &[ProjectId],
) -> Result<HashMap<ProjectId, i64>> {
    let needed = repo::needed(conn, org_id, project_ids).await?;
    Ok(needed.into_iter().collect())
}
