//! The rules of availability.

use super::model::{Availability, AvailabilityKind};
use super::repo;
use crate::access::Member;
use crate::db::Conn;
use crate::db::types::Timestamp;
use crate::domains::assignments::model::Overlaps;
use crate::domains::audit::service::{Action, Change, record};
use crate::domains::{assignments, crew};
use crate::error::Result;
use crate::ids::{AvailabilityId, OrgId, UserId};
use crate::interval::Interval;
use crate::state::AppState;
use crate::validate;

/// A new slot.
#[derive(Clone, Debug)]
pub struct CreateAvailability {
    pub user_id: UserId,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    /// Whether the person can work in the slot.
    pub kind: AvailabilityKind,
    pub note: Option<String>,
}

/// A slot that was made.
#[derive(Clone, Debug)]
pub struct CreatedAvailability {
    pub slot: Availability,
    /// The person's ACCEPTED assignments that overlap an UNAVAILABLE slot. They are reported and not cancelled.
    pub clashes: Overlaps,
}

/// Adds a slot.
///
/// # Errors
/// `FORBIDDEN` unless MANAGER or the person; `NOT_FOUND`; `BAD_USER_INPUT`.
pub async fn create_availability(
    state: &AppState,
    who: Member,
    input: CreateAvailability,
) -> Result<CreatedAvailability> {
    who.manages_or_is(input.user_id)?;
    let interval = validate::interval("endsAt", input.starts_at, input.ends_at)?;
    let note = validate::optional("note", input.note.as_deref(), validate::TEXT)?;
    state
        .write(who, async |conn| {
            let now = state.clock.now();
            crew::service::lock_for_booking_within(conn, who.org_id, &[input.user_id], "userId")
                .await?;
            let slot = Availability {
                id: state.random.id(now),
                org_id: who.org_id,
                user_id: input.user_id,
                starts_at: input.starts_at,
                ends_at: input.ends_at,
                kind: input.kind,
                note: note.clone(),
                created_at: now,
            };
            repo::insert(conn, &slot).await?;
            let change = Change::created(slot.id, slot.facts());
            let action = Action::of(who, "createAvailability", now, &state.random);
            record(conn, action, vec![change]).await?;
            let clashes = match slot.kind {
                AvailabilityKind::Available => Overlaps::default(),
                AvailabilityKind::Unavailable => {
                    assignments::service::accepted_overlapping_within(
                        conn,
                        who.org_id,
                        slot.user_id,
                        interval,
                    )
                    .await?
                }
            };
            Ok(CreatedAvailability { slot, clashes })
        })
        .await
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
    limit: i64,
) -> Result<Vec<Availability>> {
    let read = state.read(who, async |conn| {
        repo::overlapping(conn, who.org_id, user_ids, interval, limit).await
    });
    let mut slots = read.await?;
    slots.sort_unstable_by_key(|slot| (slot.starts_at, slot.id));
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
