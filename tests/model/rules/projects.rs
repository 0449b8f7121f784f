//! Projects: DRAFT -> ACTIVE -> ARCHIVED, DRAFT -> ARCHIVED, and back by an ADMIN.

use coulisses_crew::access::Role;
use serde_json::{Value, json};

use super::super::state::{self, Model, Status, Who, name};
use super::super::step::{CancelFuture, Expected, Project};
use super::{Reasons, Ruling, label, refuse};

impl Model {
    pub(super) fn take_project(&mut self, by: Who, deed: &Project) -> Ruling {
        match *deed {
            Project::CreateProject { name } => self.create_project(by, name),
            Project::UpdateProject(project, version, name) => {
                self.update_project(by, project, version, name)
            }
            Project::SetProjectStatus(project, status, cancel) => {
                self.set_project_status(by, project, status, cancel)
            }
            Project::DeleteProject(project) => self.delete_project(by, project),
        }
    }

    fn create_project(&mut self, by: Who, name: usize) -> Ruling {
        by.needs(Role::Manager)?;
        refuse(self.is_taken(name), "ALREADY_EXISTS")?;
        self.projects.push(state::Project {
            name,
            status: Status::Draft,
            version: 1,
            gone: false,
        });
        Ok(self.project(self.projects.len() - 1))
    }

    fn update_project(
        &mut self,
        by: Who,
        project: usize,
        version: Expected,
        name: usize,
    ) -> Ruling {
        by.needs(Role::Manager)?;
        let row = &self.projects[project];
        refuse(!Self::sees(by, row.gone), "NOT_FOUND")?;
        Reasons::default()
            .or(version.differs(), "VERSION_CONFLICT")
            .or(row.status == Status::Archived, "MISSION_CLOSED")
            .or(row.name != name && self.is_taken(name), "ALREADY_EXISTS")
            .settle()?;
        let row = &mut self.projects[project];
        if row.name != name {
            row.name = name;
            row.version += 1;
        }
        Ok(self.project(project))
    }

    fn set_project_status(
        &mut self,
        by: Who,
        project: usize,
        status: Status,
        cancel: CancelFuture,
    ) -> Ruling {
        by.needs(Role::Manager)?;
        let row = &self.projects[project];
        refuse(!Self::sees(by, row.gone), "NOT_FOUND")?;
        if row.status == status {
            return Ok(self.project(project));
        }
        let restores = row.status == Status::Archived;
        let step = (row.status, status);
        let known = step == (Status::Draft, Status::Active)
            || status == Status::Archived
            || step == (Status::Archived, Status::Active);
        Reasons::default()
            .or(restores && !by.is(Role::Admin), "FORBIDDEN")
            .or(!known, "INVALID_TRANSITION")
            .settle()?;
        if status == Status::Archived {
            let future = self.future(|row| self.missions[row.mission].project == project);
            let in_use = !future.is_empty() && !cancel.0;
            refuse(in_use, &format!("IN_USE {}", future.len()))?;
            self.cancel_all(&future, None);
        }
        let row = &mut self.projects[project];
        row.status = status;
        row.version += 1;
        Ok(self.project(project))
    }

    /// Only while nobody was ever asked for one of its missions, which go with it.
    fn delete_project(&mut self, by: Who, project: usize) -> Ruling {
        by.needs(Role::Admin)?;
        refuse(!Self::sees(by, self.projects[project].gone), "NOT_FOUND")?;
        let asked = self.numbers(|row| self.missions[row.mission].project == project);
        refuse(!asked.is_empty(), &format!("IN_USE {}", asked.len()))?;
        self.projects[project].gone = true;
        for mission in 0..self.missions.len() {
            if self.missions[mission].project == project {
                self.missions[mission].gone = true;
                for role in self.roles.iter_mut().filter(|role| role.mission == mission) {
                    role.gone = true;
                }
            }
        }
        Ok(json!({"projectId": label("project", project)}))
    }

    fn is_taken(&self, name: usize) -> bool {
        self.projects
            .iter()
            .any(|row| !row.gone && row.name == name)
    }

    fn project(&self, project: usize) -> Value {
        let (row, id) = (&self.projects[project], label("project", project));
        json!({"project": {"id": id, "status": name(row.status), "version": row.version}})
    }
}
