use std::collections::HashMap;

use super::super::model::{Assignment, AssignmentStatus, Overlaps};
use super::super::repo;
use crate::db::Conn;
use crate::error::Result;
use crate::ids::{AssignmentId, OrgId, UserId};
use crate::interval::Interval;

/// How far overlaps are counted, over all people that are asked for. Counting them all could take seconds, and nobody
/// reads on.
const COUNTED: i64 = 10_000;

/// Most overlaps that are shown if only one person is asked for: as many as on a page.
const OF_ONE: usize = 200;

/// How many overlaps to show.
#[derive(Clone, Copy, Debug)]
pub struct Shown {
    /// Of each person.
    pub each: usize,
    /// Of all people, in the order in which they are asked for.
    pub most: usize,
}

/// The assignments of people with one of these statuses, on live missions that overlap the interval. People without any
/// are left out.
pub async fn overlaps_within(
    conn: &mut Conn,
    org_id: OrgId,
    people: &[UserId],
    interval: Interval,
    status: &[AssignmentStatus],
    shown: Shown,
) -> Result<HashMap<UserId, Overlaps>> {
    let found = repo::overlapping(conn, org_id, people, interval, status, COUNTED).await?;
    let mut of_people: HashMap<UserId, Vec<_>> = HashMap::new();
    for (user_id, starts_at, id) in found {
        of_people.entry(user_id).or_default().push((starts_at, id));
    }
    let mut ids: Vec<AssignmentId> = Vec::new();
    let mut overlaps: HashMap<UserId, Overlaps> = HashMap::new();
    for person in people {
        let Some(mut of_person) = of_people.remove(person) else {
            continue;
        };
        of_person.sort_unstable();
        let rest = shown.most - ids.len();
        ids.extend(of_person.iter().take(shown.each.min(rest)).map(|row| row.1));
        overlaps.entry(*person).or_default().total = of_person.len();
    }
    if ids.is_empty() {
        return Ok(overlaps);
    }
    let rows = repo::by_ids(conn, org_id, &ids).await?;
    let mut rows: HashMap<AssignmentId, Assignment> =
        rows.into_iter().map(|row| (row.id, row)).collect();
    for row in ids.iter().filter_map(|id| rows.remove(id)) {
        overlaps.entry(row.user_id).or_default().shown.push(row);
    }
    Ok(overlaps)
}

/// The person's ACCEPTED assignments on live missions that overlap the interval.
pub async fn accepted_overlapping_within(
    conn: &mut Conn,
    org_id: OrgId,
    user_id: UserId,
    interval: Interval,
) -> Result<Overlaps> {
    let shown = Shown {
        each: OF_ONE,
        most: OF_ONE,
    };
    let accepted = [AssignmentStatus::Accepted];
    let found = overlaps_within(conn, org_id, &[user_id], interval, &accepted, shown).await?;
    Ok(found.into_values().next().unwrap_or_default())
}
