mod conflicts;
mod lists;
mod open;
mod page;

use diesel::prelude::*;

pub use conflicts::conflicts;
pub use lists::{of_missions, of_roles};
pub use open::open;
pub use page::{count, counts_of, page, pages_of};

use super::model::{Assignment, AssignmentBrief, AssignmentStatus, OPEN, Written};
use crate::db::dsl::{Columns, for_update};
use crate::db::schema::{assignments, missions, users};
use crate::db::since::since;
use crate::db::types::Timestamp;
use crate::db::{AT_ONCE, AnyOf as _, Conn};
use crate::domains::missions::model::LONGEST_DAYS;
use crate::error::{AppError, ErrorCode, Result};
use crate::ids::{AssignmentId, MissionId, OrgId, ProjectId, RoleId, UserId};
use crate::interval::Interval;

/// One open assignment for each person and mission.
const OPEN_KEY: &str = "assignments_org_id_mission_id_user_id_key";

type OfMission = diesel::dsl::And<
    diesel::dsl::Eq<missions::org_id, assignments::org_id>,
    diesel::dsl::Eq<missions::id, assignments::mission_id>,
>;

/// Assignments, each with its mission. A query that uses this must also compare the `org_id` of both tables with a
/// value.
fn with_missions() -> diesel::dsl::InnerJoinOn<assignments::table, missions::table, OfMission> {
    let of_mission = missions::org_id
        .eq(assignments::org_id)
        .and(missions::id.eq(assignments::mission_id));
    assignments::table.inner_join(missions::table.on(of_mission))
}

/// Inserts assignments, each with the time of its mission.
pub async fn insert(conn: &mut Conn, rows: &[(&Assignment, Interval)]) -> Result<()> {
    let with_time = |(row, time): &(&Assignment, Interval)| {
        (
            (*row).clone(),
            assignments::starts_at.eq(time.starts_at),
            assignments::ends_at.eq(time.ends_at),
        )
    };
    for rows in rows.chunks(AT_ONCE) {
        let rows: Vec<_> = rows.iter().map(with_time).collect();
        let inserted = conn
            .execute(diesel::insert_into(assignments::table).values(rows))
            .await;
        inserted.map_err(|error| {
            error.if_taken(OPEN_KEY, || {
                let message = "This person already has an open assignment on the mission.";
                AppError::new(ErrorCode::AlreadyAssigned, message).at("userId")
            })
        })?;
    }
    Ok(())
}

pub async fn by_ids(
    conn: &mut Conn,
    org_id: OrgId,
    ids: &[AssignmentId],
) -> Result<Vec<Assignment>> {
    let rows = assignments::table
        .filter(assignments::org_id.eq(org_id))
        .filter(assignments::id.any_of(ids))
        .select(Assignment::columns());
    conn.load(rows).await
}

pub async fn brief_by_ids(
    conn: &mut Conn,
    org_id: OrgId,
    ids: &[AssignmentId],
) -> Result<Vec<AssignmentBrief>> {
    let rows = assignments::table
        .filter(assignments::org_id.eq(org_id))
        .filter(assignments::id.any_of(ids))
        .select(AssignmentBrief::columns());
    conn.load(rows).await
}

pub async fn lock(conn: &mut Conn, org_id: OrgId, id: AssignmentId) -> Result<Option<Assignment>> {
    let row = assignments::table.find((org_id, id));
    conn.opt(for_update(row.select(Assignment::columns())))
        .await
}

/// Gives several assignments what `alike` has, but for its keys.
pub async fn set_status(
    conn: &mut Conn,
    org_id: OrgId,
    ids: &[AssignmentId],
    written: &Written,
) -> Result<()> {
    let rows = assignments::table
        .filter(assignments::org_id.eq(org_id))
        .filter(assignments::id.any_of(ids));
    conn.execute(diesel::update(rows).set(written.clone()))
        .await
        .map(drop)
}

/// Gives the assignments of a mission the mission's new time, whatever their status is.
pub async fn set_time(
    conn: &mut Conn,
    org_id: OrgId,
    mission_id: MissionId,
    time: Interval,
) -> Result<()> {
    let changed = (
        assignments::starts_at.eq(time.starts_at),
        assignments::ends_at.eq(time.ends_at),
    );
    let rows = assignments::table
        .filter(assignments::org_id.eq(org_id))
        .filter(assignments::mission_id.eq(mission_id));
    conn.execute(diesel::update(rows).set(changed))
        .await
        .map(drop)
}

