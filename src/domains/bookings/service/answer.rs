use super::super::model::Warnings;
use super::guards::{check_free, forced, no_such_step};
use super::lock::{Locked, of_requester};
use crate::access::Member;
use crate::db::Conn;
use crate::domains::assignments::model::{Assignment, AssignmentStatus};
use crate::domains::assignments::service::{Step, write_within};
use crate::domains::audit::service::Action;
use crate::domains::missions;
use crate::error::Result;
use crate::ids::AssignmentId;
use crate::state::AppState;
use crate::validate;

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
    let force = forced(who, input.force, input.reason.as_deref())?;
    state
        .write(who, async |conn| {
            let now = state.clock.now();
            let locked = of_requester(conn, who, input.id, "id").await?;
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
            let locked = of_requester(conn, who, input.id, "id").await?;
            let action = Action::of(who, "declineAssignment", now, &state.random);
            decline(conn, action, locked, reason.clone()).await
        })
        .await
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
    let (role_id, user_id) = (before.role_id, before.user_id);
    let warnings = check_free(conn, &mission, role_id, user_id, force.is_some()).await?;
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
