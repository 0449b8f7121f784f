//! Missions and their roles in the schema.

mod changes;
mod inputs;
mod loaders;
mod payloads;
mod types;

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};

use changes::{
    AddMissionRoleInput, CancelMissionInput, DeleteMissionRoleInput, DuplicateMissionInput,
    RescheduleMissionInput, UpdateMissionInput, UpdateMissionRoleInput,
};
pub use inputs::MissionFilter;
use inputs::{CreateMissionInput, CreateMissionsInput};
pub use loaders::MissionsOf;
use payloads::{
    DeleteMissionRolePayload, MissionPayload, MissionRolePayload, MissionsPayload,
    ReschedulePayload,
};
pub use types::{Mission, MissionRole};

use super::service;
use crate::graphql::brief::{extent_of_nodes, load_row};
use crate::graphql::connection::{Connection, page};
use crate::graphql::context::{member, state};
use crate::graphql::execute::object::One;
use crate::graphql::guard::{MANAGER, TECH};
use crate::graphql::id::decode;
use crate::page::PageArgs;

/// Queries of missions.
#[derive(Default)]
pub struct MissionQuery;

#[Object]
impl MissionQuery {
    /// The mission with this id. Null if there is none in your organisation.
    #[graphql(guard = TECH)]
    async fn mission(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the mission.")] id: ID,
    ) -> Result<Option<One<Arc<Mission>>>> {
        let id = decode(&id, "id")?;
        Ok(load_row(ctx, id).await?.map(One))
    }

    /// The missions of the organisation, by start.
    #[graphql(guard = TECH)]
    async fn missions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which missions to return.")] filter: Option<MissionFilter>,
        #[graphql(desc = "How many rows from the start: 0 to 200.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end: 0 to 200.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<One<Connection<Mission>>> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let (page, filter) = (page(ctx, &args)?, filter.unwrap_or_default().read()?);
        let (state, who, extent) = (state(ctx), member(ctx)?, extent_of_nodes::<Mission>(ctx));
        let missions = service::list_missions(state, who, &filter, &page, extent).await?;
        Ok(One(missions.into()))
    }
}

/// Mutations of missions.
#[derive(Default)]
pub struct MissionMutation;

#[Object]
impl MissionMutation {
    /// Creates a mission with its roles. Needs MANAGER or above.
    #[graphql(guard = MANAGER)]
    async fn create_mission(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: CreateMissionInput,
    ) -> Result<One<MissionPayload>> {
        let mission = service::create_mission(state(ctx), member(ctx)?, input.read()?).await?;
        Ok(One(mission.into()))
    }

    /// Creates missions with their roles in one project. Needs MANAGER or above. If one of them is not valid, none is
    /// created, and `extensions.field` names it: `missions.17.endsAt`.
    #[graphql(guard = MANAGER)]
    async fn create_missions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: CreateMissionsInput,
    ) -> Result<One<MissionsPayload>> {
        let missions = service::create_missions(state(ctx), member(ctx)?, input.read()?).await?;
        Ok(One(missions.into()))
    }

    /// Changes the texts and the time zone of a mission, also of one that is over or cancelled. Needs MANAGER or above.
    /// `rescheduleMission` changes its time. The version increases if anything differs.
    #[graphql(guard = MANAGER)]
    async fn update_mission(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: UpdateMissionInput,
    ) -> Result<One<MissionPayload>> {
        let mission = service::update_mission(state(ctx), member(ctx)?, input.read()?).await?;
        Ok(One(mission.into()))
    }

    /// Moves a mission to another time, and says what that means for the people on it. Needs MANAGER or above. If the
    /// new time lies within the old one, nothing changes for them. Otherwise all of them are asked anew: ACCEPTED
    /// becomes INVITED, and the links that were sent so far do not work any more. A mission that has started can be
    /// moved until it has ended. One that has ended or is cancelled is `MISSION_CLOSED`. If somebody on it was archived
    /// while it ran, and would have to be asked anew or would be on a mission that has not started, it is `IN_USE`.
    #[graphql(guard = MANAGER)]
    async fn reschedule_mission(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: RescheduleMissionInput,
    ) -> Result<One<ReschedulePayload>> {
        let input = input.read()?;
        let applied = !input.dry_run;
        let moving = service::reschedule_mission(state(ctx), member(ctx)?, input);
        // It is large: on the heap it does not make the futures around it larger.
        let moved = Box::pin(moving).await?;
        Ok(One(ReschedulePayload::new(moved, applied)))
    }

    /// Copies a mission with its roles to another time, without the people on it. Needs MANAGER or above. The copy takes
    /// as many hours as the mission, also over a night in which the clocks change.
    #[graphql(guard = MANAGER)]
    async fn duplicate_mission(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: DuplicateMissionInput,
    ) -> Result<One<MissionPayload>> {
        let mission = service::duplicate_mission(state(ctx), member(ctx)?, input.read()?).await?;
        Ok(One(mission.into()))
    }

    /// Cancels a mission and the INVITED and ACCEPTED assignments on it. Needs MANAGER or above. A mission that has
    /// started is `MISSION_CLOSED`. Cancelling a mission again succeeds and changes nothing.
    #[graphql(guard = MANAGER)]
    async fn cancel_mission(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: CancelMissionInput,
    ) -> Result<One<MissionPayload>> {
        let mission = service::cancel_mission(state(ctx), member(ctx)?, input.read()?).await?;
        Ok(One(mission.into()))
    }

    /// Adds a role to a mission, behind its other roles. Needs MANAGER or above.
    #[graphql(guard = MANAGER)]
    async fn add_mission_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: AddMissionRoleInput,
    ) -> Result<One<MissionRolePayload>> {
        let role = service::add_mission_role(state(ctx), member(ctx)?, input.read()?).await?;
        Ok(One(role.into()))
    }

    /// Changes a role of a mission. Needs MANAGER or above. The version of the mission increases if anything differs.
    #[graphql(guard = MANAGER)]
    async fn update_mission_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: UpdateMissionRoleInput,
    ) -> Result<One<MissionRolePayload>> {
        let role = service::update_mission_role(state(ctx), member(ctx)?, input.read()?).await?;
        Ok(One(role.into()))
    }

    /// Deletes a role that has no INVITED or ACCEPTED assignments; otherwise it is `IN_USE`. Needs MANAGER or above.
    /// The mission does not list the role any more. Its DECLINED and CANCELLED assignments are kept and still show it.
    #[graphql(guard = MANAGER)]
    async fn delete_mission_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: DeleteMissionRoleInput,
    ) -> Result<One<DeleteMissionRolePayload>> {
        let id = decode(&input.id, "id")?;
        service::delete_mission_role(state(ctx), member(ctx)?, id).await?;
        Ok(One(DeleteMissionRolePayload { role_id: id.into() }))
    }
}
