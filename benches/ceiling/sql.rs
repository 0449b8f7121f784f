//! The rows as plain SQL of either database.

use std::fmt::Write as _;

use chrono::TimeDelta;
use coulisses_crew::db::types::{Id, Timestamp};

use crate::rows::{ASSIGNMENTS, Org, PEOPLE, Project, ROLES, began, email};

/// Of the assignments, in turn.
const STATUS: [&str; 4] = ["INVITED", "ACCEPTED", "DECLINED", "CANCELLED"];

impl Org {
    /// Writes it with all that belongs to it.
    pub fn insert(&self, sql: &mut String, d: Dialect, number: usize, hash: &str) {
        let (org, at) = (d.id(self.id), d.at(began()));
        let account = d.id(self.account);
        insert(
            sql,
            "orgs (id, name, timezone, language, created_at)",
            [format!(
                "{org}, 'Organisation {number}', 'Europe/Paris', 'FR', {at}"
            )],
        );
        insert(
            sql,
            "accounts (id, email, display_name, password_hash, last_org_id, created_at)",
            [format!(
                "{account}, '{}', 'Planner', '{hash}', {org}, {at}",
                email(number)
            )],
        );
        insert(
            sql,
            "org_memberships (org_id, id, account_id, role, created_at)",
            [format!(
                "{org}, {}, {account}, 'MANAGER', {at}",
                d.id(self.membership)
            )],
        );
        insert(
            sql,
            "users (org_id, id, display_name, display_name_folded, email, created_at, version)",
            self.people.iter().enumerate().map(|(n, id)| {
                let id = d.id(*id);
                format!("{org}, {id}, 'Person {n}', 'person {n}', 'p{n}@{number}.example', {at}, 1")
            }),
        );
        insert(
            sql,
            "projects (org_id, id, name, name_folded, name_same, status, created_at, updated_at, version)",
            self.projects.iter().enumerate().map(|(n, project)| {
                let id = d.id(project.id);
                format!("{org}, {id}, 'Tour {n}', 'tour {n}', 'tour {n}', 'ACTIVE', {at}, {at}, 1")
            }),
        );
        for (n, project) in self.projects.iter().enumerate() {
            self.insert_missions(sql, d, n, project);
        }
    }

    fn insert_missions(
        &self,
        sql: &mut String,
        d: Dialect,
        project_number: usize,
        project: &Project,
    ) {
        let (org, project_id, at) = (d.id(self.id), d.id(project.id), d.at(began()));
        let (mut missions, mut roles, mut assignments) = (Vec::new(), Vec::new(), Vec::new());
        for (n, mission) in project.missions.iter().enumerate() {
            let id = d.id(mission.id);
            let after =
                |hours: usize| began() + TimeDelta::minutes(minutes(n, hours, project_number));
            let (starts, ends) = (d.at(after(0)), d.at(after(4)));
            missions.push(format!(
                "{org}, {id}, {project_id}, 'Evening {n} of tour {project_number}', \
                 'evening {n} of tour {project_number}', 'Hall {}', {starts}, {ends}, 'Europe/Paris', {at}, {at}, 1",
                n % 9,
            ));
            for (position, (role, name)) in mission.roles.iter().zip(ROLES).enumerate() {
                let quantity = position + 1;
                roles.push(format!(
                    "{org}, {}, {id}, '{name}', {quantity}, {position}",
                    d.id(*role)
                ));
            }
            for (m, assignment) in mission.assignments.iter().enumerate() {
                let role = d.id(mission.roles[m % ROLES.len()]);
                // Somebody else each time within a project.
                let person =
                    d.id(self.people[((n * ASSIGNMENTS + m) * 7 + project_number) % PEOPLE]);
                let invited = began() + TimeDelta::minutes(minutes(0, 0, n * ASSIGNMENTS + m));
                let (assignment, status) = (d.id(*assignment), STATUS[(n + m) % STATUS.len()]);
                let invited = d.at(invited);
                assignments.push(format!(
                    "{org}, {assignment}, {id}, {role}, {person}, '{status}', {starts}, {ends}, {invited}, {at}, {at}"
                ));
            }
        }
        insert(
            sql,
            "missions (org_id, id, project_id, title, title_folded, location, starts_at, ends_at, timezone, \
             created_at, updated_at, version)",
            missions,
        );
        insert(
            sql,
            "mission_roles (org_id, id, mission_id, name, quantity, position)",
            roles,
        );
        insert(
            sql,
            "assignments (org_id, id, mission_id, role_id, user_id, status, starts_at, ends_at, invited_at, created_at, \
             updated_at)",
            assignments,
        );
    }
}

/// Minutes after the beginning: a mission every six hours, each project a little later than the one before.
fn minutes(missions: usize, hours: usize, more: usize) -> i64 {
    i64::try_from(missions * 6 * 60 + hours * 60 + more).expect("a few years")
}

fn insert(sql: &mut String, into: &str, rows: impl IntoIterator<Item = String>) {
    let rows: Vec<String> = rows.into_iter().map(|row| format!("({row})")).collect();
    writeln!(sql, "INSERT INTO {into} VALUES {};", rows.join(",\n")).expect("a text grows");
}

/// How a database writes its values.
#[derive(Clone, Copy)]
pub enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    fn id<T>(self, id: Id<T>) -> String {
        match self {
            Self::Sqlite => format!("x'{}'", id.uuid().simple()),
            Self::Postgres => format!("'{}'", id.uuid()),
        }
    }

    fn at(self, at: Timestamp) -> String {
        match self {
            Self::Sqlite => at.micros().to_string(),
            Self::Postgres => format!("'{}'", at.to_rfc3339()),
        }
    }
}
