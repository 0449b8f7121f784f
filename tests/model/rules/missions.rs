//! Missions and the roles that they need.

use coulisses_crew::access;
use serde_json::{Value, json};

use super::super::state::{self, Booking, HOUR, MissionRole, Model, Moment, Span, Status, Who};
use super::super::step::{Draft, Expected, Mission, Places, Role};
use super::{Reasons, Ruling, label, refuse};

/// The longest mission: 31 days.
const LONGEST: i64 = 31 * 24 * HOUR;

impl Model {
    pub(super) fn take_mission(&mut self, by: Who, deed: &Mission) -> Ruling {
        match deed {
            Mission::CreateMission(project, draft) => self.create_mission(by, *project, draft),
            Mission::CreateMissions(project, drafts) => self.create_missions(by, *project, drafts),
            Mission::UpdateMission(mission, version, title) => {
                self.update_mission(by, *mission, *version, *title)
            }
            Mission::RescheduleMission(mission, version, span, dry_run) => {
                self.reschedule_mission(by, *mission, *version, *span, *dry_run)
            }
            Mission::DuplicateMission(mission, starts) => {
                self.duplicate_mission(by, *mission, *starts)
            }
            Mission::CancelMission(mission) => self.cancel_mission(by, *mission),
        }
    }

    pub(super) fn take_role(&mut self, by: Who, deed: &Role) -> Ruling {
        match *deed {
            Role::AddMissionRole(mission, places) => self.add_mission_role(by, mission, places),
            Role::UpdateMissionRole { role, quantity } => {
                self.update_mission_role(by, role, quantity)
            }
            Role::DeleteMissionRole(role) => self.delete_mission_role(by, role),
        }
    }

    fn create_mission(&mut self, by: Who, project: usize, draft: &Draft) -> Ruling {
        let numbers = self.add_missions(by, project, std::slice::from_ref(draft))?;
        Ok(json!({"mission": self.mission(numbers[0])}))
    }

    fn create_missions(&mut self, by: Who, project: usize, drafts: &[Draft]) -> Ruling {
        let numbers = self.add_missions(by, project, drafts)?;
        let missions: Value = numbers
            .into_iter()
            .map(|number| self.mission(number))
            .collect();
        Ok(json!({"missions": missions}))
    }

    /// All or none. One that is in the past is a record of what was.
    fn add_missions(
        &mut self,
        by: Who,
        project: usize,
        drafts: &[Draft],
    ) -> Result<Vec<usize>, Reasons> {
        by.needs(access::Role::Manager)?;
        let row = &self.projects[project];
        Reasons::default()
            .or(
                drafts.iter().any(|draft| is_wrong(draft.span)),
                "BAD_USER_INPUT",
            )
            .or(!Self::sees(by, row.gone), "NOT_FOUND")
            .settle()?;
        refuse(row.status == Status::Archived, "MISSION_CLOSED")?;
        let add = |draft: &Draft| self.add_mission(project, 0, draft.span, &draft.roles);
        Ok(drafts.iter().map(add).collect())
    }

    fn add_mission(&mut self, project: usize, title: usize, span: Span, roles: &[Places]) -> usize {
        let mission = self.missions.len();
        self.missions.push(state::Mission {
            project,
            title,
            span,
            cancelled_at: None,
            version: 1,
            gone: false,
        });
        for role in roles {
            self.add_role(mission, *role);
        }
        mission
    }

    fn add_role(&mut self, mission: usize, role: Places) -> usize {
        self.roles.push(MissionRole {
            mission,
            skill: role.skill,
            quantity: role.quantity,
            gone: false,
        });
        self.roles.len() - 1
    }

    fn update_mission(
        &mut self,
        by: Who,
        mission: usize,
        version: Expected,
        title: usize,
    ) -> Ruling {
        self.may_plan(by, mission)?;
        Reasons::default()
            .or(version.differs(), "VERSION_CONFLICT")
            .or(self.is_archived(mission), "MISSION_CLOSED")
            .settle()?;
        let row = &mut self.missions[mission];
        if row.title != title {
            row.title = title;
            row.version += 1;
        }
        Ok(json!({"mission": self.mission(mission)}))
    }

    /// Copies roles and the duration, not people.
    fn duplicate_mission(&mut self, by: Who, mission: usize, starts: Moment) -> Ruling {
        self.may_plan(by, mission)?;
        refuse(self.is_archived(mission), "MISSION_CLOSED")?;
        let row = self.missions[mission].clone();
        let ends = Moment(starts.0 + row.span.length());
        let roles = self.roles_of(mission).into_iter();
        let places = |role: usize| Places {
            skill: self.roles[role].skill,
            quantity: self.roles[role].quantity,
        };
        let roles: Vec<Places> = roles.map(places).collect();
        let copy = self.add_mission(row.project, row.title, Span { starts, ends }, &roles);
        Ok(json!({"mission": self.mission(copy)}))
    }

