use serde_json::{Value, json};

use super::super::model::Warnings;
use crate::access::{Member, Role, forbidden};
use crate::db::Conn;
use crate::db::types::Timestamp;
use crate::domains::assignments::model::{Assignment, AssignmentStatus};
use crate::domains::assignments::service::{Step, accepted_overlapping_within, write_within};
use crate::domains::audit::service::Action;
use crate::domains::missions::model::Mission;
use crate::domains::projects::model::Project;
use crate::domains::{assignments, crew, missions, projects};
use crate::error::{AppError, ErrorCode, Result};
use crate::ids::{AssignmentId, MissionId};
use crate::state::AppState;
use crate::validate;

/// Most assignments that a `SCHEDULE_CONFLICT` lists.
const CONFLICTS: usize = 20;

/// An acceptance, by the person or entered by a MANAGER.
#[derive(Clone, Debug)]
pub struct AcceptAssignment {
    pub id: AssignmentId,
    /// Whether to accept in spite of an overlap. Needs MANAGER or above, and a reason.
    pub force: bool,
    /// Why the overlap is overridden.
    pub reason: Option<String>,
}

/// A refusal, by the person or entered by a MANAGER.
#[derive(Clone, Debug)]
pub struct DeclineAssignment {
    pub id: AssignmentId,
    pub reason: Option<String>,
}

/// An assignment after its answer.
#[derive(Clone, Debug)]
pub struct Answered {
    pub assignment: Assignment,
    /// The overlaps that were overridden.
    pub warnings: Warnings,
}

/// Accepts: INVITED -> ACCEPTED. Repeating the answer succeeds and writes nothing.
///
/// # Errors
/// `FORBIDDEN` unless MANAGER or the person, and with `force` below MANAGER; `NOT_FOUND`; `INVALID_TRANSITION`;
/// `MISSION_CLOSED`; `ROLE_FULL`; `SCHEDULE_CONFLICT`.
pub async fn accept_assignment(
    state: &AppState,
    who: Member,
    input: AcceptAssignment,
) -> Result<Answered> {
    let reason = validate::optional("reason", input.reason.as_deref(), validate::TEXT)?;
    if input.force && !who.is(Role::Manager) {
        return Err(forbidden());
    }
    if input.force && reason.is_none() {
        return Err(AppError::bad_input(
            "reason",
            "Give a reason for overriding the conflict.",
        ));
    }
    let force = reason.filter(|_| input.force);
    state
        .write(who, async |conn| {
            let now = state.clock.now();
            let locked = of_requester(conn, who, input.id).await?;
            let action = Action::of(who, "acceptAssignment", now, &state.random);
            accept(conn, action, locked, force.as_deref()).await
        })
        .await
}

/// Declines: INVITED -> DECLINED. Repeating the answer succeeds and writes nothing.
///
/// # Errors
/// `FORBIDDEN` unless MANAGER or the person; `NOT_FOUND`; `INVALID_TRANSITION`.
pub async fn decline_assignment(
    state: &AppState,
    who: Member,
    input: DeclineAssignment,
) -> Result<Assignment> {
    let reason = validate::optional("reason", input.reason.as_deref(), validate::TEXT)?;
    state
        .write(who, async |conn| {
            let now = state.clock.now();
            let locked = of_requester(conn, who, input.id).await?;
            let action = Action::of(who, "declineAssignment", now, &state.random);
            decline(conn, action, locked, reason.clone()).await
        })
        .await
}

async fn of_requester(conn: &mut Conn, who: Member, id: AssignmentId) -> Result<Locked> {
    let found = assignments::service::assignment_within(conn, who.org_id, id).await;
    let assignment = found.map_err(|error| error.at("id"))?;
    who.manages_or_is(assignment.user_id)?;
    lock(conn, &assignment).await
}

/// An assignment with its mission and project, all of them locked.
pub(super) struct Locked {
    pub assignment: Assignment,
    mission: Mission,
    project: Project,
}

/// Locks the rows that an answer depends on: the project, the person, the mission, then the assignment, always in this
/// order. So if a person accepts two overlapping missions at the same moment, or two people accept the last place, the
/// second transaction sees the first. The project is shared: only who archives it waits.
pub(super) async fn lock(conn: &mut Conn, assignment: &Assignment) -> Result<Locked> {
    let (org_id, mission_id) = (assignment.org_id, assignment.mission_id);
    let project = projects::service::keep_for_booking_within(conn, org_id, mission_id).await?;
    crew::service::lock_within(conn, org_id, &[assignment.user_id]).await?;
    let mission = missions::service::lock_within(conn, org_id, mission_id).await?;
    let assignment = assignments::service::lock_within(conn, org_id, assignment.id).await?;
    Ok(Locked {
        assignment,
        mission,
        project,
    })
}

