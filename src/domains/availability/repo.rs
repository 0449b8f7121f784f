use diesel::prelude::*;

use super::model::{Availability, AvailabilityKind};
use crate::db::dsl::Columns;
use crate::db::schema::availability;
use crate::db::{AnyOf as _, Conn};
use crate::error::Result;
use crate::ids::{AvailabilityId, OrgId, UserId};
use crate::interval::Interval;

pub async fn insert(conn: &mut Conn, slot: &Availability) -> Result<()> {
    conn.execute(diesel::insert_into(availability::table).values(slot))
        .await
        .map(drop)
}

pub async fn by_ids(
    conn: &mut Conn,
    org_id: OrgId,
    ids: &[AvailabilityId],
) -> Result<Vec<Availability>> {
    let rows = availability::table
        .filter(availability::org_id.eq(org_id))
        .filter(availability::id.any_of(ids))
        .select(Availability::columns());
    conn.load(rows).await
}

/// The slots of people that overlap the interval, in no order: sorted, all of them would be read before the first.
pub async fn overlapping(
    conn: &mut Conn,
    org_id: OrgId,
    user_ids: &[UserId],
    interval: Interval,
    limit: i64,
) -> Result<Vec<Availability>> {
    let rows = availability::table
        .filter(availability::org_id.eq(org_id))
        .filter(availability::user_id.any_of(user_ids))
        .filter(availability::starts_at.lt(interval.ends_at))
        .filter(availability::ends_at.gt(interval.starts_at))
        .limit(limit)
        .select(Availability::columns());
    conn.load(rows).await
}

/// Of these people, those who are UNAVAILABLE during part of the interval.
pub async fn unavailable(
    conn: &mut Conn,
    org_id: OrgId,
    user_ids: &[UserId],
    interval: Interval,
) -> Result<Vec<UserId>> {
    let rows = availability::table
        .filter(availability::org_id.eq(org_id))
        .filter(availability::user_id.any_of(user_ids))
        .filter(availability::kind.eq(AvailabilityKind::Unavailable))
        .filter(availability::starts_at.lt(interval.ends_at))
        .filter(availability::ends_at.gt(interval.starts_at))
        .select(availability::user_id)
        .distinct();
    conn.load(rows).await
}
