use super::super::model::{Availability, AvailabilityKind, LONGEST_DAYS};
use super::super::repo;
use super::{SavedAvailability, clashes};
use crate::access::Member;
use crate::db::types::Timestamp;
use crate::domains::audit::service::{Action, Change, record};
use crate::domains::crew;
use crate::error::Result;
use crate::ids::UserId;
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

/// Adds a slot.
///
/// # Errors
/// `FORBIDDEN` unless MANAGER or the person; `NOT_FOUND`; `BAD_USER_INPUT`.
pub async fn create_availability(
    state: &AppState,
    who: Member,
    input: CreateAvailability,
) -> Result<SavedAvailability> {
    who.manages_or_is(input.user_id)?;
    let (start, end) = (("startsAt", input.starts_at), ("endsAt", input.ends_at));
    validate::planned(start, end, LONGEST_DAYS)?;
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
            repo::insert(conn, std::slice::from_ref(&slot)).await?;
            let change = Change::created(slot.id, slot.facts());
            let action = Action::of(who, "createAvailability", now, &state.random);
            let ((), clashes) = conn
                .both(
                    async |conn| record(conn, action, vec![change]).await,
                    async |conn| clashes(conn, &slot).await,
                )
                .await?;
            Ok(SavedAvailability { slot, clashes })
        })
        .await
}
