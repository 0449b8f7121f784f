//! The inputs of mutations that change missions.

use async_graphql::{ID, InputObject, MaybeUndefined};

use super::super::service::{
    AddMissionRole, CancelMission, DuplicateMission, RescheduleMission, UpdateMission,
    UpdateMissionRole,
};
use super::inputs::MissionRoleInput;
use crate::error::Result;
use crate::graphql::id::decode;
use crate::graphql::scalar::DateTime;

/// What to change in a mission. A field that is left out stays as it is.
#[derive(InputObject)]
pub(super) struct UpdateMissionInput {
    /// The id of the mission.
    id: ID,
    /// The version that you have read. If the mission has another one now, the mutation fails with `VERSION_CONFLICT`.
    expected_version: Option<i32>,
    /// The title of the mission, at most 200 characters. It must not be null.
    title: MaybeUndefined<String>,
    /// A description of the mission, at most 10,000 characters. Null removes it.
    description: MaybeUndefined<String>,
    /// The place, at most 500 characters. Null removes it.
    location: MaybeUndefined<String>,
    /// The IANA time zone in which to show the mission. It must not be null.
    timezone: MaybeUndefined<String>,
}

impl UpdateMissionInput {
    pub(super) fn read(self) -> Result<UpdateMission> {
        Ok(UpdateMission {
            id: decode(&self.id, "id")?,
            expected_version: self.expected_version,
            title: self.title.into(),
            description: self.description.into(),
            location: self.location.into(),
            timezone: self.timezone.into(),
        })
    }
}

/// The mission to move, and its new time `[startsAt, endsAt)`.
#[derive(InputObject)]
pub(super) struct RescheduleMissionInput {
    /// The id of the mission.
    id: ID,
    /// The version that you have read. If the mission has another one now, the mutation fails with `VERSION_CONFLICT`.
    expected_version: Option<i32>,
    /// When the mission starts, as in `MissionInput`.
    starts_at: DateTime,
    /// When the mission ends, as in `MissionInput`. A time that is already over is refused, unless it lies within the
    /// present time of the mission.
    ends_at: DateTime,
    /// Whether only to tell what would happen. Nothing is changed then.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
}

impl RescheduleMissionInput {
    pub(super) fn read(self) -> Result<RescheduleMission> {
        Ok(RescheduleMission {
            id: decode(&self.id, "id")?,
            expected_version: self.expected_version,
            starts_at: self.starts_at.get("startsAt")?,
            ends_at: self.ends_at.get("endsAt")?,
            dry_run: self.dry_run.unwrap_or_default(),
        })
    }
}

/// The mission to copy.
#[derive(InputObject)]
pub(super) struct DuplicateMissionInput {
    /// The id of the mission.
    id: ID,
    /// When the copy starts, as in `MissionInput`. It takes as many hours as the mission.
    starts_at: DateTime,
    /// The title of the copy, at most 200 characters. By default it is the title of the mission.
    title: Option<String>,
}

impl DuplicateMissionInput {
    pub(super) fn read(self) -> Result<DuplicateMission> {
        Ok(DuplicateMission {
            id: decode(&self.id, "id")?,
            starts_at: self.starts_at.get("startsAt")?,
            title: self.title,
        })
    }
}

/// The mission to cancel.
#[derive(InputObject)]
pub(super) struct CancelMissionInput {
    /// The id of the mission.
    id: ID,
    /// Why the mission is cancelled, at most 10,000 characters. The assignments that are cancelled get it as their
    /// `reason`.
    reason: Option<String>,
}

impl CancelMissionInput {
    pub(super) fn read(self) -> Result<CancelMission> {
        Ok(CancelMission {
            id: decode(&self.id, "id")?,
            reason: self.reason,
        })
    }
}

/// A role to add to a mission.
#[derive(InputObject)]
pub(super) struct AddMissionRoleInput {
    /// The id of the mission. It can have at most 100 roles.
    mission_id: ID,
    /// The role.
    role: MissionRoleInput,
}

impl AddMissionRoleInput {
    pub(super) fn read(self) -> Result<AddMissionRole> {
        Ok(AddMissionRole {
            mission_id: decode(&self.mission_id, "missionId")?,
            role: self.role.read(),
        })
    }
}

/// What to change in a role. A field that is left out stays as it is.
#[derive(InputObject)]
pub(super) struct UpdateMissionRoleInput {
    /// The id of the role.
    id: ID,
    /// The name of the role, at most 200 characters. It must not be null.
    name: MaybeUndefined<String>,
    /// The skill that the role needs, at most 100 characters. Null means that it needs none.
    skill: MaybeUndefined<String>,
    /// The number of people that the role needs: 1 to 1,000. It must not be null, nor below the number of ACCEPTED
    /// assignments.
    quantity: MaybeUndefined<i32>,
}

impl UpdateMissionRoleInput {
    pub(super) fn read(self) -> Result<UpdateMissionRole> {
        Ok(UpdateMissionRole {
            id: decode(&self.id, "id")?,
            name: self.name.into(),
            skill: self.skill.into(),
            quantity: self.quantity.into(),
        })
    }
}

/// The role to delete.
#[derive(InputObject)]
pub(super) struct DeleteMissionRoleInput {
    /// The id of the role.
    pub id: ID,
}
