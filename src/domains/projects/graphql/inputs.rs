use async_graphql::{ID, InputObject, MaybeUndefined};

use super::super::model::{self, ProjectStatus};
use super::super::service::{CreateProject, SetProjectStatus, UpdateProject};
use crate::error::Result;
use crate::graphql::id::decode;
use crate::validate;

/// Selects projects. All fields that are set must match.
#[derive(InputObject, Default)]
pub(super) struct ProjectFilter {
    /// Only projects with one of these statuses.
    status: Option<Vec<ProjectStatus>>,
    /// Part of the name. The search ignores case and accents. It treats apostrophes, hyphens and spaces alike.
    search: Option<String>,
}

impl ProjectFilter {
    pub(super) fn read(self) -> Result<model::ProjectFilter> {
        Ok(model::ProjectFilter {
            search: validate::search(self.search.as_deref())?,
            status: self.status,
        })
    }
}

/// A new project. Its status is DRAFT.
#[derive(InputObject)]
pub(super) struct CreateProjectInput {
    /// The name of the project, at most 200 characters. It must be unique in the organisation; case is ignored.
    name: String,
    /// A description of the project, at most 10,000 characters.
    description: Option<String>,
}

impl CreateProjectInput {
    pub(super) fn read(self) -> CreateProject {
        CreateProject {
            name: self.name,
            description: self.description,
        }
    }
}

/// What to change in a project. A field that is left out stays as it is.
#[derive(InputObject)]
pub(super) struct UpdateProjectInput {
    /// The id of the project.
    id: ID,
    /// The version that you have read. If the project has another one now, the mutation fails with `VERSION_CONFLICT`.
    expected_version: Option<i32>,
    /// The name of the project, at most 200 characters. It must be unique in the organisation; case is ignored. It must
    /// not be null.
    name: MaybeUndefined<String>,
    /// A description of the project, at most 10,000 characters. Null removes it.
    description: MaybeUndefined<String>,
}

impl UpdateProjectInput {
    pub(super) fn read(self) -> Result<UpdateProject> {
        Ok(UpdateProject {
            id: decode(&self.id, "id")?,
            expected_version: self.expected_version,
            name: self.name.into(),
            description: self.description.into(),
        })
    }
}

/// The new status of a project.
#[derive(InputObject)]
pub(super) struct SetProjectStatusInput {
    /// The id of the project.
    id: ID,
    /// The new status.
    status: ProjectStatus,
    /// Whether to cancel the INVITED and ACCEPTED assignments of missions that have not started, when the project
    /// becomes ARCHIVED. Without it, such assignments make the mutation fail with `IN_USE`.
    #[graphql(default_with = "Some(false)")]
    cancel_future: Option<bool>,
}

impl SetProjectStatusInput {
    pub(super) fn read(self) -> Result<SetProjectStatus> {
        Ok(SetProjectStatus {
            id: decode(&self.id, "id")?,
            status: self.status,
            cancel_future: self.cancel_future.unwrap_or_default(),
        })
    }
}

/// The project to delete.
#[derive(InputObject)]
pub(super) struct DeleteProjectInput {
    /// The id of the project.
    pub id: ID,
}
