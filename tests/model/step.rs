//! What somebody does, as plain data with small numbers: a sequence that fails shrinks to a short one that reads well.
//!
//! A number names a row by the order in which the rows of its kind were made. The names of the operations are those of
//! the schema.

use super::state::{Kind, Model, Moment, Skill, Span, Status, Who};

/// One step.
#[derive(Clone, Debug)]
pub enum Step {
    /// The clock goes on to a moment that is still to come.
    Wait(Moment),
    /// Somebody who is signed in does something.
    By(Who, Deed),
    /// Somebody does something with the token of an invitation, without signing in.
    ByToken(usize, Token),
}

#[derive(Clone, Debug)]
pub enum Deed {
    Crew(Crew),
    Project(Project),
    Mission(Mission),
    Role(Role),
    Booking(Booking),
    Question(Question),
}

#[derive(Clone, Debug)]
pub enum Crew {
    CreateUser(Option<Skill>),
    UpdateUser(usize, Expected, Option<Skill>),
    ArchiveUser(usize, CancelFuture),
    CreateAvailability(usize, Span, Kind),
    UpdateAvailability(usize, Span, Kind),
    DeleteAvailability(usize),
}

#[derive(Clone, Debug)]
pub enum Project {
    CreateProject { name: usize },
    UpdateProject(usize, Expected, usize),
    SetProjectStatus(usize, Status, CancelFuture),
    DeleteProject(usize),
}

#[derive(Clone, Debug)]
pub enum Mission {
    CreateMission(usize, Draft),
    CreateMissions(usize, Vec<Draft>),
    UpdateMission(usize, Expected, usize),
    RescheduleMission(usize, Expected, Span, DryRun),
    DuplicateMission(usize, Moment),
    CancelMission(usize),
}

#[derive(Clone, Debug)]
pub enum Role {
    AddMissionRole(usize, Places),
    UpdateMissionRole { role: usize, quantity: usize },
    DeleteMissionRole(usize),
}

#[derive(Clone, Debug)]
pub enum Booking {
    InviteToMission { role: usize, people: Vec<usize> },
    AssignToMission(usize, usize, Force),
    AcceptAssignment(usize, Force),
    DeclineAssignment(usize),
    CancelAssignment(usize),
    ResendInvitation(usize),
    RevokeInvitation(usize),
}

#[derive(Clone, Copy, Debug)]
pub enum Token {
    AcceptInvitation,
    DeclineInvitation,
    /// Opens the link, which changes nothing.
    Invitation,
}

#[derive(Clone, Debug)]
pub enum Question {
    /// Of a role.
    Candidates(usize),
    /// Of a person.
    Conflicts(usize),
}

#[derive(Clone, Copy, Debug)]
pub struct CancelFuture(pub bool);

#[derive(Clone, Copy, Debug)]
pub struct DryRun(pub bool);

#[derive(Clone, Copy, Debug)]
pub struct Force(pub bool);

/// The `expectedVersion` that is sent.
#[derive(Clone, Copy, Debug)]
pub enum Expected {
    /// None.
    Any,
    /// That of the row.
    Present,
    /// An older one.
    Outdated,
}

/// The people whom a new role needs.
#[derive(Clone, Copy, Debug)]
pub struct Places {
    pub skill: Option<Skill>,
    pub quantity: usize,
}

/// A mission to be made.
#[derive(Clone, Debug)]
pub struct Draft {
    pub span: Span,
    pub roles: Vec<Places>,
}

impl Step {
    /// The step with numbers of rows that the model has. `None` where it has no row of the kind, and for a moment that
    /// has passed.
    pub fn aimed(mut self, at: &Model) -> Option<Self> {
        let hits = match &mut self {
            Self::Wait(until) => *until > at.now,
            Self::By(by, deed) => deed.aim(*by, at),
            Self::ByToken(letter, _) => aim(letter, at.letters.len()),
        };
        hits.then_some(self)
    }

