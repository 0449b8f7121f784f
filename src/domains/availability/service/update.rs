use super::super::model::{Availability, AvailabilityKind, LONGEST_DAYS};
use super::super::repo;
use super::{SavedAvailability, clashes, slot_of_requester};
use crate::access::Member;
use crate::db::types::Timestamp;
use crate::domains::audit::service::{Action, Change, record};
use crate::domains::crew;
use crate::error::Result;
use crate::ids::AvailabilityId;
use crate::patch::Patch;
use crate::state::AppState;
use crate::validate;

/// Changes of a slot.
#[derive(Clone, Debug)]
pub struct UpdateAvailability {
    pub id: AvailabilityId,
    pub starts_at: Patch<Timestamp>,
    pub ends_at: Patch<Timestamp>,
    /// Whether the person can work in the slot.
    pub kind: Patch<AvailabilityKind>,
    pub note: Patch<String>,
}

/// Changes a slot. If nothing differs, nothing is written.
///
/// # Errors
/// `FORBIDDEN` unless MANAGER or the person; `NOT_FOUND`; `BAD_USER_INPUT`, also if the person is archived.
pub async fn update_availability(
    state: &AppState,
    who: Member,
    input: UpdateAvailability,
) -> Result<SavedAvailability> {
    let id = input.id;
    let starts_at = input.starts_at.required("startsAt")?;
    let ends_at = input.ends_at.required("endsAt")?;
    let kind = input.kind.required("kind")?;
    let note = input.note.optional_text("note", validate::TEXT)?;
    state
        .write(who, async |conn| {
            let user_id = slot_of_requester(conn, who, id).await?.user_id;
            crew::service::lock_for_booking_within(conn, who.org_id, &[user_id], "id").await?;
            // It may have been changed before its person was locked.
            let before = slot_of_requester(conn, who, id).await?;
            let after = Availability {
                starts_at: starts_at.unwrap_or(before.starts_at),
                ends_at: ends_at.unwrap_or(before.ends_at),
                kind: kind.unwrap_or(before.kind),
                note: note.clone().or(before.note.clone()),
                ..before.clone()
            };
            // What the client has not sent cannot be at fault.
            let end = if ends_at.is_some() {
                "endsAt"
            } else {
                "startsAt"
            };
            let (start, end) = (("startsAt", after.starts_at), (end, after.ends_at));
            validate::planned(start, end, LONGEST_DAYS)?;
            if after.facts() != before.facts() {
                let change = Change::new(id, before.facts(), after.facts());
                let now = state.clock.now();
                let action = Action::of(who, "updateAvailability", now, &state.random);
                conn.both(
                    async |conn| repo::update(conn, &after).await,
                    async |conn| record(conn, action, vec![change]).await,
                )
                .await?;
            }
            let clashes = clashes(conn, &after).await?;
            Ok(SavedAvailability {
                slot: after,
                clashes,
            })
        })
        .await
}
