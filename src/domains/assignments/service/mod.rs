//! Reading assignments, and the one place that writes their status.

mod list;
mod overlaps;
mod step;

pub use list::{
    assignments, assignments_of_missions, assignments_of_roles, assignments_of_users,
    brief_assignments, counts_of_missions, list_assignments,
};
pub use overlaps::{Shown, accepted_overlapping_within, overlaps_within};
pub use step::{Moved, Step, cancel_within, move_within, write_within};

use std::collections::HashMap;

use super::model::{Assignment, Conflict, Counts, OpenOf};
use super::repo;
use crate::db::Conn;
use crate::db::types::Timestamp;
use crate::error::{AppError, Result};
use crate::ids::{AssignmentId, MissionId, OrgId, ProjectId, RoleId, UserId};
use crate::interval::Interval;

/// An assignment, in the caller's transaction.
///
/// # Errors
/// `NOT_FOUND`.
pub async fn assignment_within(
    conn: &mut Conn,
    org_id: OrgId,
    id: AssignmentId,
) -> Result<Assignment> {
    let found = repo::by_ids(conn, org_id, &[id]).await?.pop();
    found.ok_or_else(AppError::not_found)
}

/// Locks an assignment. The caller has locked its project, its person and its mission, in this order.
///
/// # Errors
/// `NOT_FOUND` if it is gone.
pub async fn lock_within(conn: &mut Conn, org_id: OrgId, id: AssignmentId) -> Result<Assignment> {
    let found = repo::lock(conn, org_id, id).await?;
    found.ok_or_else(AppError::not_found)
}

/// Locks and reads INVITED and ACCEPTED assignments, in the order of their ids. So that no others come to them, the
/// caller has locked what they are of.
pub async fn open_within(conn: &mut Conn, org_id: OrgId, of: &OpenOf) -> Result<Vec<Assignment>> {
    repo::open(conn, org_id, of).await
}

/// Writes new assignments, each with the time of its mission.
///
/// # Errors
/// `ALREADY_ASSIGNED` at `userId` if one of the people is INVITED or ACCEPTED on the mission.
pub async fn insert_within(conn: &mut Conn, rows: &[(&Assignment, Interval)]) -> Result<()> {
    repo::insert(conn, rows).await
}

/// Of these people, those who are INVITED or ACCEPTED on the mission.
pub async fn booked_within(
    conn: &mut Conn,
    org_id: OrgId,
    mission_id: MissionId,
    user_ids: &[UserId],
) -> Result<Vec<UserId>> {
    repo::booked(conn, org_id, mission_id, user_ids).await
}

/// The number of ACCEPTED people in a role.
pub async fn accepted_in_role_within(
    conn: &mut Conn,
    org_id: OrgId,
    role_id: RoleId,
) -> Result<i64> {
    repo::accepted_in_role(conn, org_id, role_id).await
}

/// The number of people who are INVITED or ACCEPTED on a mission and are archived. The caller has locked the assignments.
pub async fn archived_on_mission_within(
    conn: &mut Conn,
    org_id: OrgId,
    mission_id: MissionId,
) -> Result<i64> {
    repo::archived_on_mission(conn, org_id, mission_id).await
}

/// The number of assignments on the missions of a project, whatever their status is.
pub async fn count_of_project_within(
    conn: &mut Conn,
    org_id: OrgId,
    project_id: ProjectId,
) -> Result<i64> {
    repo::count_of_project(conn, org_id, project_id).await
}

/// Pairs of a person's ACCEPTED assignments on live missions that overlap, if the overlap is partly within
/// `[from, to)`: at most `limit` of them, by the start of the first assignment, then of the second.
pub async fn conflicts_within(
    conn: &mut Conn,
    org_id: OrgId,
    user_id: UserId,
    between: (Option<Timestamp>, Option<Timestamp>),
    limit: i64,
) -> Result<Vec<Conflict>> {
    repo::conflicts(conn, org_id, user_id, between, limit).await
}

/// The numbers of INVITED and ACCEPTED people on the missions of each project, without cancelled missions.
pub async fn counts_of_projects_within(
    conn: &mut Conn,
    org_id: OrgId,
    project_ids: &[ProjectId],
) -> Result<HashMap<ProjectId, Counts>> {
    let mut counts: HashMap<ProjectId, Counts> = HashMap::new();
    for (id, status, count) in repo::counts_of_projects(conn, org_id, project_ids).await? {
        counts.entry(id).or_default().add(status, count);
    }
    Ok(counts)
}
