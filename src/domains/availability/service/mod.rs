//! The rules of availability.

mod create;
mod delete;
mod update;

pub use create::{CreateAvailability, create_availability};
pub use delete::delete_availability;
pub use update::{UpdateAvailability, update_availability};

use super::model::{Availability, AvailabilityKind, AvailabilityParts};
use super::repo;
use crate::access::Member;
use crate::db::{AT_ONCE, Conn};
use crate::domains::assignments;
use crate::domains::assignments::model::Overlaps;
use crate::error::{AppError, Result};
use crate::extent::Extent;
use crate::ids::{AvailabilityId, OrgId, UserId};
use crate::interval::Interval;
use crate::state::AppState;

/// A slot that was made or changed.
#[derive(Clone, Debug)]
pub struct SavedAvailability {
    pub slot: Availability,
    /// The person's ACCEPTED assignments that overlap an UNAVAILABLE slot. They are reported and not cancelled.
    pub clashes: Overlaps,
}

/// A slot that the requester may change.
///
/// # Errors
/// `NOT_FOUND` at `id`; `FORBIDDEN` unless MANAGER or the person.
async fn slot_of_requester(
    conn: &mut Conn,
    who: Member,
    id: AvailabilityId,
) -> Result<Availability> {
    let slot = repo::by_ids(conn, who.org_id, &[id]).await?.pop();
    let slot = slot.ok_or_else(|| AppError::not_found().at("id"))?;
    who.manages_or_is(slot.user_id)?;
    Ok(slot)
}

/// What the person has accepted in an UNAVAILABLE slot.
async fn clashes(conn: &mut Conn, slot: &Availability) -> Result<Overlaps> {
    match slot.kind {
        AvailabilityKind::Available => Ok(Overlaps::default()),
        AvailabilityKind::Unavailable => {
            let accepted = assignments::service::accepted_overlapping_within;
            accepted(conn, slot.org_id, slot.user_id, slot.interval()).await
        }
    }
}

/// Slots by their ids.
pub async fn slots(
    state: &AppState,
    who: Member,
    ids: &[AvailabilityId],
) -> Result<Vec<Availability>> {
    state
        .read(who, async |conn| repo::by_ids(conn, who.org_id, ids).await)
        .await
}

/// The slots of people that overlap the interval, by start: at most `limit` of them.
pub async fn slots_of(
    state: &AppState,
    who: Member,
    user_ids: &[UserId],
    interval: Interval,
    extent: Extent,
    limit: i64,
) -> Result<Vec<AvailabilityParts>> {
    let read = state.read(who, async |conn| {
        repo::overlapping(conn, who.org_id, user_ids, interval, extent, limit).await
    });
    let mut slots = read.await?;
    slots.sort_unstable_by_key(|slot| (slot.brief.starts_at, slot.brief.id));
    Ok(slots)
}

/// Of these people, those who are UNAVAILABLE during part of the interval.
pub async fn unavailable_within(
    conn: &mut Conn,
    org_id: OrgId,
    user_ids: &[UserId],
    interval: Interval,
) -> Result<Vec<UserId>> {
    repo::unavailable(conn, org_id, user_ids, interval).await
}

/// Writes slots as they are, without a check and without an entry of the audit log.
pub async fn import_within(conn: &mut Conn, slots: &[Availability]) -> Result<()> {
    for part in slots.chunks(AT_ONCE) {
        repo::insert(conn, part).await?;
    }
    Ok(())
}
