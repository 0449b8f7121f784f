use super::super::model::{LONGEST_DAYS, Mission, MissionRole};
use super::super::repo;
use super::create::{MissionSpec, RoleSpec, insert_within};
use super::roles::MAX_ROLES;
use crate::access::{Member, Role};
use crate::db::types::Timestamp;
use crate::domains::audit::service::Action;
use crate::domains::projects;
use crate::error::{AppError, Result};
use crate::ids::MissionId;
use crate::state::AppState;
use crate::validate;

/// The mission to copy, and what differs in the copy.
#[derive(Clone, Debug)]
pub struct DuplicateMission {
    pub id: MissionId,
    /// When the copy starts.
    pub starts_at: Timestamp,
    /// Its title; the same by default.
    pub title: Option<String>,
}

/// Copies a mission with its roles, but without people. The copy takes as long as the mission, in hours: if the clocks
/// change in between, it ends at another time of the day. A cancelled mission can be copied too.
///
/// # Errors
/// `FORBIDDEN` below MANAGER; `BAD_USER_INPUT`; `NOT_FOUND`; `MISSION_CLOSED` if the project is ARCHIVED.
pub async fn duplicate_mission(
    state: &AppState,
    who: Member,
    input: DuplicateMission,
) -> Result<Mission> {
    who.require(Role::Manager)?;
    let title = input.title.as_deref();
    let title = title.map(|title| validate::text("title", title, validate::NAME));
    let title = title.transpose()?;
    state
        .write(who, async |conn| {
            let (org_id, id) = (who.org_id, input.id);
            let (project, (found, roles)) = conn
                .both(
                    async |conn| projects::service::keep_for_booking_within(conn, org_id, id).await,
                    async |conn| {
                        conn.both(
                            async |conn| repo::by_ids(conn, org_id, &[id]).await,
                            async |conn| {
                                repo::roles_of(conn, org_id, &[id], MAX_ROLES.into()).await
                            },
                        )
                        .await
                    },
                )
                .await
                .map_err(|error| error.missing_at("id"))?;
            projects::service::not_archived(&project)?;
            let source = found.into_iter().next();
            let source = source.ok_or_else(|| AppError::not_found().at("id"))?;
            let mut copy = copy_of(&source, roles, input.starts_at)?;
            if let Some(title) = &title {
                copy.title.clone_from(title);
            }
            let now = state.clock.now();
            let action = Action::of(who, "duplicateMission", now, &state.random);
            let (project_id, zone) = (source.project_id, &source.timezone);
            let made = insert_within(conn, action, project_id, &[copy], zone).await?;
            made.into_iter().next().ok_or_else(AppError::not_found)
        })
        .await
}

fn copy_of(source: &Mission, roles: Vec<MissionRole>, starts_at: Timestamp) -> Result<MissionSpec> {
    let ends_at = starts_at + (source.ends_at - source.starts_at);
    // The input has no field for the end.
    let field = "startsAt";
    validate::planned((field, starts_at), (field, ends_at), LONGEST_DAYS)?;
    let role = |role: MissionRole| RoleSpec {
        name: role.name,
        skill: role.skill,
        quantity: role.quantity,
    };
    Ok(MissionSpec {
        title: source.title.clone(),
        description: source.description.clone(),
        location: source.location.clone(),
        starts_at,
        ends_at,
        timezone: Some(source.timezone.clone()),
        roles: roles.into_iter().map(role).collect(),
    })
}
