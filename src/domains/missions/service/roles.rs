use super::super::model::{Mission, MissionRole};
use super::super::repo;
use super::create::RoleSpec;
use super::{lock_for_planning_within, role_within};
use crate::access::{Member, Role};
use crate::db::Conn;
use crate::domains::assignments::model::OpenOf;
use crate::domains::assignments::service::{accepted_in_role_within, open_within};
use crate::domains::audit::service::{Action, Change, record};
use crate::error::{AppError, ErrorCode, Result};
use crate::ids::{MissionId, OrgId, RoleId};
use crate::patch::Patch;
use crate::state::AppState;
use crate::validate;

/// Most roles of a mission.
pub(super) const MAX_ROLES: u8 = 100;
/// Longest name of a skill, in characters.
pub(super) const SKILL: usize = 100;

/// A role to be added to a mission.
#[derive(Clone, Debug)]
pub struct AddMissionRole {
    pub mission_id: MissionId,
    pub role: RoleSpec,
}

/// What to change in a role.
#[derive(Clone, Debug)]
pub struct UpdateMissionRole {
    pub id: RoleId,
    pub name: Patch<String>,
    /// The skill that the role needs.
    pub skill: Patch<String>,
    pub quantity: Patch<i32>,
}

/// Adds a role behind the others of its mission.
///
/// # Errors
/// `FORBIDDEN` below MANAGER; `BAD_USER_INPUT`; `NOT_FOUND`; `MISSION_CLOSED` if the project is ARCHIVED.
pub async fn add_mission_role(
    state: &AppState,
    who: Member,
    input: AddMissionRole,
) -> Result<MissionRole> {
    who.require(Role::Manager)?;
    let spec = input.role.checked("role")?;
    state
        .write(who, async |conn| {
            let id = input.mission_id;
            let mission = lock_for_planning_within(conn, who.org_id, id, "missionId").await?;
            let others = repo::roles_of(conn, who.org_id, &[id], MAX_ROLES.into()).await?;
            if others.len() >= MAX_ROLES.into() {
                return Err(too_many_roles("role"));
            }
            let now = state.clock.now();
            let action = Action::of(who, "addMissionRole", now, &state.random);
            let position = others.last().map_or(0, |last| last.position + 1);
            let role = spec.row(action, id, position);
            let change = Change::created(role.id, role.facts());
            let insert =
                async |conn: &mut Conn| repo::insert_roles(conn, std::slice::from_ref(&role)).await;
            write_within(conn, action, &mission, change, insert).await?;
            Ok(role)
        })
        .await
}

/// Changes a role. An update that changes nothing writes nothing.
///
/// # Errors
/// `FORBIDDEN` below MANAGER; `BAD_USER_INPUT`; `NOT_FOUND`; `MISSION_CLOSED` if the project is ARCHIVED;
/// `QUANTITY_BELOW_ACCEPTED`.
pub async fn update_mission_role(
    state: &AppState,
    who: Member,
    input: UpdateMissionRole,
) -> Result<MissionRole> {
    who.require(Role::Manager)?;
    let name = input.name.text("name", validate::NAME)?;
    let skill = input.skill.optional_text("skill", SKILL)?;
    let quantity = input.quantity.required("quantity")?;
    if let Some(quantity) = quantity {
        check_quantity("quantity", quantity)?;
    }
    state
        .write(who, async |conn| {
            let (mission, before) = lock_role_within(conn, who.org_id, input.id).await?;
            let after = MissionRole {
                name: name.clone().unwrap_or_else(|| before.name.clone()),
                skill: skill.clone().or(before.skill.clone()),
                quantity: quantity.unwrap_or(before.quantity),
                ..before.clone()
            };
            if after.facts() == before.facts() {
                return Ok(before);
            }
            if after.quantity < before.quantity {
                check_accepted_within(conn, &after).await?;
            }
            let action = Action::of(who, "updateMissionRole", state.clock.now(), &state.random);
            let change = Change::new(after.id, before.facts(), after.facts());
            let update = async |conn: &mut Conn| repo::update_role(conn, &after).await;
            write_within(conn, action, &mission, change, update).await?;
            Ok(after)
        })
        .await
}

/// Deletes a role that nobody is INVITED to or ACCEPTED for. Its row stays, because the DECLINED and CANCELLED
/// assignments of the role are kept.
///
/// # Errors
/// `FORBIDDEN` below MANAGER; `NOT_FOUND`; `MISSION_CLOSED` if the project is ARCHIVED; `IN_USE`.
pub async fn delete_mission_role(state: &AppState, who: Member, id: RoleId) -> Result<()> {
    who.require(Role::Manager)?;
    state
        .write(who, async |conn| {
            let (mission, before) = lock_role_within(conn, who.org_id, id).await?;
            let open = open_within(conn, who.org_id, &OpenOf::Role(id)).await?;
            if !open.is_empty() {
                let message = "People are INVITED or ACCEPTED. Cancel their assignments first.";
                return Err(AppError::in_use(message, open.len()));
            }
            let action = Action::of(who, "deleteMissionRole", state.clock.now(), &state.random);
            let change = Change::deleted(id, before.facts());
            let after = MissionRole {
                deleted_at: Some(action.at),
                ..before
            };
            let update = async |conn: &mut Conn| repo::update_role(conn, &after).await;
            write_within(conn, action, &mission, change, update).await
        })
        .await
}

/// Locks the mission of a role, as for planning. So nobody else changes the role or books somebody for it.
async fn lock_role_within(
    conn: &mut Conn,
    org_id: OrgId,
    id: RoleId,
) -> Result<(Mission, MissionRole)> {
    let missing = |error: AppError| error.missing_at("id");
    let role = role_within(conn, org_id, id).await.map_err(missing)?;
    let mission = lock_for_planning_within(conn, org_id, role.mission_id, "id").await?;
    let role = role_within(conn, org_id, id).await.map_err(missing)?;
    Ok((mission, role))
}

/// Writes the change of a role. It raises the version of the role's mission.
async fn write_within(
    conn: &mut Conn,
    action: Action<'_>,
    mission: &Mission,
    change: Change,
    write: impl AsyncFnOnce(&mut Conn) -> Result<()>,
) -> Result<()> {
    let mission = mission.changed(action.at);
    conn.both(write, async |conn| {
        conn.both(
            async |conn| repo::update(conn, &mission).await,
            async |conn| record(conn, action, vec![change]).await,
        )
        .await
    })
    .await
    .map(drop)
}

/// Whether the places of a role are enough for those who have accepted. Its mission is locked.
async fn check_accepted_within(conn: &mut Conn, role: &MissionRole) -> Result<()> {
    let accepted = accepted_in_role_within(conn, role.org_id, role.id).await?;
    if accepted <= i64::from(role.quantity) {
        return Ok(());
    }
    let message =
        format!("The role needs at least {accepted} people, because so many have accepted.");
    Err(AppError::new(ErrorCode::QuantityBelowAccepted, message).at("quantity"))
}

pub(super) fn check_quantity(field: &str, quantity: i32) -> Result<()> {
    if (1..=1_000).contains(&quantity) {
        return Ok(());
    }
    Err(AppError::bad_input(
        field,
        "A role needs 1 to 1,000 people.",
    ))
}

pub(super) fn too_many_roles(field: impl Into<String>) -> AppError {
    AppError::bad_input(field, "A mission can have at most 100 roles.")
}
