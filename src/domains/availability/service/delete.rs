use serde_json::Value;

use super::super::repo;
use super::slot_of_requester;
use crate::access::Member;
use crate::domains::audit::service::{Action, Change, record};
use crate::domains::crew;
use crate::error::Result;
use crate::ids::AvailabilityId;
use crate::state::AppState;

/// Deletes a slot: from then on the person has said nothing about that time.
///
/// # Errors
/// `FORBIDDEN` unless MANAGER or the person; `NOT_FOUND`, also for a slot that was deleted before.
pub async fn delete_availability(state: &AppState, who: Member, id: AvailabilityId) -> Result<()> {
    state
        .write(who, async |conn| {
            let user_id = slot_of_requester(conn, who, id).await?.user_id;
            crew::service::lock_within(conn, who.org_id, &[user_id]).await?;
            // It may have been changed before its person was locked.
            let slot = slot_of_requester(conn, who, id).await?;
            let change = Change::new(id, slot.facts(), Value::Null);
            let now = state.clock.now();
            let action = Action::of(who, "deleteAvailability", now, &state.random);
            conn.both(
                async |conn| repo::delete(conn, &slot).await,
                async |conn| record(conn, action, vec![change]).await,
            )
            .await
            .map(drop)
        })
        .await
}
