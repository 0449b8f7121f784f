use super::super::model::{LONGEST_DAYS, Mission, MissionRole};
use super::super::repo;
use super::roles::{MAX_ROLES, SKILL, check_quantity, too_many_roles};
use crate::access::{Member, Role};
use crate::db::Conn;
use crate::db::types::Timestamp;
use crate::domains::audit::service::{Action, Change, record};
use crate::domains::{orgs, projects};
use crate::error::{AppError, Result};
use crate::ids::{MissionId, ProjectId};
use crate::state::AppState;
use crate::validate;

/// Longest description of a place, in characters.
pub(super) const LOCATION: usize = 500;

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

/// New missions of one project.
#[derive(Clone, Debug)]
pub struct CreateMissions {
    pub project_id: ProjectId,
    pub missions: Vec<MissionSpec>,
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
    let specs = [input.mission.checked("mission")?];
    let made = create(state, who, input.project_id, &specs, "createMission").await?;
    made.into_iter().next().ok_or_else(AppError::not_found)
}

/// Makes missions with their roles, in the order of the input. If one of them is wrong, none is made.
///
/// # Errors
/// As [`create_mission`]. The field of an error names the mission: `missions.17.endsAt`.
pub async fn create_missions(
    state: &AppState,
    who: Member,
    input: CreateMissions,
) -> Result<Vec<Mission>> {
    who.require(Role::Manager)?;
    validate::not_empty("missions", &input.missions)?;
    let specs = input.missions.into_iter().enumerate();
    let specs: Vec<MissionSpec> = specs
        .map(|(i, spec)| spec.checked(&format!("missions.{i}")))
        .collect::<Result<_>>()?;
    create(state, who, input.project_id, &specs, "createMissions").await
}

async fn create(
    state: &AppState,
    who: Member,
    project_id: ProjectId,
    specs: &[MissionSpec],
    mutation: &'static str,
) -> Result<Vec<Mission>> {
    let needs_zone = specs.iter().any(|spec| spec.timezone.is_none());
    state
        .write(who, async |conn| {
            let now = state.clock.now();
            let (project, zone) = conn
                .both(
                    async |conn| {
                        projects::service::keep_for_planning_within(conn, who.org_id, project_id)
                            .await
                    },
                    async |conn| {
                        if needs_zone {
                            Ok(orgs::service::org_within(conn, who.org_id).await?.timezone)
                        } else {
                            Ok(String::new())
                        }
                    },
                )
                .await?;
            let action = Action::of(who, mutation, now, &state.random);
            insert_within(conn, action, project.id, specs, &zone).await
        })
        .await
}

/// Writes new missions with their roles. The project is locked. `zone` is the time zone of those that have none.
pub(super) async fn insert_within(
    conn: &mut Conn,
    action: Action<'_>,
    project_id: ProjectId,
    specs: &[MissionSpec],
    zone: &str,
) -> Result<Vec<Mission>> {
    let (mut missions, mut roles) = (Vec::with_capacity(specs.len()), Vec::new());
    for spec in specs {
        let mission = spec.row(action, project_id, zone);
        roles.extend(spec.role_rows(action, mission.id));
        missions.push(mission);
    }
    let of_mission = |row: &Mission| Change::created(row.id, row.facts());
    let of_role = |row: &MissionRole| Change::created(row.id, row.facts());
    let changes = missions.iter().map(of_mission);
    let changes = changes.chain(roles.iter().map(of_role)).collect();
    conn.both(
        async |conn| {
            repo::insert(conn, &missions).await?;
            repo::insert_roles(conn, &roles).await
        },
        async |conn| record(conn, action, changes).await,
    )
    .await?;
    Ok(missions)
}

impl MissionSpec {
    fn row(&self, action: Action<'_>, project_id: ProjectId, zone: &str) -> Mission {
        Mission {
            id: action.random.id(action.at),
            org_id: action.org_id,
            project_id,
            title: self.title.clone(),
            description: self.description.clone(),
            location: self.location.clone(),
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            timezone: self.timezone.clone().unwrap_or_else(|| zone.to_owned()),
            cancelled_at: None,
            created_at: action.at,
            updated_at: action.at,
            version: 1,
        }
    }

    fn role_rows(&self, action: Action<'_>, mission_id: MissionId) -> Vec<MissionRole> {
        let row = |(position, spec): (i32, &RoleSpec)| spec.row(action, mission_id, position);
        (0..).zip(&self.roles).map(row).collect()
    }

    /// Validates and trims the input. `field` is its path in the mutation's input.
    fn checked(self, field: &str) -> Result<Self> {
        let at = |name: &str| format!("{field}.{name}");
        validate::planned(
            (&at("startsAt"), self.starts_at),
            (&at("endsAt"), self.ends_at),
            LONGEST_DAYS,
        )?;
        if self.roles.len() > MAX_ROLES.into() {
            return Err(too_many_roles(at("roles")));
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
            location: validate::optional(&at("location"), self.location.as_deref(), LOCATION)?,
            timezone: self.timezone.map(zone).transpose()?,
            roles: roles
                .map(|(i, role)| role.checked(&at(&format!("roles.{i}"))))
                .collect::<Result<_>>()?,
            ..self
        })
    }
}

impl RoleSpec {
    pub(super) fn row(
        &self,
        action: Action<'_>,
        mission_id: MissionId,
        position: i32,
    ) -> MissionRole {
        MissionRole {
            id: action.random.id(action.at),
            org_id: action.org_id,
            mission_id,
            name: self.name.clone(),
            skill: self.skill.clone(),
            quantity: self.quantity,
            position,
            deleted_at: None,
        }
    }

    /// Validates and trims the input. `field` is its path in the mutation's input.
    pub(super) fn checked(self, field: &str) -> Result<Self> {
        let at = |name: &str| format!("{field}.{name}");
        check_quantity(&at("quantity"), self.quantity)?;
        let skill = validate::optional(&at("skill"), self.skill.as_deref(), SKILL)?;
        Ok(Self {
            name: validate::text(&at("name"), &self.name, validate::NAME)?,
            skill,
            quantity: self.quantity,
        })
    }
}