/// Accepts an assignment, after all checks.
pub(super) async fn accept(
    conn: &mut Conn,
    action: Action<'_>,
    Locked {
        assignment: before,
        mission,
        project,
    }: Locked,
    force: Option<&str>,
) -> Result<Answered> {
    match before.status {
        AssignmentStatus::Accepted => {
            return Ok(Answered {
                assignment: before,
                warnings: Warnings::default(),
            });
        }
        AssignmentStatus::Invited => {}
        AssignmentStatus::Declined | AssignmentStatus::Cancelled => {
            return Err(no_such_step(&before));
        }
    }
    missions::service::check_open(&mission, &project, action.at)?;
    let ((), warnings) = conn
        .both(
            async |conn| check_room(conn, &before).await,
            async |conn| conflicts(conn, &mission, &before, force.is_some()).await,
        )
        .await?;
    let mut step = Step::to(AssignmentStatus::Accepted, before, action.at);
    step.after.responded_at = Some(action.at);
    step.forced = force.map(str::to_owned);
    let assignment = step.after.clone();
    write_within(conn, action, vec![step]).await?;
    Ok(Answered {
        assignment,
        warnings,
    })
}

/// Declines an assignment. Only its status can prevent this.
pub(super) async fn decline(
    conn: &mut Conn,
    action: Action<'_>,
    Locked {
        assignment: before, ..
    }: Locked,
    reason: Option<String>,
) -> Result<Assignment> {
    match before.status {
        AssignmentStatus::Declined => return Ok(before),
        AssignmentStatus::Invited => {}
        AssignmentStatus::Accepted | AssignmentStatus::Cancelled => {
            return Err(no_such_step(&before));
        }
    }
    let mut step = Step::to(AssignmentStatus::Declined, before, action.at);
    step.after.responded_at = Some(action.at);
    step.after.reason = reason;
    let declined = step.after.clone();
    write_within(conn, action, vec![step]).await?;
    Ok(declined)
}

/// Whether the role of an assignment has a place left. Its mission is locked.
async fn check_room(conn: &mut Conn, assignment: &Assignment) -> Result<()> {
    let (org_id, id) = (assignment.org_id, assignment.role_id);
    let (role, accepted) = conn
        .both(
            async |conn| missions::service::role_within(conn, org_id, id).await,
            async |conn| assignments::service::accepted_in_role_within(conn, org_id, id).await,
        )
        .await?;
    if accepted >= i64::from(role.quantity) {
        let message = "All places of the role are taken.";
        return Err(AppError::new(ErrorCode::RoleFull, message));
    }
    Ok(())
}

fn no_such_step(assignment: &Assignment) -> AppError {
    let status = assignment.status.as_str();
    AppError::new(
        ErrorCode::InvalidTransition,
        format!("The assignment is already {status}."),
    )
}

/// Checks the person's other ACCEPTED assignments at the time. They are an error or, with `force`, warnings.
async fn conflicts(
    conn: &mut Conn,
    mission: &Mission,
    assignment: &Assignment,
    force: bool,
) -> Result<Warnings> {
    let others =
        accepted_overlapping_within(conn, mission.org_id, assignment.user_id, mission.interval())
            .await?;
    if others.total == 0 || force {
        return Ok(Warnings::of(others));
    }
    let others = &others.shown[..others.shown.len().min(CONFLICTS)];
    let mission_ids: Vec<MissionId> = others.iter().map(|other| other.mission_id).collect();
    let missions = missions::service::missions_within(conn, mission.org_id, &mission_ids).await?;
    let conflict = |other: &Assignment| {
        let of = missions.iter().find(|row| row.id == other.mission_id);
        let at = |instant: fn(&Mission) -> Timestamp| of.map(|row| instant(row).to_rfc3339());
        json!({
            "assignmentId": other.id,
            "missionId": other.mission_id,
            "title": of.map(|row| &row.title),
            "startsAt": at(|row| row.starts_at),
            "endsAt": at(|row| row.ends_at),
        })
    };
    let message = "The person has accepted another assignment at this time.";
    let conflicts: Vec<Value> = others.iter().map(conflict).collect();
    Err(AppError::new(ErrorCode::ScheduleConflict, message).with("conflicts", json!(conflicts)))
}
