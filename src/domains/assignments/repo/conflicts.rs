use diesel::dsl::exists;
use diesel::prelude::*;

use crate::db::Conn;
use crate::db::dsl::{Columns, Direction, between, when};
use crate::db::schema::{assignments, missions};
use crate::db::since::since;
use crate::db::types::Timestamp;
use crate::domains::assignments::model::{Assignment, AssignmentStatus, Conflict};
use crate::domains::missions::model::LONGEST_DAYS;
use crate::error::Result;
use crate::ids::{OrgId, UserId};
use crate::interval::Interval;

diesel::alias!(assignments as later: Later);

/// Both assignments, when the first ends, and when the second starts and ends.
type Pair = (Assignment, Timestamp, Assignment, Timestamp, Timestamp);

/// The ACCEPTED assignments of a person on live missions, each with every other one that starts later, or at the same
/// time with a greater id, and before it ends: at most `limit` pairs.
pub async fn conflicts(
    conn: &mut Conn,
    org_id: OrgId,
    user_id: UserId,
    (from, to): (Option<Timestamp>, Option<Timestamp>),
    limit: i64,
) -> Result<Vec<Conflict>> {
    let (starts_at, ends_at) = (assignments::starts_at, assignments::ends_at);
    let (later_starts_at, later_ends_at) = (later.field(starts_at), later.field(ends_at));
    let position = || (later_starts_at, later.field(assignments::id));
    let first = (starts_at, assignments::id);
    let overlaps = later
        .field(assignments::org_id)
        .eq(org_id)
        .and(later.field(assignments::user_id).eq(user_id))
        .and(between(position, Direction::Asc, Some(first), None))
        .and(later_starts_at.lt(ends_at));
    let live = missions::table
        .filter(missions::org_id.eq(org_id))
        .filter(missions::cancelled_at.is_null());
    let rows = assignments::table
        .inner_join(later.on(overlaps))
        .filter(assignments::org_id.eq(org_id))
        .filter(assignments::user_id.eq(user_id))
        .filter(assignments::status.eq(AssignmentStatus::Accepted))
        .filter(
            later
                .field(assignments::status)
                .eq(AssignmentStatus::Accepted),
        )
        .filter(exists(
            live.filter(missions::id.eq(assignments::mission_id)),
        ))
        .filter(exists(
            live.filter(missions::id.eq(later.field(assignments::mission_id))),
        ))
        .filter(when(from.map(|from| {
            let until = ends_at.gt(from).and(later_ends_at.gt(from));
            since(starts_at, org_id, from, LONGEST_DAYS).and(until)
        })))
        // The first begins no later than the second. SQLite does not see that by itself.
        .filter(when(to.map(|to| {
            starts_at.lt(to).and(later_starts_at.lt(to))
        })))
        .order((
            starts_at,
            assignments::id,
            later_starts_at,
            later.field(assignments::id),
        ))
        .limit(limit)
        .select((
            Assignment::columns(),
            ends_at,
            later.fields(Assignment::columns()),
            later_starts_at,
            later_ends_at,
        ));
    let pairs: Vec<Pair> = conn.load(rows).await?;
    let conflict = |(first, first_ends_at, second, starts_at, second_ends_at): Pair| Conflict {
        first,
        second,
        overlap: Interval {
            starts_at,
            ends_at: second_ends_at.min(first_ends_at),
        },
    };
    Ok(pairs.into_iter().map(conflict).collect())
}
