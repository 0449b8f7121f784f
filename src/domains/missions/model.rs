//! Rows of missions and their roles.

use async_graphql::Enum;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::db::schema::{mission_roles, missions};
use crate::db::types::Timestamp;
use crate::extent::Parts;
use crate::ids::{Entity, MissionId, OrgId, ProjectId, RoleId};
use crate::interval::Interval;
use crate::page::{Listed, Position};

/// The longest mission, in days of 24 hours. A tour is several missions.
pub const LONGEST_DAYS: i64 = 31;

/// A piece of work `[starts_at, ends_at)`.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = missions, treat_none_as_default_value = false)]
pub struct Mission {
    pub id: MissionId,
    pub org_id: OrgId,
    pub project_id: ProjectId,
    pub title: String,
    pub description: Option<String>,
    pub location: Option<String>,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    /// The IANA time zone in which to show the mission.
    pub timezone: String,
    /// When the mission was cancelled.
    pub cancelled_at: Option<Timestamp>,
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// Increases with each change.
    pub version: i32,
}

impl Entity for Mission {
    const PREFIX: &str = "mission";
    const TYPE: &str = "Mission";
}

/// What lists usually show of a mission.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = missions)]
pub struct MissionBrief {
    pub id: MissionId,
    pub project_id: ProjectId,
    pub title: String,
    pub location: Option<String>,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    /// The IANA time zone in which to show the mission.
    pub timezone: String,
    /// When the mission was cancelled.
    pub cancelled_at: Option<Timestamp>,
}

/// The rest of what the schema shows of a mission, as in [`Mission`].
#[derive(Clone, Debug)]
pub struct MissionRest {
    pub description: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub version: i32,
}

/// A mission as far as it was read.
pub type MissionParts = Parts<MissionBrief, MissionRest>;

impl From<Mission> for MissionParts {
    fn from(row: Mission) -> Self {
        let brief = MissionBrief {
            id: row.id,
            project_id: row.project_id,
            title: row.title,
            location: row.location,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            timezone: row.timezone,
            cancelled_at: row.cancelled_at,
        };
        let rest = MissionRest {
            description: row.description,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        };
        Self::whole(brief, rest)
    }
}

/// By start.
impl Listed for MissionParts {
    type Of = Mission;
    type Key = Timestamp;
    type KeyColumn = missions::starts_at;
    type IdColumn = missions::id;

    fn position(&self) -> Position<Self> {
        (self.brief.starts_at, self.brief.id)
    }
}

impl Mission {
    /// When it is.
    #[must_use]
    pub fn interval(&self) -> Interval {
        Interval {
            starts_at: self.starts_at,
            ends_at: self.ends_at,
        }
    }

    /// The mission with its next version.
    #[must_use]
    pub fn changed(&self, at: Timestamp) -> Self {
        Self {
            updated_at: at,
            version: self.version + 1,
            ..self.clone()
        }
    }

    /// What the audit log says of it.
    #[must_use]
    pub fn facts(&self) -> Value {
        json!({
            "project": self.project_id,
            "title": self.title,
            "description": self.description,
            "location": self.location,
            "startsAt": self.starts_at.to_rfc3339(),
            "endsAt": self.ends_at.to_rfc3339(),
            "timezone": self.timezone,
            "cancelledAt": self.cancelled_at.map(Timestamp::to_rfc3339),
        })
    }
}

/// A role of a mission: a kind of work, and the number of people that it needs.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = mission_roles, treat_none_as_default_value = false)]
pub struct MissionRole {
    pub id: RoleId,
    pub org_id: OrgId,
    pub mission_id: MissionId,
    pub name: String,
    /// The skill that the role needs.
    pub skill: Option<String>,
    pub quantity: i32,
    /// The position among the mission's roles, from 0.
    pub position: i32,
    /// When it was deleted. It stays for the assignments that it had.
    pub deleted_at: Option<Timestamp>,
}

impl Entity for MissionRole {
    const PREFIX: &str = "role";
    const TYPE: &str = "MissionRole";
}

impl MissionRole {
    /// What the audit log says of it.
    #[must_use]
    pub fn facts(&self) -> Value {
        json!({
            "mission": self.mission_id,
            "name": self.name,
            "skill": self.skill,
            "quantity": self.quantity,
        })
    }
}

/// What rescheduling a mission means for an assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum RescheduleEffect {
    /// The new time lies within the old one, so nothing changes for the person.
    Kept,
    /// The person is asked about the new time: an ACCEPTED assignment becomes INVITED, and an INVITED one stays so.
    /// Links that were sent before do not work any more.
    Reconfirm,
    /// As RECONFIRM, and the person has ACCEPTED other assignments at the new time.
    Conflict,
}

/// Which missions to return.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct MissionFilter {
    /// Those of one project.
    pub project_id: Option<ProjectId>,
    /// Those that end after this instant.
    pub from: Option<Timestamp>,
    /// Those that start before this instant.
    pub to: Option<Timestamp>,
    /// A `LIKE` pattern on the folded title.
    pub search: Option<String>,
    /// Also those that are cancelled.
    pub include_cancelled: bool,
    /// If true, only missions with open places; if false, only those without.
    pub understaffed: Option<bool>,
}
