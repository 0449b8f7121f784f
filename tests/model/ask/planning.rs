//! Mutations of projects, missions and roles.

use serde_json::{Value, json};

use super::super::labels::Labels;
use super::super::state::{Model, Skill, name};
use super::super::step::{Draft, Mission, Places, Project, Role};
use super::{Mutation, called, time, timed};

const MISSION: &str = "id startsAt endsAt version roles { id }";
const OUTCOMES: &str = "outcomes { effect assignment { id status } conflicts { id } }";
const PROJECT: &str = "project { id status version }";
const ROLE: &str = "role { id quantity mission { id version } }";

pub(super) fn project(deed: &Project, at: &Model, labels: &Labels) -> Mutation {
    let id = |project: &usize| labels.id("project", *project);
    let (field, payload, input) = match deed {
        Project::CreateProject { name } => {
            let input = json!({"name": called("Project", *name)});
            ("createProject", PROJECT, input)
        }
        Project::UpdateProject(project, version, name) => {
            let version = version.sent(at.projects[*project].version);
            let name = called("Project", *name);
            let input = json!({"id": id(project), "expectedVersion": version, "name": name});
            ("updateProject", PROJECT, input)
        }
        Project::SetProjectStatus(project, status, cancel) => {
            let mut input = json!({"id": id(project), "status": name(status)});
            input["cancelFuture"] = json!(cancel.0);
            ("setProjectStatus", PROJECT, input)
        }
        Project::DeleteProject(project) => {
            ("deleteProject", "projectId", json!({"id": id(project)}))
        }
    };
    Mutation(field, payload.to_owned(), input)
}

pub(super) fn mission(deed: &Mission, at: &Model, labels: &Labels) -> Mutation {
    let project = |project: &usize| labels.id("project", *project);
    let id = |mission: &usize| labels.id("mission", *mission);
    let one = format!("mission {{ {MISSION} }}");
    match deed {
        Mission::CreateMission(of, new) => {
            let input = json!({"projectId": project(of), "mission": draft(new)});
            Mutation("createMission", one, input)
        }
        Mission::CreateMissions(of, new) => {
            let missions: Value = new.iter().map(draft).collect();
            let input = json!({"projectId": project(of), "missions": missions});
            let payload = format!("missions {{ {MISSION} }}");
            Mutation("createMissions", payload, input)
        }
        Mission::UpdateMission(mission, version, title) => {
            let version = version.sent(at.missions[*mission].version);
            let title = called("Mission", *title);
            let input = json!({"id": id(mission), "expectedVersion": version, "title": title});
            Mutation("updateMission", one, input)
        }
        Mission::RescheduleMission(mission, version, span, dry_run) => {
            let version = version.sent(at.missions[*mission].version);
            let mut input = json!({"id": id(mission), "expectedVersion": version});
            input["dryRun"] = json!(dry_run.0);
            let payload = format!("applied {one} {OUTCOMES}");
            Mutation("rescheduleMission", payload, timed(input, *span))
        }
        Mission::DuplicateMission(mission, starts) => {
            let input = json!({"id": id(mission), "startsAt": time(*starts)});
            Mutation("duplicateMission", one, input)
        }
        Mission::CancelMission(mission) => {
            let input = json!({"id": id(mission), "reason": "rain"});
            Mutation("cancelMission", one, input)
        }
    }
}

pub(super) fn role(deed: &Role, labels: &Labels) -> Mutation {
    let (field, payload, input) = match deed {
        Role::AddMissionRole(mission, new) => {
            let input = json!({"missionId": labels.id("mission", *mission), "role": places(new)});
            ("addMissionRole", ROLE, input)
        }
        Role::UpdateMissionRole { role, quantity } => {
            let input = json!({"id": labels.id("role", *role), "quantity": quantity});
            ("updateMissionRole", ROLE, input)
        }
        Role::DeleteMissionRole(role) => {
            let input = json!({"id": labels.id("role", *role)});
            ("deleteMissionRole", "roleId", input)
        }
    };
    Mutation(field, payload.to_owned(), input)
}

fn draft(draft: &Draft) -> Value {
    let roles: Value = draft.roles.iter().map(places).collect();
    timed(
        json!({"title": called("Mission", 0), "roles": roles}),
        draft.span,
    )
}

fn places(role: &Places) -> Value {
    let skill = role.skill.map(Skill::name);
    json!({"name": "Role", "skill": skill, "quantity": role.quantity})
}