    /// The name of the operation: `AcceptInvitation`.
    pub fn name(&self) -> String {
        let shown = match self {
            Self::Wait(_) => "Wait".to_owned(),
            Self::By(_, deed) => deed.shown(),
            Self::ByToken(_, token) => format!("{token:?}"),
        };
        let name = shown.split([' ', '(']).next().unwrap_or_default();
        name.to_owned()
    }
}

impl Deed {
    fn shown(&self) -> String {
        match self {
            Self::Crew(deed) => format!("{deed:?}"),
            Self::Project(deed) => format!("{deed:?}"),
            Self::Mission(deed) => format!("{deed:?}"),
            Self::Role(deed) => format!("{deed:?}"),
            Self::Booking(deed) => format!("{deed:?}"),
            Self::Question(deed) => format!("{deed:?}"),
        }
    }

    fn aim(&mut self, by: Who, at: &Model) -> bool {
        match self {
            // A stranger would make a row of their own organisation.
            Self::Crew(Crew::CreateUser(_)) | Self::Project(Project::CreateProject { .. }) => {
                by != Who::Stranger
            }
            Self::Crew(deed) => deed.aim(at),
            Self::Project(deed) => deed.aim(at),
            Self::Mission(deed) => deed.aim(at),
            Self::Role(deed) => deed.aim(at),
            Self::Booking(deed) => deed.aim(at),
            Self::Question(Question::Candidates(role)) => aim(role, at.roles.len()),
            Self::Question(Question::Conflicts(person)) => aim(person, at.people.len()),
        }
    }
}

impl Crew {
    fn aim(&mut self, at: &Model) -> bool {
        match self {
            Self::CreateUser(_) => true,
            Self::UpdateUser(person, ..)
            | Self::ArchiveUser(person, _)
            | Self::CreateAvailability(person, ..) => aim(person, at.people.len()),
            Self::UpdateAvailability(slot, ..) | Self::DeleteAvailability(slot) => {
                aim(slot, at.slots.len())
            }
        }
    }
}

impl Project {
    fn aim(&mut self, at: &Model) -> bool {
        match self {
            Self::CreateProject { .. } => true,
            Self::UpdateProject(project, ..)
            | Self::SetProjectStatus(project, ..)
            | Self::DeleteProject(project) => aim(project, at.projects.len()),
        }
    }
}

impl Mission {
    fn aim(&mut self, at: &Model) -> bool {
        match self {
            Self::CreateMission(project, _) | Self::CreateMissions(project, _) => {
                aim(project, at.projects.len())
            }
            Self::UpdateMission(mission, ..)
            | Self::RescheduleMission(mission, ..)
            | Self::DuplicateMission(mission, _)
            | Self::CancelMission(mission) => aim(mission, at.missions.len()),
        }
    }
}

impl Role {
    fn aim(&mut self, at: &Model) -> bool {
        match self {
            Self::AddMissionRole(mission, _) => aim(mission, at.missions.len()),
            Self::UpdateMissionRole { role, .. } | Self::DeleteMissionRole(role) => {
                aim(role, at.roles.len())
            }
        }
    }
}

impl Booking {
    fn aim(&mut self, at: &Model) -> bool {
        let (roles, all) = (at.roles.len(), at.people.len());
        match self {
            Self::InviteToMission { role, people } => {
                aim(role, roles) && people.iter_mut().all(|person| aim(person, all))
            }
            Self::AssignToMission(role, person, _) => aim(role, roles) && aim(person, all),
            Self::AcceptAssignment(assignment, _)
            | Self::DeclineAssignment(assignment)
            | Self::CancelAssignment(assignment)
            | Self::ResendInvitation(assignment) => aim(assignment, at.assignments.len()),
            Self::RevokeInvitation(letter) => aim(letter, at.letters.len()),
        }
    }
}

/// Takes a number into the range of the rows that there are, if there are any.
fn aim(number: &mut usize, among: usize) -> bool {
    if among > 0 {
        *number %= among;
    }
    among > 0
}
