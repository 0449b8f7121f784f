use async_graphql::{ID, InputObject};

use super::super::model;
use super::super::service::{CreateMission, MissionSpec, RoleSpec};
use crate::error::Result;
use crate::graphql::id::{decode, decode_optional};
use crate::graphql::scalar::{DateTime, optional};
use crate::validate;

/// Which missions to list. `from`/`to` select missions that overlap `[from, to)`.
#[derive(InputObject, Default)]
pub struct MissionFilter {
    /// The missions of one project.
    project_id: Option<ID>,
    /// Missions that are not over at this instant.
    from: Option<DateTime>,
    /// Missions that start before this instant.
    to: Option<DateTime>,
    /// Part of the title; case, accents, apostrophes and hyphens do not matter.
    search: Option<String>,
    /// Also missions that are cancelled. Not there yet: `cancelMission`.
    #[graphql(default_with = "Some(false)")]
    include_cancelled: Option<bool>,
    /// true: missions with an open place; false: those without.
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

/// A role that a mission asks for.
#[derive(InputObject)]
pub(super) struct MissionRoleInput {
    /// What it is called; at most 200 characters.
    name: String,
    /// The skill that the work asks for, if any.
    skill: Option<String>,
    /// How many people: 1 to 1,000.
    #[graphql(default_with = "Some(1)")]
    quantity: Option<i32>,
}

/// A piece of work at one place, `[startsAt, endsAt)`.
#[derive(InputObject)]
pub(super) struct MissionInput {
    /// What it is called; at most 200 characters.
    title: String,
    /// What it is about; at most 10,000 characters.
    description: Option<String>,
    /// Where it is; at most 500 characters.
    location: Option<String>,
    /// When it starts.
    starts_at: DateTime,
    /// When it is over; after the start.
    ends_at: DateTime,
    /// IANA zone name in which its day is read; the organisation's by default.
    timezone: Option<String>,
    /// The roles that it asks for; at most 100.
    #[graphql(default_with = "Some(Vec::new())")]
    roles: Option<Vec<MissionRoleInput>>,
}

/// A new mission of a project.
#[derive(InputObject)]
pub(super) struct CreateMissionInput {
    /// The project.
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

impl MissionInput {
    fn read(self, field: &str) -> Result<MissionSpec> {
        let role = |role: MissionRoleInput| RoleSpec {
            name: role.name,
            skill: role.skill,
            quantity: role.quantity.unwrap_or(1),
        };
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
                .map(role)
                .collect(),
        })
    }
}
