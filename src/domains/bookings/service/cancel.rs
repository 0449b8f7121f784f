use super::guards::no_such_step;
use super::lock::{Locked, of_requester};
use crate::access::{Member, Role};
use crate::domains::assignments::model::{Assignment, AssignmentStatus};
use crate::domains::assignments::service::cancel_within;
use crate::domains::audit::service::Action;
use crate::error::{AppError, ErrorCode, Result};
use crate::ids::AssignmentId;
use crate::state::AppState;
use crate::validate;

/// An assignment to cancel: by a MANAGER, or a withdrawal by the person.
#[derive(Clone, Debug)]
pub struct CancelAssignment {
    pub id: AssignmentId,
    pub reason: Option<String>,
}

/// Cancels: INVITED or ACCEPTED -> CANCELLED. The person can withdraw an ACCEPTED one until the cut-off before the start
/// of the mission. Cancelling again succeeds and writes nothing.
///
/// # Errors
/// `FORBIDDEN` unless MANAGER or the person; `NOT_FOUND`; `INVALID_TRANSITION` if DECLINED, and for the person while
/// INVITED; `WITHDRAWAL_TOO_LATE` for the person from the cut-off on.
pub async fn cancel_assignment(
    state: &AppState,
    who: Member,
    input: CancelAssignment,
) -> Result<Assignment> {
    let reason = validate::optional("reason", input.reason.as_deref(), validate::TEXT)?;
    state
        .write(who, async |conn| {
            let now = state.clock.now();
            let locked = of_requester(conn, who, input.id, "id").await?;
            match locked.assignment.status {
                AssignmentStatus::Cancelled => return Ok(locked.assignment),
                AssignmentStatus::Declined => return Err(no_such_step(&locked.assignment)),
                AssignmentStatus::Invited | AssignmentStatus::Accepted => {}
            }
            if !who.is(Role::Manager) {
                check_withdrawal(state, &locked)?;
            }
            let action = Action::of(who, "cancelAssignment", now, &state.random);
            let rows = vec![locked.assignment];
            let cancelled = cancel_within(conn, action, rows, reason.as_deref()).await?;
            cancelled.into_iter().next().ok_or_else(AppError::not_found)
        })
        .await
}

/// Whether the person can still take back that they accepted.
fn check_withdrawal(state: &AppState, locked: &Locked) -> Result<()> {
    if locked.assignment.status == AssignmentStatus::Invited {
        let message = "Only a manager can cancel this while it is INVITED. Decline it instead.";
        return Err(AppError::new(ErrorCode::InvalidTransition, message));
    }
    let cutoff = locked.mission.starts_at - state.config.withdrawal_cutoff;
    if state.clock.now() < cutoff {
        return Ok(());
    }
    let message = "It is too close to the start of the mission to withdraw. Ask a manager.";
    Err(AppError::new(ErrorCode::WithdrawalTooLate, message))
}
