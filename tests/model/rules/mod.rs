//! The rules of planning, written from what the product promises and not from the server's code.
//!
//! Each rule answers what the server has to answer: the payload, with labels such as `mission3` for ids, or the reasons
//! why not. Where several reasons hold, the server may tell any of them. What is refused changes nothing.

mod bookings;
mod letters;
mod missions;
mod moving;
mod people;
mod projects;
mod questions;

use coulisses_crew::access::Role;
use serde_json::{Value, json};

use super::state::{Assignment, Booking, Model, Status, Who, name};
use super::step::{Deed, Expected, Step};

/// A payload, or the reasons why there is none.
pub type Ruling = Result<Value, Reasons>;

/// Codes of errors, with what they tell beside: `IN_USE 2`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reasons(pub Vec<String>);

impl Reasons {
    /// Adds a code if its condition holds.
    fn or(mut self, holds: bool, code: &str) -> Self {
        if holds {
            self.0.push(code.to_owned());
        }
        self
    }

    /// Refuses if there is a reason.
    fn settle(self) -> Result<(), Self> {
        match self.0.is_empty() {
            true => Ok(()),
            false => Err(self),
        }
    }
}

/// Refuses with this code if the condition holds.
fn refuse(holds: bool, code: &str) -> Result<(), Reasons> {
    Reasons::default().or(holds, code).settle()
}

/// How a row is called.
pub fn label(kind: &str, number: usize) -> String {
    format!("{kind}{number}")
}

impl Who {
    fn is(self, least: Role) -> bool {
        self.role() >= least
    }

    fn needs(self, least: Role) -> Result<(), Reasons> {
        refuse(!self.is(least), "FORBIDDEN")
    }

    /// Whether it is their own profile.
    fn is_person(self, person: usize) -> bool {
        self.profile() == Some(person)
    }
}

impl Expected {
    /// What is sent for a row of this version.
    pub fn sent(self, present: usize) -> Option<usize> {
        match self {
            Self::Any => None,
            Self::Present => Some(present),
            Self::Outdated => Some(present - 1),
        }
    }

    fn differs(self) -> bool {
        matches!(self, Self::Outdated)
    }
}

impl Model {
    /// What the server has to answer to a step, which changes the model as it changes the server.
    pub fn take(&mut self, step: &Step) -> Ruling {
        match step {
            Step::Wait(until) => {
                self.now = *until;
                Ok(Value::Null)
            }
            Step::By(by, deed) => match deed {
                Deed::Crew(deed) => self.take_crew(*by, deed),
                Deed::Project(deed) => self.take_project(*by, deed),
                Deed::Mission(deed) => self.take_mission(*by, deed),
                Deed::Role(deed) => self.take_role(*by, deed),
                Deed::Booking(deed) => self.take_booking(*by, deed),
                Deed::Question(deed) => self.answer(*by, deed),
            },
            Step::ByToken(letter, deed) => self.take_by_token(*letter, *deed),
        }
    }

    /// Whether somebody sees a row: a stranger sees none.
    fn sees(by: Who, gone: bool) -> bool {
        !gone && by != Who::Stranger
    }

    fn is_archived(&self, mission: usize) -> bool {
        self.projects[self.missions[mission].project].status == Status::Archived
    }

    /// Whether nobody can be booked on a mission any more.
    fn is_closed(&self, mission: usize) -> bool {
        let row = &self.missions[mission];
        row.cancelled_at.is_some() || row.span.ends <= self.now || self.is_archived(mission)
    }

    /// The open assignments of a person, or only those that are ACCEPTED, at the time of a mission: on other ones.
    fn elsewhere(&self, person: usize, mission: usize, accepted: bool) -> Vec<usize> {
        let span = self.missions[mission].span;
        self.numbers(|row| {
            row.person == person
                && row.mission != mission
                && (row.status == Booking::Accepted || !accepted && row.status == Booking::Invited)
                && self.missions[row.mission].span.overlaps(span)
        })
    }

    /// The numbers of some assignments.
    fn numbers(&self, of: impl Fn(&Assignment) -> bool) -> Vec<usize> {
        let rows = self.assignments.iter().enumerate();
        rows.filter(|(_, row)| of(row))
            .map(|(number, _)| number)
            .collect()
    }

    /// How many people have accepted a place of a role.
    fn accepted(&self, role: usize) -> usize {
        self.numbers(|row| row.role == role && row.status == Booking::Accepted)
            .len()
    }

    /// Cancels open assignments, whose tokens stop working.
    fn cancel_all(&mut self, numbers: &[usize], reason: Option<&'static str>) {
        for number in numbers {
            let row = &mut self.assignments[*number];
            (row.status, row.reason) = (Booking::Cancelled, reason);
            self.revoke_letters(*number);
        }
    }

    /// The open assignments whose mission starts after now.
    fn future(&self, of: impl Fn(&Assignment) -> bool) -> Vec<usize> {
        self.numbers(|row| {
            of(row) && row.status.is_open() && self.missions[row.mission].span.starts > self.now
        })
    }

    /// The status of an assignment as payloads tell it.
    fn told(&self, assignment: usize) -> Value {
        let status = name(self.assignments[assignment].status);
        json!({"id": label("assignment", assignment), "status": status})
    }
}

/// Ids of assignments, as payloads tell them.
fn ids(assignments: &[usize]) -> Value {
    let id = |number: &usize| json!({"id": label("assignment", *number)});
    assignments.iter().map(id).collect()
}
