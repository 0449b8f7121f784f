use super::answer::Answered;
use super::guards::{check_free, forced};
use super::lock::lock_place;
use super::warnings::{WARNINGS, warnings};
use crate::access::{Member, Role};
use crate::domains::assignments;
use crate::domains::assignments::model::AssignmentStatus;
use crate::domains::audit::service::{Action, Change, record};
use crate::error::Result;
use crate::ids::{RoleId, UserId};
use crate::state::AppState;

/// Somebody to book without asking, and the role.
#[derive(Clone, Debug)]
pub struct AssignToMission {
    pub role_id: RoleId,
    pub user_id: UserId,
    /// Whether to book in spite of an overlap. Needs a reason.
    pub force: bool,
    /// Why the overlap is overridden.
    pub reason: Option<String>,
}

/// Books somebody without asking: a new assignment that is ACCEPTED.
///
/// # Errors
/// `FORBIDDEN` below MANAGER; `NOT_FOUND`; `BAD_USER_INPUT`; `MISSION_CLOSED`; `ALREADY_ASSIGNED`; `ROLE_FULL`;
/// `SCHEDULE_CONFLICT`.
pub async fn assign_to_mission(
    state: &AppState,
    who: Member,
    input: AssignToMission,
) -> Result<Answered> {
    who.require(Role::Manager)?;
    let forced = forced(who, input.force, input.reason.as_deref())?;
    state
        .write(who, async |conn| {
            let now = state.clock.now();
            let user_ids = [input.user_id];
            let people = (&user_ids[..], "userId");
            let place = lock_place(conn, who.org_id, input.role_id, people, now).await?;
            let field = |_| "userId".to_owned();
            place.refuse_booked(conn, &user_ids, field).await?;
            let (mission, force) = (&place.mission, forced.is_some());
            check_free(conn, mission, input.role_id, input.user_id, force).await?;
            let warnings = warnings(conn, &place, &user_ids, WARNINGS).await?;
            let action = Action::of(who, "assignToMission", now, &state.random);
            let assignment = place.assignment(action, input.user_id, AssignmentStatus::Accepted);
            let time = place.mission.interval();
            let facts = assignment.facts_forced(forced.as_deref());
            let change = Change::created(assignment.id, facts);
            let insert = assignments::service::insert_within;
            conn.both(
                async |conn| insert(conn, &[(&assignment, time)]).await,
                async |conn| record(conn, action, vec![change]).await,
            )
            .await?;
            Ok(Answered {
                assignment,
                warnings,
            })
        })
        .await
}
