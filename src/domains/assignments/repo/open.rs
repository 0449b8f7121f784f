use chrono::TimeDelta;
use diesel::prelude::*;

use crate::db::dsl::{Columns, for_update, when};
use crate::db::schema::{assignments, missions};
use crate::db::types::Timestamp;
use crate::db::{AnyOf as _, Conn};
use crate::domains::assignments::model::{Assignment, OPEN, OpenOf};
use crate::domains::missions::model::LONGEST_DAYS;
use crate::error::Result;
use crate::ids::OrgId;

/// A transaction that moves a mission may have read the clock this long ago, so a mission that ended since may still be
/// moving.
const MOVING: TimeDelta = TimeDelta::minutes(1);

/// Locks open assignments in the order of their ids, so that two transactions cannot deadlock.
///
/// Of a person, those on missions that still run are locked too: somebody may be moving one of them. Its start is read
/// after the lock.
pub async fn open(conn: &mut Conn, org_id: OrgId, of: &OpenOf) -> Result<Vec<Assignment>> {
    let (mut mission, mut role, mut user, mut project, mut after) = (None, None, None, None, None);
    match *of {
        OpenOf::Mission(id) => mission = Some(id),
        OpenOf::Role(id) => role = Some(id),
        OpenOf::FutureOfUser(id, now) => (user, after) = (Some(id), Some(now)),
        OpenOf::FutureOfProject(id, now) => (project, after) = (Some(id), Some(now)),
    }
    let of_project = project.map(|id| {
        // In a subquery, because only the assignments are to be locked.
        let missions = missions::table
            .filter(missions::org_id.eq(org_id))
            .filter(missions::project_id.eq(id))
            .filter(when(after.map(|now| missions::starts_at.gt(now))))
            .select(missions::id);
        assignments::mission_id.eq_any(missions)
    });
    let running = user.and(after).map(|now| {
        // Not `since`: PostgreSQL compares a row that it has waited for as it is now with what a subquery has found
        // before, and would leave out one that has moved to an earlier time.
        let earliest = now - MOVING - TimeDelta::days(LONGEST_DAYS);
        let began = assignments::starts_at.gt(earliest);
        assignments::ends_at.gt(now - MOVING).and(began)
    });
    let future = after.filter(|_| project.is_some());
    let rows = assignments::table
        .filter(assignments::org_id.eq(org_id))
        .filter(when(mission.map(|id| assignments::mission_id.eq(id))))
        .filter(when(role.map(|id| assignments::role_id.eq(id))))
        .filter(when(user.map(|id| assignments::user_id.eq(id))))
        .filter(when(of_project))
        .filter(when(running))
        .filter(when(future.map(|now| assignments::starts_at.gt(now))))
        .filter(assignments::status.any_of(&OPEN))
        .order(assignments::id)
        .select((Assignment::columns(), assignments::starts_at));
    let mut locked: Vec<(Assignment, Timestamp)> = conn.load(for_update(rows)).await?;
    locked.retain(|(_, starts_at)| after.is_none_or(|now| *starts_at > now));
    Ok(locked.into_iter().map(|(row, _)| row).collect())
}
