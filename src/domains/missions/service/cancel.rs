use serde_json::{Value, json};

use super::super::model::Mission;
use super::super::repo;
use super::{closed, lock_for_planning_within};
use crate::access::{Member, Role};
use crate::domains::assignments;
use crate::domains::assignments::model::OpenOf;
use crate::domains::audit::service::{Action, Change, record};
use crate::error::Result;
use crate::ids::MissionId;
use crate::state::AppState;
use crate::validate;

/// The mission to cancel.
#[derive(Clone, Debug)]
pub struct CancelMission {
    pub id: MissionId,
    /// What the people on it are told.
    pub reason: Option<String>,
}

/// Cancels a mission that has not started, and the INVITED and ACCEPTED assignments on it. Cancelling it again succeeds
/// and writes nothing.
///
/// # Errors
/// `FORBIDDEN` below MANAGER; `BAD_USER_INPUT`; `NOT_FOUND`; `MISSION_CLOSED` if it has started, or its project is
/// ARCHIVED.
pub async fn cancel_mission(
    state: &AppState,
    who: Member,
    input: CancelMission,
) -> Result<Mission> {
    who.require(Role::Manager)?;
    let reason = validate::optional("reason", input.reason.as_deref(), validate::TEXT)?;
    let reason = reason.as_deref();
    state
        .write(who, async |conn| {
            let before = lock_for_planning_within(conn, who.org_id, input.id, "id").await?;
            if before.cancelled_at.is_some() {
                return Ok(before);
            }
            let now = state.clock.now();
            if before.starts_at <= now {
                return Err(closed("The mission has started."));
            }
            let of_mission = OpenOf::Mission(before.id);
            let open = assignments::service::open_within(conn, who.org_id, &of_mission).await?;
            let after = Mission {
                cancelled_at: Some(now),
                ..before.changed(now)
            };
            let mut facts = after.facts();
            if let (Some(reason), Value::Object(facts)) = (reason, &mut facts) {
                facts.insert("reason".to_owned(), json!(reason));
            }
            let change = Change::new(after.id, before.facts(), facts);
            let action = Action::of(who, "cancelMission", now, &state.random);
            conn.both(
                async |conn| {
                    repo::update(conn, &after).await?;
                    record(conn, action, vec![change]).await
                },
                async |conn| {
                    let cancel = assignments::service::cancel_within(conn, action, open, reason);
                    Box::pin(cancel).await
                },
            )
            .await?;
            Ok(after)
        })
        .await
}
