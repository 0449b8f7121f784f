//! Projects in the schema.

mod inputs;
mod types;

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, SimpleObject};

use inputs::{
    CreateProjectInput, DeleteProjectInput, ProjectFilter, SetProjectStatusInput,
    UpdateProjectInput,
};
pub use types::Project;

use super::{model, service};
use crate::domains::missions;
use crate::graphql::connection::{Connection, page};
use crate::graphql::context::{load, member, state};
use crate::graphql::execute::by_id::ById;
use crate::graphql::execute::object::One;
use crate::graphql::guard::{ADMIN, MANAGER, TECH};
use crate::graphql::id::decode;
use crate::page::PageArgs;

/// A project that was created or changed.
#[derive(SimpleObject)]
struct ProjectPayload {
    /// The project.
    project: One<Project>,
}

impl From<model::Project> for ProjectPayload {
    fn from(row: model::Project) -> Self {
        Self {
            project: One(Project(row)),
        }
    }
}

/// A project that was deleted.
#[derive(SimpleObject)]
struct DeleteProjectPayload {
    /// The id that the project had.
    project_id: ID,
}

/// Queries of projects.
#[derive(Default)]
pub struct ProjectQuery;

#[Object]
impl ProjectQuery {
    /// The project with this id. Null if there is none in your organisation.
    #[graphql(guard = TECH)]
    async fn project(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the project.")] id: ID,
    ) -> Result<Option<One<Arc<Project>>>> {
        let id = decode(&id, "id")?;
        Ok(load(ctx, ById::<Project>(id)).await?.map(One))
    }

    /// The projects of the organisation, by name.
    #[graphql(guard = TECH)]
    async fn projects(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which projects to return.")] filter: Option<ProjectFilter>,
        #[graphql(desc = "How many rows from the start: 0 to 200.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end: 0 to 200.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<One<Connection<Project>>> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let (page, filter) = (page(ctx, &args)?, filter.unwrap_or_default().read()?);
        let projects = service::list_projects(state(ctx), member(ctx)?, &filter, &page).await?;
        Ok(One(projects.into()))
    }
}

/// Mutations of projects.
#[derive(Default)]
pub struct ProjectMutation;

#[Object]
impl ProjectMutation {
    /// Creates a project. Needs MANAGER or above.
    #[graphql(guard = MANAGER)]
    async fn create_project(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: CreateProjectInput,
    ) -> Result<One<ProjectPayload>> {
        let project = service::create_project(state(ctx), member(ctx)?, input.read()).await?;
        Ok(One(project.into()))
    }

    /// Changes the texts of a project. Needs MANAGER or above. An ARCHIVED project cannot be changed
    /// (`MISSION_CLOSED`). The version increases if anything differs.
    #[graphql(guard = MANAGER)]
    async fn update_project(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: UpdateProjectInput,
    ) -> Result<One<ProjectPayload>> {
        let project = service::update_project(state(ctx), member(ctx)?, input.read()?).await?;
        Ok(One(project.into()))
    }

    /// Changes the status of a project. Needs MANAGER or above, and ADMIN or above to make an ARCHIVED project ACTIVE.
    /// Setting the status that the project already has changes nothing. A step that the statuses do not allow is
    /// `INVALID_TRANSITION`.
    #[graphql(guard = MANAGER)]
    async fn set_project_status(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: SetProjectStatusInput,
    ) -> Result<One<ProjectPayload>> {
        let project = service::set_project_status(state(ctx), member(ctx)?, input.read()?).await?;
        Ok(One(project.into()))
    }

    /// Deletes a project with its missions and their roles. Needs ADMIN or above. If any of the missions has an
    /// assignment, also a DECLINED or CANCELLED one, the mutation fails with `IN_USE`. A project with more than 5,000 missions
    /// and roles in all cannot be deleted.
    #[graphql(guard = ADMIN)]
    async fn delete_project(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: DeleteProjectInput,
    ) -> Result<One<DeleteProjectPayload>> {
        let id = decode(&input.id, "id")?;
        missions::service::delete_project(state(ctx), member(ctx)?, id).await?;
        Ok(One(DeleteProjectPayload {
            project_id: id.into(),
        }))
    }
}
