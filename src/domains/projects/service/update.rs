use super::super::model::Project;
use super::{lock_within, not_archived, write_within};
use crate::access::{Member, Role};
use crate::domains::audit::service::Action;
use crate::error::Result;
use crate::ids::ProjectId;
use crate::patch::Patch;
use crate::state::AppState;
use crate::text;
use crate::validate;

/// What to change in a project. [`super::set_project_status`] changes its status.
#[derive(Clone, Debug)]
pub struct UpdateProject {
    pub id: ProjectId,
    /// The version that the client has read, if it is to be compared.
    pub expected_version: Option<i32>,
    pub name: Patch<String>,
    pub description: Patch<String>,
}

/// Changes the texts of a project. An update that changes nothing writes nothing.
///
/// # Errors
/// `FORBIDDEN` below MANAGER; `BAD_USER_INPUT`; `NOT_FOUND`; `MISSION_CLOSED` if it is ARCHIVED; `VERSION_CONFLICT`;
/// `ALREADY_EXISTS` when the name is taken.
pub async fn update_project(
    state: &AppState,
    who: Member,
    input: UpdateProject,
) -> Result<Project> {
    who.require(Role::Manager)?;
    let name = input.name.text("name", validate::NAME)?;
    let description = input
        .description
        .optional_text("description", validate::TEXT)?;
    state
        .write(who, async |conn| {
            let before = lock_within(conn, who.org_id, input.id).await?;
            not_archived(&before)?;
            validate::version(input.expected_version, before.version)?;
            let name = name.clone().unwrap_or_else(|| before.name.clone());
            let after = Project {
                name_folded: text::fold(&name),
                name,
                description: description.clone().or(before.description.clone()),
                ..before.clone()
            };
            if after.facts() == before.facts() {
                return Ok(before);
            }
            let now = state.clock.now();
            let action = Action::of(who, "updateProject", now, &state.random);
            write_within(conn, action, &before, after).await
        })
        .await
}