    /// Calls off everybody. One that has begun was not cancelled.
    fn cancel_mission(&mut self, by: Who, mission: usize) -> Ruling {
        self.may_plan(by, mission)?;
        refuse(self.is_archived(mission), "MISSION_CLOSED")?;
        if self.missions[mission].cancelled_at.is_some() {
            return Ok(json!({"mission": self.mission(mission)}));
        }
        let has_begun = self.missions[mission].span.starts <= self.now;
        refuse(has_begun, "MISSION_CLOSED")?;
        let open = self.numbers(|row| row.mission == mission && row.status.is_open());
        self.cancel_all(&open, Some("rain"));
        let row = &mut self.missions[mission];
        row.cancelled_at = Some(self.now);
        row.version += 1;
        Ok(json!({"mission": self.mission(mission)}))
    }

    fn add_mission_role(&mut self, by: Who, mission: usize, role: Places) -> Ruling {
        self.may_plan(by, mission)?;
        refuse(self.is_archived(mission), "MISSION_CLOSED")?;
        let role = self.add_role(mission, role);
        self.missions[mission].version += 1;
        Ok(self.role(role))
    }

    fn update_mission_role(&mut self, by: Who, role: usize, quantity: usize) -> Ruling {
        let row = &self.roles[role];
        let mission = row.mission;
        by.needs(access::Role::Manager)?;
        refuse(!Self::sees(by, row.gone), "NOT_FOUND")?;
        Reasons::default()
            .or(self.is_archived(mission), "MISSION_CLOSED")
            .or(quantity < self.accepted(role), "QUANTITY_BELOW_ACCEPTED")
            .settle()?;
        if self.roles[role].quantity != quantity {
            self.roles[role].quantity = quantity;
            self.missions[mission].version += 1;
        }
        Ok(self.role(role))
    }

    /// Who declined or was called off keeps a role that is gone.
    fn delete_mission_role(&mut self, by: Who, role: usize) -> Ruling {
        let row = &self.roles[role];
        let mission = row.mission;
        by.needs(access::Role::Manager)?;
        refuse(!Self::sees(by, row.gone), "NOT_FOUND")?;
        let asked = self.numbers(|row| row.role == role && row.status.is_open());
        Reasons::default()
            .or(self.is_archived(mission), "MISSION_CLOSED")
            .or(!asked.is_empty(), &format!("IN_USE {}", asked.len()))
            .settle()?;
        self.roles[role].gone = true;
        self.missions[mission].version += 1;
        Ok(json!({"roleId": label("role", role)}))
    }

    /// Whether somebody may plan a mission, which they have to see.
    pub(super) fn may_plan(&self, by: Who, mission: usize) -> Result<(), Reasons> {
        by.needs(access::Role::Manager)?;
        refuse(!Self::sees(by, self.missions[mission].gone), "NOT_FOUND")
    }

    /// The numbers of a mission's roles.
    pub fn roles_of(&self, mission: usize) -> Vec<usize> {
        let roles = self.roles.iter().enumerate();
        roles
            .filter(|(_, role)| role.mission == mission && !role.gone)
            .map(|(number, _)| number)
            .collect()
    }

    pub(super) fn mission(&self, mission: usize) -> Value {
        let row = &self.missions[mission];
        let role = |role: usize| json!({"id": label("role", role)});
        json!({
            "id": label("mission", mission),
            "startsAt": row.span.starts.0,
            "endsAt": row.span.ends.0,
            "version": row.version,
            "roles": self.roles_of(mission).into_iter().map(role).collect::<Value>(),
        })
    }

    fn role(&self, role: usize) -> Value {
        let row = &self.roles[role];
        let version = self.missions[row.mission].version;
        let mission = json!({"id": label("mission", row.mission), "version": version});
        json!({"role": {"id": label("role", role), "quantity": row.quantity, "mission": mission}})
    }

    /// Whether an assignment is ACCEPTED and its mission overlaps an interval.
    pub(super) fn is_accepted_at(&self, row: &super::super::state::Assignment, span: Span) -> bool {
        row.status == Booking::Accepted && self.missions[row.mission].span.overlaps(span)
    }
}

/// Whether no mission can have this time.
pub(super) fn is_wrong(span: Span) -> bool {
    span.starts >= span.ends || span.length() > LONGEST
}
