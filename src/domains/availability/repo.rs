use diesel::dsl::sum;
use diesel::prelude::*;

use super::model::{
    Availability, AvailabilityBrief, AvailabilityKind, AvailabilityParts, earliest,
};
use crate::db::dsl::{Columns, Condition, octet_length, when};
use crate::db::schema::availability;
use crate::db::{AnyOf as _, Conn};
use crate::error::Result;
use crate::extent::{Extent, Parts, check_texts};
use crate::ids::{AvailabilityId, OrgId, UserId};
use crate::interval::Interval;

/// At most [`crate::db::AT_ONCE`] of them.
pub async fn insert(conn: &mut Conn, slots: &[Availability]) -> Result<()> {
    conn.execute(diesel::insert_into(availability::table).values(slots.to_vec()))
        .await
        .map(drop)
}

pub async fn update(conn: &mut Conn, slot: &Availability) -> Result<()> {
    let changed = (
        availability::starts_at.eq(slot.starts_at),
        availability::ends_at.eq(slot.ends_at),
        availability::kind.eq(slot.kind),
        availability::note.eq(&slot.note),
    );
    let own = availability::table.find((slot.org_id, slot.id));
    conn.execute(diesel::update(own).set(changed))
        .await
        .map(drop)
}

pub async fn delete(conn: &mut Conn, slot: &Availability) -> Result<()> {
    let own = availability::table.find((slot.org_id, slot.id));
    conn.execute(diesel::delete(own)).await.map(drop)
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

/// The slots of people that overlap the interval. An index finds where they begin.
fn of_time(
    org_id: OrgId,
    user_ids: &[UserId],
    interval: Interval,
) -> impl Condition<availability::table> + Clone + use<> {
    when(Some(
        availability::org_id
            .eq(org_id)
            .and(availability::user_id.any_of(user_ids))
            .and(availability::starts_at.gt(earliest(interval)))
            .and(availability::starts_at.lt(interval.ends_at))
            .and(availability::ends_at.gt(interval.starts_at)),
    ))
}

/// The slots of people that overlap the interval, in no order: sorted, all of them would be read before the first.
pub async fn overlapping(
    conn: &mut Conn,
    org_id: OrgId,
    user_ids: &[UserId],
    interval: Interval,
    extent: Extent,
    limit: i64,
) -> Result<Vec<AvailabilityParts>> {
    let rows = availability::table
        .filter(of_time(org_id, user_ids, interval))
        .limit(limit);
    match extent {
        Extent::Brief => {
            let rows = conn.load(rows.select(AvailabilityBrief::columns())).await?;
            Ok(rows.into_iter().map(Parts::brief).collect())
        }
        Extent::Whole => {
            let texts = rows.clone().select(sum(octet_length(availability::note)));
            check_texts(conn.one(texts).await?)?;
            let rows: Vec<Availability> = conn.load(rows.select(Availability::columns())).await?;
            Ok(rows.into_iter().map(Parts::from).collect())
        }
    }
}

/// Of these people, those who are UNAVAILABLE during part of the interval.
pub async fn unavailable(
    conn: &mut Conn,
    org_id: OrgId,
    user_ids: &[UserId],
    interval: Interval,
) -> Result<Vec<UserId>> {
    let rows = availability::table
        .filter(of_time(org_id, user_ids, interval))
        .filter(availability::kind.eq(AvailabilityKind::Unavailable))
        .select(availability::user_id)
        .distinct();
    conn.load(rows).await
}
