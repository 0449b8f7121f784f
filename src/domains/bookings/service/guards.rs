//! What accepting asks for, whether the person was invited or is assigned.

use serde_json::{Value, json};

use super::super::model::Warnings;
use crate::access::{Member, Role, forbidden};
use crate::db::Conn;
use crate::db::types::Timestamp;
use crate::domains::assignments::model::Assignment;
use crate::domains::assignments::service::accepted_overlapping_within;
use crate::domains::missions::model::Mission;
use crate::domains::{assignments, missions};
use crate::error::{AppError, ErrorCode, Result};
use crate::ids::{MissionId, RoleId, UserId};
use crate::validate;

/// Most assignments that a `SCHEDULE_CONFLICT` lists.
const CONFLICTS: usize = 20;

/// The reason for overriding an overlap, or `None` if it is not to be overridden.
///
/// # Errors
/// `FORBIDDEN` below MANAGER; `BAD_USER_INPUT` at `reason` without one.
pub(super) fn forced(who: Member, force: bool, reason: Option<&str>) -> Result<Option<String>> {
    let reason = validate::optional("reason", reason, validate::TEXT)?;
    if !force {
        return Ok(None);
    }
    if !who.is(Role::Manager) {
        return Err(forbidden());
    }
    let missing = || AppError::bad_input("reason", "Give a reason for overriding the conflict.");
    reason.ok_or_else(missing).map(Some)
}

/// Checks that a role has a place left, and that the person is free at the time of its mission. Overlaps that `force`
/// overrides are returned. The person and the mission are locked.
///
/// # Errors
/// `ROLE_FULL`; `SCHEDULE_CONFLICT`.
pub(super) async fn check_free(
    conn: &mut Conn,
    mission: &Mission,
    role_id: RoleId,
    user_id: UserId,
    force: bool,
) -> Result<Warnings> {
    let ((), overlaps) = conn
        .both(
            async |conn| check_room(conn, mission, role_id).await,
            async |conn| conflicts(conn, mission, user_id, force).await,
        )
        .await?;
    Ok(overlaps)
}

async fn check_room(conn: &mut Conn, mission: &Mission, id: RoleId) -> Result<()> {
    let org_id = mission.org_id;
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

/// The person's other ACCEPTED assignments at the time of a mission: an error that lists the first of them or, with
/// `force`, warnings.
async fn conflicts(
    conn: &mut Conn,
    mission: &Mission,
    user_id: UserId,
    force: bool,
) -> Result<Warnings> {
    let (org_id, time) = (mission.org_id, mission.interval());
    let others = accepted_overlapping_within(conn, org_id, user_id, time).await?;
    if others.total == 0 || force {
        return Ok(Warnings::of(others));
    }
    let others = &others.shown[..others.shown.len().min(CONFLICTS)];
    let mission_ids: Vec<MissionId> = others.iter().map(|other| other.mission_id).collect();
    let missions = missions::service::missions_within(conn, org_id, &mission_ids).await?;
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

/// `INVALID_TRANSITION`, which says what the assignment is.
pub(super) fn no_such_step(assignment: &Assignment) -> AppError {
    let message = format!("The assignment is already {}.", assignment.status.as_str());
    AppError::new(ErrorCode::InvalidTransition, message)
}
