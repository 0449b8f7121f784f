use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};

use super::super::model::{self, ProjectStatus};
use super::super::service;
use crate::access::Requester;
use crate::domains::bookings::graphql::{ProjectStaffing, Staffing};
use crate::domains::missions::graphql::{Mission, MissionFilter, MissionsOf};
use crate::error;
use crate::graphql::brief::extent_of_nodes;
use crate::graphql::connection::{Connection, page};
use crate::graphql::context::{load, load_one};
use crate::graphql::execute::by_id::{ById, Lookup, ValuesOf};
use crate::graphql::execute::object::One;
use crate::graphql::execute::pages::PageOf;
use crate::graphql::scalar::DateTime;
use crate::ids::ProjectId;
use crate::page::PageArgs;
use crate::state::AppState;

/// `Project` of the schema.
pub struct Project(pub model::Project);

/// A project, such as a show, a tour or a festival day. It contains missions.
#[Object]
impl Project {
    /// TypeID with the prefix `project`.
    pub async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// The name of the project. It is unique in the organisation; case is ignored.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// A description of the project.
    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// The status of the project.
    async fn status(&self) -> ProjectStatus {
        self.0.status
    }

    /// When the project was created.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When the project was last changed.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }

    /// Increases with each change. Send it as `expectedVersion` when you change the project.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// The missions of the project, by start.
    async fn missions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which missions to return.")] filter: Option<MissionFilter>,
        #[graphql(desc = "How many rows from the start: 0 to 200.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end: 0 to 200.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<One<Arc<Connection<Mission>>>> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let filter = filter.unwrap_or_default().read()?;
        let key = PageOf::<MissionsOf> {
            parent: self.0.id,
            filter: (filter, extent_of_nodes::<Mission>(ctx)),
            page: page(ctx, &args)?,
        };
        Ok(One(load_one(ctx, key).await?))
    }

    /// How many places of the project's missions are filled. Cancelled missions do not count.
    async fn staffing(&self, ctx: &Context<'_>) -> Result<One<Arc<Staffing>>> {
        let staffing = load(ctx, ById::<ProjectStaffing>(self.0.id)).await?;
        Ok(One(staffing.unwrap_or_default()))
    }
}

impl From<model::Project> for Project {
    fn from(row: model::Project) -> Self {
        Self(row)
    }
}

/// Projects of the organisation.
impl Lookup for Project {
    type Of = model::Project;
    type Value = Self;

    async fn load(
        state: &AppState,
        who: &Requester,
        ids: &[ProjectId],
    ) -> error::Result<ValuesOf<Self>> {
        let rows = service::projects(state, who.member()?, ids).await?;
        Ok(rows.into_iter().map(|row| (row.id, Self(row))).collect())
    }
}
