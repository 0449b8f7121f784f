//! Projects in the schema.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::model::{self, ProjectStatus};
use super::service::{self, CreateProject};
use crate::access::Requester;
use crate::db::types::Id;
use crate::domains::missions::graphql::{
    Mission, MissionFilter, MissionsOf, ProjectStaffing, Staffing,
};
use crate::domains::validate;
use crate::error;
use crate::graphql::connection::{Connection, connection, wants_total};
use crate::graphql::context::{load, load_one, member, state};
use crate::graphql::execute::loader::Key;
use crate::graphql::execute::object::One;
use crate::graphql::guard::{MANAGER, TECH};
use crate::graphql::id::{decode, id_of};
use crate::graphql::scalar::DateTime;
use crate::ids::Kind;
use crate::page::{Page, PageArgs};
use crate::state::State;

/// `Project` of the schema.
pub struct Project(pub model::Project);

/// A show, a tour, a festival day: what missions belong to.
#[Object]
impl Project {
    /// TypeID with the prefix `project`.
    pub async fn id(&self) -> ID {
        id_of(Kind::Project, self.0.id)
    }

    /// Its name, unique in the organisation in any case.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What it is about.
    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// Where it stands.
    async fn status(&self) -> ProjectStatus {
        self.0.status
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it was changed last.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }

    /// Raised by each change; give it back as expectedVersion.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// Its missions, by start.
    async fn missions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which missions to list.")] filter: Option<MissionFilter>,
        #[graphql(desc = "At most so many from the start: 0 to 200.")] first: Option<i32>,
        #[graphql(desc = "Only what comes behind this cursor.")] after: Option<String>,
        #[graphql(desc = "At most so many from the end: 0 to 200.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<One<Arc<Connection<Mission>>>> {
        let page = PageArgs {
            first,
            after,
            last,
            before,
        };
        Page::<crate::db::types::Timestamp>::new(Kind::Mission, &page)?;
        let filter = filter.unwrap_or_default().read()?;
        let key = MissionsOf {
            project_id: self.0.id,
            filter,
            page,
            count: wants_total(ctx),
        };
        Ok(One(load_one(ctx, key).await?))
    }

    /// How far the places of its missions are filled; cancelled missions do not count.
    async fn staffing(&self, ctx: &Context<'_>) -> Result<One<Arc<Staffing>>> {
        let staffing = load(ctx, ProjectStaffing(self.0.id)).await?;
        Ok(One(staffing.unwrap_or_default()))
    }
}

/// Loads projects of the organisation.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ProjectById(pub Id);

impl Key for ProjectById {
    type Value = Project;

    async fn load(
        state: &State,
        who: &Requester,
        keys: Vec<Self>,
    ) -> error::Result<HashMap<Self, Self::Value>> {
        let ids: Vec<Id> = keys.into_iter().map(|key| key.0).collect();
        let rows = service::projects(state, who.member()?, &ids).await?;
        let found = rows.into_iter();
        Ok(found.map(|row| (Self(row.id), Project(row))).collect())
    }
}

/// Which projects to list.
#[derive(InputObject, Default)]
struct ProjectFilter {
    /// Projects that stand at any of these.
    status: Option<Vec<ProjectStatus>>,
    /// Part of the name; case, accents, apostrophes and hyphens do not matter.
    search: Option<String>,
}

/// A new project; it starts as a DRAFT.
#[derive(InputObject)]
struct CreateProjectInput {
    /// Its name, at most 200 characters; no other project of the organisation has it, in any case.
    name: String,
    /// What it is about; at most 10,000 characters.
    description: Option<String>,
}

/// A project that was made or changed.
#[derive(SimpleObject)]
struct ProjectPayload {
    /// The project.
    project: One<Project>,
}

/// Queries of projects.
#[derive(Default)]
pub struct ProjectQuery;

#[Object]
impl ProjectQuery {
    /// A project.
    #[graphql(guard = TECH)]
    async fn project(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The project's id.")] id: ID,
    ) -> Result<Option<One<Arc<Project>>>> {
        let id = decode(Kind::Project, &id, "id")?;
        Ok(load(ctx, ProjectById(id)).await?.map(One))
    }

    /// By name.
    #[graphql(guard = TECH)]
    async fn projects(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which projects to list.")] filter: Option<ProjectFilter>,
        #[graphql(desc = "At most so many from the start: 0 to 200.")] first: Option<i32>,
        #[graphql(desc = "Only what comes behind this cursor.")] after: Option<String>,
        #[graphql(desc = "At most so many from the end: 0 to 200.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<One<Connection<Project>>> {
        let page = Page::new(
            Kind::Project,
            &PageArgs {
                first,
                after,
                last,
                before,
            },
        )?;
        let filter = filter.unwrap_or_default();
        let filter = service::ProjectFilter {
            search: validate::search(filter.search.as_deref())?,
            status: filter.status,
        };
        let count = wants_total(ctx);
        let (slice, total) =
            service::list_projects(state(ctx), member(ctx)?, &filter, &page, count).await?;
        let key = |row: &model::Project| (row.name_folded.clone(), row.id);
        Ok(One(connection(slice, total, key, Project)))
    }
}

/// Mutations of projects.
#[derive(Default)]
pub struct ProjectMutation;

#[Object]
impl ProjectMutation {
    /// Makes a project. MANAGER.
    #[graphql(guard = MANAGER)]
    async fn create_project(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: CreateProjectInput,
    ) -> Result<One<ProjectPayload>> {
        let input = CreateProject {
            name: input.name,
            description: input.description,
        };
        let project = service::create_project(state(ctx), member(ctx)?, input).await?;
        Ok(One(ProjectPayload {
            project: One(Project(project)),
        }))
    }
}
