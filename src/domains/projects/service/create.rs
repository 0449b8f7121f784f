use super::super::model::{Project, ProjectStatus};
use super::super::repo;
use crate::access::{Member, Role};
use crate::domains::audit::service::{Action, Change, record};
use crate::error::Result;
use crate::state::AppState;
use crate::text;
use crate::validate;

/// A project to be made.
#[derive(Clone, Debug)]
pub struct CreateProject {
    pub name: String,
    pub description: Option<String>,
}

/// Creates a project. Its status is DRAFT.
///
/// # Errors
/// `FORBIDDEN` below MANAGER; `BAD_USER_INPUT`; `ALREADY_EXISTS` when the name is taken.
pub async fn create_project(
    state: &AppState,
    who: Member,
    input: CreateProject,
) -> Result<Project> {
    who.require(Role::Manager)?;
    let name = validate::text("name", &input.name, validate::NAME)?;
    let description =
        validate::optional("description", input.description.as_deref(), validate::TEXT)?;
    state
        .write(who, async |conn| {
            let now = state.clock.now();
            let project = Project {
                id: state.random.id(now),
                org_id: who.org_id,
                name_folded: text::fold(&name),
                name: name.clone(),
                description: description.clone(),
                status: ProjectStatus::Draft,
                created_at: now,
                updated_at: now,
                version: 1,
            };
            repo::insert(conn, &project).await?;
            let change = Change::created(project.id, project.facts());
            let action = Action::of(who, "createProject", now, &state.random);
            record(conn, action, vec![change]).await?;
            Ok(project)
        })
        .await
}
