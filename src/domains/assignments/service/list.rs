use std::collections::HashMap;

use super::super::model::{
    Assignment, AssignmentBrief, AssignmentFilter, AssignmentParts, AssignmentStatus, Counts,
    ListedAssignment,
};
use super::super::repo;
use crate::access::Member;
use crate::error::Result;
use crate::extent::Extent;
use crate::ids::{AssignmentId, MissionId, RoleId, UserId};
use crate::page::{Page, Slice};
use crate::state::AppState;

/// Assignments by their ids.
pub async fn assignments(
    state: &AppState,
    who: Member,
    ids: &[AssignmentId],
) -> Result<Vec<Assignment>> {
    state
        .read(who, async |conn| repo::by_ids(conn, who.org_id, ids).await)
        .await
}

/// Assignments by their ids, in brief.
pub async fn brief_assignments(
    state: &AppState,
    who: Member,
    ids: &[AssignmentId],
) -> Result<Vec<AssignmentBrief>> {
    let read = state.read(who, async |conn| {
        repo::brief_by_ids(conn, who.org_id, ids).await
    });
    read.await
}

/// A page of the assignments by the start of their missions.
pub async fn list_assignments(
    state: &AppState,
    who: Member,
    filter: &AssignmentFilter,
    page: &Page<ListedAssignment>,
    extent: Extent,
) -> Result<Slice<ListedAssignment>> {
    let read = state.read(who, async |conn| {
        let rows = repo::page(conn, who.org_id, filter, page, extent).await?;
        let total = page.total(repo::count(conn, who.org_id, filter)).await?;
        Ok(page.slice(rows, total))
    });
    read.await
}

/// The same page for each person, in one statement (two with the totals): at most `limit` rows of several people.
pub async fn assignments_of_users(
    state: &AppState,
    who: Member,
    user_ids: &[UserId],
    filter: &AssignmentFilter,
    page: &Page<ListedAssignment>,
    extent: Extent,
    limit: i64,
) -> Result<HashMap<UserId, Slice<ListedAssignment>>> {
    // The rows of one person need no numbers.
    if let [user_id] = *user_ids {
        let filter = AssignmentFilter {
            user_id: Some(user_id),
            ..filter.clone()
        };
        let slice = list_assignments(state, who, &filter, page, extent).await?;
        return Ok(HashMap::from([(user_id, slice)]));
    }
    let read = state.read(who, async |conn| {
        let rows = repo::pages_of(conn, who.org_id, user_ids, filter, page, extent, limit).await?;
        let totals = page
            .total(repo::counts_of(conn, who.org_id, user_ids, filter))
            .await?;
        Ok(page.slices(user_ids, rows, |row| row.assignment.brief.user_id, totals))
    });
    read.await
}

/// The assignments of missions, oldest first: at most `limit` of them.
pub async fn assignments_of_missions(
    state: &AppState,
    who: Member,
    mission_ids: &[MissionId],
    status: Option<&[AssignmentStatus]>,
    extent: Extent,
    limit: i64,
) -> Result<Vec<AssignmentParts>> {
    let read = state.read(who, async |conn| {
        repo::of_missions(conn, who.org_id, mission_ids, status, extent, limit).await
    });
    Ok(oldest_first(read.await?))
}

/// The assignments of roles, oldest first: at most `limit` of them.
pub async fn assignments_of_roles(
    state: &AppState,
    who: Member,
    role_ids: &[RoleId],
    status: Option<&[AssignmentStatus]>,
    extent: Extent,
    limit: i64,
) -> Result<Vec<AssignmentParts>> {
    let read = state.read(who, async |conn| {
        repo::of_roles(conn, who.org_id, role_ids, status, extent, limit).await
    });
    Ok(oldest_first(read.await?))
}

fn oldest_first(mut rows: Vec<AssignmentParts>) -> Vec<AssignmentParts> {
    rows.sort_unstable_by_key(|row| (row.brief.invited_at, row.brief.id));
    rows
}

/// The numbers of INVITED and ACCEPTED people, for each role of the missions.
pub async fn counts_of_missions(
    state: &AppState,
    who: Member,
    mission_ids: &[MissionId],
) -> Result<HashMap<MissionId, HashMap<RoleId, Counts>>> {
    let read = state.read(who, async |conn| {
        repo::counts_of_missions(conn, who.org_id, mission_ids).await
    });
    let mut of_missions: HashMap<MissionId, HashMap<RoleId, Counts>> = HashMap::new();
    for ((mission_id, role_id), status, count) in read.await? {
        let of_mission = of_missions.entry(mission_id).or_default();
        of_mission.entry(role_id).or_default().add(status, count);
    }
    Ok(of_missions)
}
