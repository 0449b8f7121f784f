use super::super::model::{Mission, MissionRole};
use super::super::repo;
use crate::access::{Member, Role};
use crate::db::types::Timestamp;
use crate::domains::audit::service::{Action, Change, record};
use crate::domains::{orgs, projects};
use crate::error::{AppError, Result};
use crate::ids::ProjectId;
use crate::state::AppState;
use crate::validate;

/// A new mission and its project.
#[derive(Clone, Debug)]
pub struct CreateMission {
    pub project_id: ProjectId,
    /// What it is.
    pub mission: MissionSpec,
}

/// The input for a mission.
#[derive(Clone, Debug)]
pub struct MissionSpec {
    pub title: String,
    pub description: Option<String>,
    pub location: Option<String>,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    /// IANA zone; the organisation's by default.
    pub timezone: Option<String>,
    /// The roles that the mission needs.
    pub roles: Vec<RoleSpec>,
}

/// The input for a role.
#[derive(Clone, Debug)]
pub struct RoleSpec {
    pub name: String,
    /// The skill that the role needs.
    pub skill: Option<String>,
    pub quantity: i32,
}

/// Makes a mission with its roles.
///
/// # Errors
/// `FORBIDDEN` below MANAGER; `BAD_USER_INPUT`; `NOT_FOUND` for the project; `MISSION_CLOSED` if it is ARCHIVED.
pub async fn create_mission(
    state: &AppState,
    who: Member,
    input: CreateMission,
) -> Result<Mission> {
    who.require(Role::Manager)?;
    let spec = input.mission.checked("mission")?;
    state
        .write(who, async |conn| {
            let now = state.clock.now();
            let (project, timezone) = conn
                .both(
                    async |conn| {
                        let (org_id, id) = (who.org_id, input.project_id);
                        projects::service::keep_for_planning_within(conn, org_id, id).await
                    },
                    async |conn| match &spec.timezone {
                        Some(zone) => Ok(zone.clone()),
                        None => Ok(orgs::service::org_within(conn, who.org_id).await?.timezone),
                    },
                )
                .await?;
            let mission = Mission {
                id: state.random.id(now),
                org_id: who.org_id,
                project_id: project.id,
                title: spec.title.clone(),
                description: spec.description.clone(),
                location: spec.location.clone(),
                starts_at: spec.starts_at,
                ends_at: spec.ends_at,
                timezone,
                cancelled_at: None,
                created_at: now,
                updated_at: now,
                version: 1,
            };
            let roles = roles_of(state, &mission, &spec.roles, now);
            let mut changes = vec![Change::created(mission.id, mission.facts())];
            let of_role = |role: &MissionRole| Change::created(role.id, role.facts());
            changes.extend(roles.iter().map(of_role));
            let action = Action::of(who, "createMission", now, &state.random);
            conn.both(
                async |conn| {
                    repo::insert(conn, std::slice::from_ref(&mission)).await?;
                    repo::insert_roles(conn, &roles).await
                },
                async |conn| record(conn, action, changes).await,
            )
            .await?;
            Ok(mission)
        })
        .await
}

/// The rows of a new mission's roles.
fn roles_of(
    state: &AppState,
    mission: &Mission,
    specs: &[RoleSpec],
    now: Timestamp,
) -> Vec<MissionRole> {
    let row = |(position, spec): (i32, &RoleSpec)| MissionRole {
        id: state.random.id(now),
        org_id: mission.org_id,
        mission_id: mission.id,
        name: spec.name.clone(),
        skill: spec.skill.clone(),
        quantity: spec.quantity,
        position,
    };
    (0..).zip(specs).map(row).collect()
}

impl MissionSpec {
    /// Validates and trims the input. `field` is its path in the mutation's input.
    fn checked(self, field: &str) -> Result<Self> {
        let at = |name: &str| format!("{field}.{name}");
        validate::interval(&at("endsAt"), self.starts_at, self.ends_at)?;
        if self.roles.len() > 100 {
            return Err(AppError::bad_input(
                at("roles"),
                "A mission can have at most 100 roles.",
            ));
        }
        let zone = |zone: String| validate::zone(&at("timezone"), &zone);
        let roles = self.roles.into_iter().enumerate();
        Ok(Self {
            title: validate::text(&at("title"), &self.title, validate::NAME)?,
            description: validate::optional(
                &at("description"),
                self.description.as_deref(),
                validate::TEXT,
            )?,
            location: validate::optional(&at("location"), self.location.as_deref(), 500)?,
            timezone: self.timezone.map(zone).transpose()?,
            roles: roles
                .map(|(i, role)| role.checked(&at(&format!("roles.{i}"))))
                .collect::<Result<_>>()?,
            ..self
        })
    }
}

impl RoleSpec {
    fn checked(self, field: &str) -> Result<Self> {
        if !(1..=1_000).contains(&self.quantity) {
            let message = "A role needs 1 to 1,000 people.";
            return Err(AppError::bad_input(format!("{field}.quantity"), message));
        }
        let skill = validate::optional(&format!("{field}.skill"), self.skill.as_deref(), 100)?;
        Ok(Self {
            name: validate::text(&format!("{field}.name"), &self.name, validate::NAME)?,
            skill,
            quantity: self.quantity,
        })
    }
}