/// Of these people, those who are INVITED or ACCEPTED on the mission.
pub async fn booked(
    conn: &mut Conn,
    org_id: OrgId,
    mission_id: MissionId,
    user_ids: &[UserId],
) -> Result<Vec<UserId>> {
    let rows = assignments::table
        .filter(assignments::org_id.eq(org_id))
        .filter(assignments::mission_id.eq(mission_id))
        .filter(assignments::user_id.any_of(user_ids))
        .filter(assignments::status.any_of(&OPEN))
        .select(assignments::user_id);
    conn.load(rows).await
}

/// An overlap: the person, the start of the mission, and the assignment.
pub type Overlap = (UserId, Timestamp, AssignmentId);

/// Which assignments of people on live missions overlap the interval: at most `limit` of them, in no order. Sorted, all
/// of them would be read before the first.
pub async fn overlapping(
    conn: &mut Conn,
    org_id: OrgId,
    user_ids: &[UserId],
    interval: Interval,
    status: &[AssignmentStatus],
    limit: i64,
) -> Result<Vec<Overlap>> {
    let rows = with_missions()
        .filter(assignments::org_id.eq(org_id))
        .filter(missions::org_id.eq(org_id))
        .filter(assignments::user_id.any_of(user_ids))
        .filter(assignments::status.any_of(status))
        .filter(assignments::starts_at.lt(interval.ends_at))
        .filter(since(
            assignments::starts_at,
            org_id,
            interval.starts_at,
            LONGEST_DAYS,
        ))
        .filter(assignments::ends_at.gt(interval.starts_at))
        .filter(missions::cancelled_at.is_null())
        .limit(limit)
        .select((
            assignments::user_id,
            assignments::starts_at,
            assignments::id,
        ));
    conn.load(rows).await
}

/// The number of ACCEPTED people in a role.
pub async fn accepted_in_role(conn: &mut Conn, org_id: OrgId, role_id: RoleId) -> Result<i64> {
    let accepted = assignments::table
        .filter(assignments::org_id.eq(org_id))
        .filter(assignments::role_id.eq(role_id))
        .filter(assignments::status.eq(AssignmentStatus::Accepted));
    conn.one(accepted.count()).await
}

/// The number of people who are INVITED or ACCEPTED on a mission and are archived.
pub async fn archived_on_mission(
    conn: &mut Conn,
    org_id: OrgId,
    mission_id: MissionId,
) -> Result<i64> {
    let of_person = users::org_id
        .eq(assignments::org_id)
        .and(users::id.eq(assignments::user_id));
    let rows = assignments::table
        .inner_join(users::table.on(of_person))
        .filter(assignments::org_id.eq(org_id))
        .filter(users::org_id.eq(org_id))
        .filter(assignments::mission_id.eq(mission_id))
        .filter(assignments::status.any_of(&OPEN))
        .filter(users::archived_at.is_not_null());
    conn.one(rows.count()).await
}

/// The number of assignments on the missions of a project, whatever their status is.
pub async fn count_of_project(
    conn: &mut Conn,
    org_id: OrgId,
    project_id: ProjectId,
) -> Result<i64> {
    let rows = with_missions()
        .filter(assignments::org_id.eq(org_id))
        .filter(missions::org_id.eq(org_id))
        .filter(missions::project_id.eq(project_id));
    conn.one(rows.count()).await
}

/// A key, a status and how many assignments have both.
pub type Count<K> = (K, AssignmentStatus, i64);

/// `(mission, role)` of missions, over INVITED and ACCEPTED.
pub async fn counts_of_missions(
    conn: &mut Conn,
    org_id: OrgId,
    mission_ids: &[MissionId],
) -> Result<Vec<Count<(MissionId, RoleId)>>> {
    let rows = assignments::table
        .filter(assignments::org_id.eq(org_id))
        .filter(assignments::mission_id.any_of(mission_ids))
        .filter(assignments::status.any_of(&OPEN))
        .group_by((
            assignments::mission_id,
            assignments::role_id,
            assignments::status,
        ))
        .select((
            (assignments::mission_id, assignments::role_id),
            assignments::status,
            diesel::dsl::count_star(),
        ));
    conn.load(rows).await
}

/// Over INVITED and ACCEPTED on the projects' live missions.
pub async fn counts_of_projects(
    conn: &mut Conn,
    org_id: OrgId,
    project_ids: &[ProjectId],
) -> Result<Vec<Count<ProjectId>>> {
    let rows = with_missions()
        .filter(assignments::org_id.eq(org_id))
        .filter(missions::org_id.eq(org_id))
        .filter(missions::project_id.any_of(project_ids))
        .filter(missions::cancelled_at.is_null())
        .filter(assignments::status.any_of(&OPEN))
        .group_by((missions::project_id, assignments::status))
        .select((
            missions::project_id,
            assignments::status,
            diesel::dsl::count_star(),
        ));
    conn.load(rows).await
}
