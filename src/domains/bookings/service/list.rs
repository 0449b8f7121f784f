use std::collections::HashMap;

use super::super::model::{Assignment, AssignmentStatus, Invitation};
use super::super::repo;
use crate::access::Member;
use crate::db::Conn;
use crate::db::types::{Id, Timestamp};
use crate::error::Result;
use crate::page::{Page, Slice, pages_of};
use crate::state::State;

/// Which assignments to list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AssignmentFilter {
    /// Those of one mission.
    pub mission_id: Option<Id>,
    /// Those of one person.
    pub user_id: Option<Id>,
    /// Those that stand at one of these.
    pub status: Option<Vec<AssignmentStatus>>,
    /// Those whose mission ends after this instant.
    pub from: Option<Timestamp>,
    /// Those whose mission starts before this instant.
    pub to: Option<Timestamp>,
}

/// An assignment and its mission's start, by which lists are sorted.
pub type Row = (Assignment, Timestamp);

/// Assignments by their ids.
///
/// # Errors
/// The database's.
pub async fn assignments(state: &State, who: Member, ids: &[Id]) -> Result<Vec<Assignment>> {
    state
        .db
        .within(who.org_id)
        .read(async |conn| repo::by_ids(conn, who.org_id, ids).await)
        .await
}

/// A page of the assignments by mission start, and how many there are in all if that is asked.
///
/// # Errors
/// The database's.
pub async fn list_assignments(
    state: &State,
    who: Member,
    filter: &AssignmentFilter,
    page: &Page<Timestamp>,
    count: bool,
) -> Result<(Slice<Row>, i64)> {
    state
        .db
        .within(who.org_id)
        .read(async |conn| {
            let rows = repo::page(conn, who.org_id, filter, page).await?;
            let total = if count {
                repo::count(conn, who.org_id, filter).await?
            } else {
                0
            };
            Ok((page.cut(rows), total))
        })
        .await
}

/// The same page of each person.
///
/// # Errors
/// The database's.
pub async fn assignments_of_users(
    state: &State,
    who: Member,
    user_ids: &[Id],
    filter: &AssignmentFilter,
    page: &Page<Timestamp>,
    count: bool,
) -> Result<HashMap<Id, (Slice<Row>, i64)>> {
    let (rows, counts) = state
        .db
        .within(who.org_id)
        .read(async |conn| {
            let rows = repo::pages_of(conn, who.org_id, user_ids, filter, page).await?;
            let counts = match count {
                true => repo::counts_of(conn, who.org_id, user_ids, filter).await?,
                false => Vec::new(),
            };
            Ok((rows, counts))
        })
        .await?;
    Ok(pages_of(
        page,
        user_ids,
        rows,
        |(row, _)| row.user_id,
        counts,
    ))
}

/// The assignments of missions, oldest first.
///
/// # Errors
/// The database's.
pub async fn assignments_of_missions(
    state: &State,
    who: Member,
    mission_ids: &[Id],
    status: Option<&[AssignmentStatus]>,
) -> Result<Vec<Assignment>> {
    let db = state.db.within(who.org_id);
    let read = db.read(async |conn| repo::of_missions(conn, who.org_id, mission_ids, status).await);
    read.await
}

/// The assignments of roles, oldest first.
///
/// # Errors
/// The database's.
pub async fn assignments_of_roles(
    state: &State,
    who: Member,
    role_ids: &[Id],
    status: Option<&[AssignmentStatus]>,
) -> Result<Vec<Assignment>> {
    let db = state.db.within(who.org_id);
    let read = db.read(async |conn| repo::of_roles(conn, who.org_id, role_ids, status).await);
    read.await
}

/// The person's ACCEPTED assignments on live missions that overlap `[from, to)`.
///
/// # Errors
/// The database's.
pub async fn accepted_within(
    conn: &mut Conn,
    org_id: Id,
    user_id: Id,
    interval: (Timestamp, Timestamp),
) -> Result<Vec<Assignment>> {
    let accepted = [AssignmentStatus::Accepted];
    repo::overlapping(conn, org_id, &[user_id], interval, &accepted).await
}

/// How many are INVITED and how many ACCEPTED: `(key, invited, accepted)`.
pub type Counts = (Id, i64, i64);

/// The counts of missions, for each of their roles.
///
/// # Errors
/// The database's.
pub async fn counts_of_missions(
    state: &State,
    who: Member,
    mission_ids: &[Id],
) -> Result<HashMap<Id, Vec<Counts>>> {
    let db = state.db.within(who.org_id);
    let read = db.read(async |conn| repo::counts_of_missions(conn, who.org_id, mission_ids).await);
    let mut of_missions: HashMap<Id, Vec<Counts>> = HashMap::new();
    for ((mission_id, role_id), status, count) in read.await? {
        add(
            of_missions.entry(mission_id).or_default(),
            role_id,
            status,
            count,
        );
    }
    Ok(of_missions)
}

/// The counts of projects, over missions that are not cancelled.
///
/// # Errors
/// The database's.
pub async fn counts_of_projects(
    conn: &mut Conn,
    org_id: Id,
    project_ids: &[Id],
) -> Result<Vec<Counts>> {
    let mut counts = Vec::new();
    for (id, status, count) in repo::counts_of_projects(conn, org_id, project_ids).await? {
        add(&mut counts, id, status, count);
    }
    Ok(counts)
}

fn add(counts: &mut Vec<Counts>, key: Id, status: AssignmentStatus, count: i64) {
    let place = counts
        .iter()
        .position(|row| row.0 == key)
        .unwrap_or_else(|| {
            counts.push((key, 0, 0));
            counts.len() - 1
        });
    match status {
        AssignmentStatus::Invited => counts[place].1 += count,
        AssignmentStatus::Accepted => counts[place].2 += count,
        AssignmentStatus::Declined | AssignmentStatus::Cancelled => {}
    }
}

/// The newest invitation of each assignment.
///
/// # Errors
/// The database's.
pub async fn newest_invitations(
    state: &State,
    who: Member,
    assignment_ids: &[Id],
) -> Result<HashMap<Id, Invitation>> {
    let db = state.db.within(who.org_id);
    let read = db.read(async |conn| repo::invitations_of(conn, who.org_id, assignment_ids).await);
    let of_assignment = |row: Invitation| Some((row.assignment_id?, row));
    Ok(read.await?.into_iter().filter_map(of_assignment).collect())
}

/// Invitations by their ids.
///
/// # Errors
/// The database's.
pub async fn invitations(state: &State, who: Member, ids: &[Id]) -> Result<Vec<Invitation>> {
    state
        .db
        .within(who.org_id)
        .read(async |conn| repo::invitations_by_ids(conn, who.org_id, ids).await)
        .await
}
