use std::collections::HashMap;

use super::super::model::{LONGEST_DAYS, Mission, RescheduleEffect};
use super::update::write_within;
use super::{check_live, lock_for_planning_within};
use crate::access::{Member, Role};
use crate::db::Conn;
use crate::db::types::Timestamp;
use crate::domains::assignments::model::{Assignment, AssignmentStatus, OpenOf, Overlaps};
use crate::domains::assignments::service::{
    Moved, Shown, Step, archived_on_mission_within, move_within, open_within, overlaps_within,
};
use crate::domains::audit::service::Action;
use crate::error::{AppError, Result};
use crate::ids::{MissionId, UserId};
use crate::interval::Interval;
use crate::state::AppState;
use crate::validate;

/// How many conflicts are shown of each person, and of all people together.
const CONFLICTS: Shown = Shown {
    each: 20,
    most: 2_000,
};

const ARCHIVED: &str = "Somebody on this mission is archived and cannot be asked again. Cancel their assignment first.";

/// The mission to move, and its new time.
#[derive(Clone, Debug)]
pub struct RescheduleMission {
    pub id: MissionId,
    /// The version that the client has read, if it is to be compared.
    pub expected_version: Option<i32>,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    /// Whether only to tell what would happen.
    pub dry_run: bool,
}

/// What the new time means for somebody who is INVITED or ACCEPTED.
#[derive(Clone, Debug)]
pub struct RescheduleOutcome {
    /// The assignment as it is after the move, or as it is now if nothing is moved.
    pub assignment: Assignment,
    pub effect: RescheduleEffect,
    /// Their other ACCEPTED assignments at the new time, as many as are shown.
    pub conflicts: Vec<Assignment>,
}

/// A mission with its new time, and what that means for the people on it.
#[derive(Clone, Debug)]
pub struct Rescheduled {
    pub mission: Mission,
    /// In the order in which the assignments were made.
    pub outcomes: Vec<RescheduleOutcome>,
}

/// Moves a mission. If the new time lies within the old one, everybody stays as they are. Otherwise everybody is asked
/// anew: ACCEPTED becomes INVITED, and the invitations sent so far are revoked. Nobody is dropped. With `dry_run`
/// nothing is written, and the mission and the assignments are as they were. A mission that has started can be moved
/// as long as it has not ended.
///
/// # Errors
/// `FORBIDDEN` below MANAGER; `BAD_USER_INPUT`, also for a time that is over and beyond the old one, because nobody
/// could accept it; `NOT_FOUND`; `MISSION_CLOSED` if it is cancelled or has ended, or its project is ARCHIVED;
/// `VERSION_CONFLICT`; `IN_USE` if somebody who was archived while the mission ran would be asked again or be on a mission
/// that has not started.
pub async fn reschedule_mission(
    state: &AppState,
    who: Member,
    input: RescheduleMission,
) -> Result<Rescheduled> {
    who.require(Role::Manager)?;
    let (starts_at, ends_at) = (input.starts_at, input.ends_at);
    let time = validate::planned(("startsAt", starts_at), ("endsAt", ends_at), LONGEST_DAYS)?;
    state
        .write(who, async |conn| {
            let before = lock_for_planning_within(conn, who.org_id, input.id, "id").await?;
            let now = state.clock.now();
            validate::version(input.expected_version, before.version)?;
            check_live(&before, now)?;
            let kept = before.interval().contains(time);
            if time.ends_at <= now && !kept {
                let message = "This time is over, so nobody could accept it any more.";
                return Err(AppError::bad_input("endsAt", message));
            }
            let of_mission = OpenOf::Mission(before.id);
            let open = open_within(conn, who.org_id, &of_mission).await?;
            let asks = !open.is_empty() && (!kept || time.starts_at > now);
            let ((), outcomes) = conn
                .both(
                    async |conn| match asks {
                        true => refuse_archived(conn, &before).await,
                        false => Ok(()),
                    },
                    async |conn| outcomes_within(conn, &before, open, time).await,
                )
                .await?;
            let planned = Rescheduled {
                mission: before,
                outcomes,
            };
            if input.dry_run || planned.mission.interval() == time {
                return Ok(planned);
            }
            let action = Action::of(who, "rescheduleMission", now, &state.random);
            apply_within(conn, state, action, planned, time).await
        })
        .await
}

/// Nobody who is archived has future assignments, and moving a mission drops nobody. So a manager has to decide. The
/// assignments are locked.
async fn refuse_archived(conn: &mut Conn, mission: &Mission) -> Result<()> {
    match archived_on_mission_within(conn, mission.org_id, mission.id).await? {
        0 => Ok(()),
        people => Err(AppError::in_use(ARCHIVED, people)),
    }
}

/// What a new time means for the people on a mission.
async fn outcomes_within(
    conn: &mut Conn,
    mission: &Mission,
    open: Vec<Assignment>,
    time: Interval,
) -> Result<Vec<RescheduleOutcome>> {
    let kept = mission.interval().contains(time);
    let mut overlaps = HashMap::new();
    if !kept && !open.is_empty() {
        let people: Vec<UserId> = open.iter().map(|row| row.user_id).collect();
        let accepted = [AssignmentStatus::Accepted];
        let org_id = mission.org_id;
        overlaps = overlaps_within(conn, org_id, &people, time, &accepted, CONFLICTS).await?;
    }
    let stays = mission.interval().overlaps(time);
    let outcome = |assignment: Assignment| {
        let mut found: Overlaps = overlaps.remove(&assignment.user_id).unwrap_or_default();
        found.shown.retain(|other| other.mission_id != mission.id);
        // The mission itself may be among those at the new time.
        let own = stays && assignment.status == AssignmentStatus::Accepted;
        let effect = if kept {
            RescheduleEffect::Kept
        } else if found.total > usize::from(own) {
            RescheduleEffect::Conflict
        } else {
            RescheduleEffect::Reconfirm
        };
        RescheduleOutcome {
            assignment,
            effect,
            conflicts: found.shown,
        }
    };
    Ok(open.into_iter().map(outcome).collect())
}

/// Writes the new time of a mission and its assignments.
async fn apply_within(
    conn: &mut Conn,
    state: &AppState,
    action: Action<'_>,
    Rescheduled {
        mission: before,
        mut outcomes,
    }: Rescheduled,
    time: Interval,
) -> Result<Rescheduled> {
    let (mut steps, mut kept) = (Vec::new(), Vec::new());
    for outcome in &mut outcomes {
        if outcome.effect == RescheduleEffect::Kept {
            kept.push(outcome.assignment.clone());
        } else {
            let before = outcome.assignment.clone();
            let mut step = Step::to(AssignmentStatus::Invited, before, action.at);
            step.after.invited_at = action.at;
            step.after.responded_at = None;
            outcome.assignment = step.after.clone();
            steps.push(step);
        }
    }
    let mission = Mission {
        starts_at: time.starts_at,
        ends_at: time.ends_at,
        ..before.changed(action.at)
    };
    let moved = Moved {
        mission_id: mission.id,
        from: before.interval(),
        to: time,
    };
    conn.both(
        async |conn| write_within(conn, action, &before, &mission).await,
        async |conn| Box::pin(move_within(conn, state, action, moved, steps, &kept)).await,
    )
    .await?;
    Ok(Rescheduled { mission, outcomes })
}
