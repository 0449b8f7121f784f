//! Missions and their roles in the schema.

mod inputs;
mod loaders;
mod types;

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, SimpleObject};

use inputs::CreateMissionInput;
pub use inputs::MissionFilter;
pub use loaders::MissionsOf;
pub use types::{Mission, MissionRole};

use super::service;
use crate::graphql::connection::{Connection, page};
use crate::graphql::context::{load, member, state};
use crate::graphql::execute::by_id::ById;
use crate::graphql::execute::object::One;
use crate::graphql::guard::{MANAGER, TECH};
use crate::graphql::id::decode;
use crate::page::PageArgs;

/// The mission that was created.
#[derive(SimpleObject)]
struct MissionPayload {
    /// The mission.
    mission: One<Mission>,
}

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
        Ok(load(ctx, ById::<Mission>(id)).await?.map(One))
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
        let missions = service::list_missions(state(ctx), member(ctx)?, &filter, &page).await?;
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
        Ok(One(MissionPayload {
            mission: One(Mission(mission)),
        }))
    }
}
