//! What the model knows of one organisation: the same rows as the server's, without anything around them.

use std::fmt;

use coulisses_crew::access::Role;

const SECOND: i64 = 1_000_000;
pub const HOUR: i64 = 3_600 * SECOND;

/// Microseconds since the sequence began.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub i64);

impl Moment {
    pub fn hours(hours: i64) -> Self {
        Self(hours * HOUR)
    }
}

/// `52 h`, `52 h - 1 us`.
impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hours = (self.0 + HOUR / 2).div_euclid(HOUR);
        write!(f, "{hours} h")?;
        match self.0 - hours * HOUR {
            0 => Ok(()),
            rest => write!(f, " {rest:+} us"),
        }
    }
}

/// A half-open interval, which may be empty or inverted before the rules look at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub starts: Moment,
    pub ends: Moment,
}

impl Span {
    pub fn overlaps(self, other: Self) -> bool {
        self.starts < other.ends && other.starts < self.ends
    }

    /// Whether the other one lies inside it.
    pub fn holds(self, other: Self) -> bool {
        self.starts <= other.starts && other.ends <= self.ends
    }

    pub fn length(self) -> i64 {
        self.ends.0 - self.starts.0
    }
}

/// Who does something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Owner,
    Admin,
    Manager,
    /// A TECH.
    Lea,
    /// Another TECH.
    Max,
    /// The OWNER of another organisation.
    Stranger,
}

impl Who {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Owner,
        Self::Admin,
        Self::Manager,
        Self::Lea,
        Self::Max,
        Self::Stranger,
    ];

    pub fn role(self) -> Role {
        match self {
            Self::Owner | Self::Stranger => Role::Owner,
            Self::Admin => Role::Admin,
            Self::Manager => Role::Manager,
            Self::Lea | Self::Max => Role::Tech,
        }
    }

    /// The number of their crew profile.
    pub fn profile(self) -> Option<usize> {
        [Self::Lea, Self::Max, Self::Manager]
            .iter()
            .position(|who| *who == self)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skill {
    Rigging,
    Sound,
}

impl Skill {
    pub fn name(self) -> &'static str {
        match self {
            Self::Rigging => "rigging",
            Self::Sound => "sound",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Available,
    Unavailable,
}

/// The status of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Draft,
    Active,
    Archived,
}

/// The status of an assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Booking {
    Invited,
    Accepted,
    Declined,
    Cancelled,
}

impl Booking {
    pub fn is_open(self) -> bool {
        matches!(self, Self::Invited | Self::Accepted)
    }
}

/// The status of an invitation. That it has expired is seen from its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Pending,
    Accepted,
    Declined,
    Revoked,
}

/// The name as the API writes it.
pub fn name(value: impl fmt::Debug) -> String {
    format!("{value:?}").to_uppercase()
}

#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    pub skill: Option<Skill>,
    pub archived_at: Option<Moment>,
    pub version: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    pub person: usize,
    pub span: Span,
    pub kind: Kind,
    pub gone: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Project {
    pub name: usize,
    pub status: Status,
    pub version: usize,
    pub gone: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Mission {
    pub project: usize,
    pub title: usize,
    pub span: Span,
    pub cancelled_at: Option<Moment>,
    pub version: usize,
    pub gone: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct MissionRole {
    pub mission: usize,
    pub skill: Option<Skill>,
    pub quantity: usize,
    pub gone: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    pub mission: usize,
    pub role: usize,
    pub person: usize,
    pub status: Booking,
    pub reason: Option<&'static str>,
}

/// An invitation to take a place.
#[derive(Clone, Debug, PartialEq)]
pub struct Letter {
    pub assignment: usize,
    pub status: Answer,
    pub ends: Moment,
}

/// The organisation. Rows are never taken out, so that their numbers stay.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    pub now: Moment,
    pub people: Vec<Person>,
    pub slots: Vec<Slot>,
    pub projects: Vec<Project>,
    pub missions: Vec<Mission>,
    pub roles: Vec<MissionRole>,
    pub assignments: Vec<Assignment>,
    /// Those whose token was shown.
    pub letters: Vec<Letter>,
    /// Those that went out by mail only, because a mission moved.
    pub mailed: Vec<Letter>,
}
