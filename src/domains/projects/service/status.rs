use super::super::model::{Project, ProjectStatus};
use super::{lock_within, write_within};
use crate::access::{Member, Role};
use crate::db::Conn;
use crate::domains::assignments;
use crate::domains::assignments::model::OpenOf;
use crate::domains::audit::service::Action;
use crate::error::{AppError, ErrorCode, Result};
use crate::ids::ProjectId;
use crate::state::AppState;

/// The new status of a project.
#[derive(Clone, Copy, Debug)]
pub struct SetProjectStatus {
    pub id: ProjectId,
    pub status: ProjectStatus,
    /// Whether archiving cancels the INVITED and ACCEPTED assignments of missions that have not started.
    pub cancel_future: bool,
}

/// Gives a project another status. Setting the status that it has succeeds and writes nothing.
///
/// # Errors
/// `FORBIDDEN` below MANAGER, and below ADMIN for an ARCHIVED one; `NOT_FOUND`; `INVALID_TRANSITION`; `IN_USE` if
/// archiving would need `cancel_future`.
pub async fn set_project_status(
    state: &AppState,
    who: Member,
    input: SetProjectStatus,
) -> Result<Project> {
    use ProjectStatus::{Active, Archived, Draft};
    who.require(Role::Manager)?;
    state
        .write(who, async |conn| {
            let before = lock_within(conn, who.org_id, input.id).await?;
            let now = state.clock.now();
            let action = Action::of(who, "setProjectStatus", now, &state.random);
            match (before.status, input.status) {
                (from, to) if from == to => return Ok(before),
                (Draft, Active) => {}
                (Draft | Active, Archived) => {
                    cancel_future_within(conn, action, input).await?;
                }
                (Archived, Active) => who.require(Role::Admin)?,
                (from, to) => {
                    let (from, to) = (from.as_str(), to.as_str());
                    let message = format!("A project cannot change from {from} to {to}.");
                    return Err(AppError::new(ErrorCode::InvalidTransition, message).at("status"));
                }
            }
            let after = Project {
                status: input.status,
                ..before.clone()
            };
            write_within(conn, action, &before, after).await
        })
        .await
}

/// Cancels the assignments that stand against archiving a project. The project is locked, so nobody is booked on its
/// missions meanwhile.
async fn cancel_future_within(
    conn: &mut Conn,
    action: Action<'_>,
    input: SetProjectStatus,
) -> Result<()> {
    let future = OpenOf::FutureOfProject(input.id, action.at);
    let open = assignments::service::open_within(conn, action.org_id, &future).await?;
    if !open.is_empty() && !input.cancel_future {
        let message = "People are booked on missions of this project that have not started.";
        return Err(AppError::in_use(message, open.len()).at("cancelFuture"));
    }
    assignments::service::cancel_within(conn, action, open, None)
        .await
        .map(drop)
}
