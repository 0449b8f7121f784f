//! The rules of missions.

mod cancel;
mod create;
mod delete_project;
mod duplicate;
mod list;
mod reschedule;
mod roles;
mod update;

pub use cancel::{CancelMission, cancel_mission};
pub use create::{
    CreateMission, CreateMissions, MissionSpec, RoleSpec, create_mission, create_missions,
};
pub use delete_project::delete_project;
pub use duplicate::{DuplicateMission, duplicate_mission};
pub use list::{list_missions, missions_of_projects};
pub use reschedule::{RescheduleMission, RescheduleOutcome, Rescheduled, reschedule_mission};
pub use roles::{
    AddMissionRole, UpdateMissionRole, add_mission_role, delete_mission_role, update_mission_role,
};
pub use update::{UpdateMission, update_mission};

use std::collections::HashMap;

use super::model::{Mission, MissionBrief, MissionRole};
use super::repo;
use crate::access::Member;
use crate::db::types::Timestamp;
use crate::db::{AT_ONCE, Conn};
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

/// Missions by their ids, in brief.
pub async fn brief_missions(
    state: &AppState,
    who: Member,
    ids: &[MissionId],
) -> Result<Vec<MissionBrief>> {
    let read = state.read(who, async |conn| {
        repo::brief_by_ids(conn, who.org_id, ids).await
    });
    read.await
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

/// A role that is not deleted, in the caller's transaction.
///
/// # Errors
/// `NOT_FOUND` at `roleId`.
pub async fn role_within(conn: &mut Conn, org_id: OrgId, id: RoleId) -> Result<MissionRole> {
    let role = repo::roles_by_ids(conn, org_id, &[id]).await?.pop();
    role.filter(|role| role.deleted_at.is_none())
        .ok_or_else(|| AppError::not_found().at("roleId"))
}

/// Locks a mission whose plan is to be changed. It locks the mission's project first, so that nobody archives or deletes
/// it meanwhile.
///
/// # Errors
/// `NOT_FOUND` at `field`; `MISSION_CLOSED` if the project is ARCHIVED.
async fn lock_for_planning_within(
    conn: &mut Conn,
    org_id: OrgId,
    id: MissionId,
    field: &str,
) -> Result<Mission> {
    let missing = |error: AppError| error.missing_at(field);
    let project = projects::service::keep_for_booking_within(conn, org_id, id).await;
    projects::service::not_archived(&project.map_err(missing)?)?;
    lock_within(conn, org_id, id).await.map_err(missing)
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
    check_live(mission, now)?;
    projects::service::not_archived(project)
}

/// Whether a mission is still to take place, or under way.
fn check_live(mission: &Mission, now: Timestamp) -> Result<()> {
    if mission.cancelled_at.is_some() {
        return Err(closed("The mission is cancelled."));
    }
    if mission.ends_at <= now {
        return Err(closed("The mission has ended."));
    }
    Ok(())
}

fn closed(message: &'static str) -> AppError {
    AppError::new(ErrorCode::MissionClosed, message)
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

/// Writes missions and roles as they are, without a check and without entries of the audit log.
pub async fn import_within(
    conn: &mut Conn,
    missions: &[Mission],
    roles: &[MissionRole],
) -> Result<()> {
    for part in missions.chunks(AT_ONCE) {
        repo::insert(conn, part).await?;
    }
    repo::insert_roles(conn, roles).await
}
