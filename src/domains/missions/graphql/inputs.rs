use async_graphql::{ID, InputObject};

use super::super::model;
use super::super::service::{CreateMission, CreateMissions, MissionSpec, RoleSpec};
use crate::error::Result;
use crate::graphql::id::{decode, decode_optional};
use crate::graphql::scalar::{DateTime, optional};
use crate::validate;

/// Selects missions. All fields that are set must match. `from` and `to` select missions that overlap the time `[from,
/// to)`.
#[derive(InputObject, Default)]
pub struct MissionFilter {
    /// Only missions of this project.
    project_id: Option<ID>,
    /// Only missions that end after this instant.
    from: Option<DateTime>,
    /// Only missions that start before this instant.
    to: Option<DateTime>,
    /// Part of the title. The search ignores case and accents. It treats apostrophes, hyphens and spaces alike.
    search: Option<String>,
    /// Whether to include cancelled missions.
    #[graphql(default_with = "Some(false)")]
    include_cancelled: Option<bool>,
    /// If true, only missions with open places. If false, only missions without open places.
    understaffed: Option<bool>,
}

impl MissionFilter {
    /// The filter of the service.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` at the field that does not read.
    pub fn read(self) -> Result<model::MissionFilter> {
        let from = optional(self.from.as_ref(), "filter.from")?;
        let to = optional(self.to.as_ref(), "filter.to")?;
        if let (Some(from), Some(to)) = (from, to) {
            validate::interval("filter.to", from, to)?;
        }
        Ok(model::MissionFilter {
            project_id: decode_optional(self.project_id.as_ref(), "filter.projectId")?,
            from,
            to,
            search: validate::search(self.search.as_deref())?,
            include_cancelled: self.include_cancelled.unwrap_or_default(),
            understaffed: self.understaffed,
        })
    }
}

/// A new role of a mission.
#[derive(InputObject)]
pub(super) struct MissionRoleInput {
    /// The name of the role, at most 200 characters.
    name: String,
    /// The skill that the role needs, if any.
    skill: Option<String>,
    /// The number of people that the role needs: 1 to 1,000.
    #[graphql(default_with = "Some(1)")]
    quantity: Option<i32>,
}

impl MissionRoleInput {
    pub(super) fn read(self) -> RoleSpec {
        RoleSpec {
            name: self.name,
            skill: self.skill,
            quantity: self.quantity.unwrap_or(1),
        }
    }
}

/// A new mission: work at one place during the time `[startsAt, endsAt)`.
#[derive(InputObject)]
pub(super) struct MissionInput {
    /// The title of the mission, at most 200 characters.
    title: String,
    /// A description of the mission, at most 10,000 characters.
    description: Option<String>,
    /// The place, at most 500 characters.
    location: Option<String>,
    /// When the mission starts. It may be in the past, but not before 1970.
    starts_at: DateTime,
    /// When the mission ends. It must be after `startsAt`, at most 31 days later, and not after the year 2199.
    ends_at: DateTime,
    /// The IANA time zone in which to show the mission. By default it is the zone of the organisation.
    timezone: Option<String>,
    /// The roles that the mission needs, at most 100.
    #[graphql(default_with = "Some(Vec::new())")]
    roles: Option<Vec<MissionRoleInput>>,
}

/// A new mission and its project.
#[derive(InputObject)]
pub(super) struct CreateMissionInput {
    /// The id of the project.
    project_id: ID,
    /// The mission.
    mission: MissionInput,
}

impl CreateMissionInput {
    pub(super) fn read(self) -> Result<CreateMission> {
        Ok(CreateMission {
            project_id: decode(&self.project_id, "projectId")?,
            mission: self.mission.read("mission")?,
        })
    }
}

/// New missions of one project.
#[derive(InputObject)]
pub(super) struct CreateMissionsInput {
    /// The id of the project.
    project_id: ID,
    /// The missions: 1 to 500.
    missions: Vec<MissionInput>,
}

impl CreateMissionsInput {
    pub(super) fn read(self) -> Result<CreateMissions> {
        let missions = self.missions.into_iter().enumerate();
        Ok(CreateMissions {
            project_id: decode(&self.project_id, "projectId")?,
            missions: missions
                .map(|(i, mission)| mission.read(&format!("missions.{i}")))
                .collect::<Result<_>>()?,
        })
    }
}

impl MissionInput {
    fn read(self, field: &str) -> Result<MissionSpec> {
        Ok(MissionSpec {
            title: self.title,
            description: self.description,
            location: self.location,
            starts_at: self.starts_at.get(&format!("{field}.startsAt"))?,
            ends_at: self.ends_at.get(&format!("{field}.endsAt"))?,
            timezone: self.timezone,
            roles: self
                .roles
                .unwrap_or_default()
                .into_iter()
                .map(MissionRoleInput::read)
                .collect(),
        })
    }
}
