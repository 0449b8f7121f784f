//! What a demo organisation consists of.

use crate::db::types::Timestamp;
use crate::domains::assignments::model::Assignment;
use crate::domains::availability::model::Availability;
use crate::domains::crew::model::User;
use crate::domains::missions::model::{Mission, MissionRole};
use crate::domains::projects::model::Project;
use crate::ids::{AccountId, OrgId};
use crate::interval::Interval;
use crate::text::Label;

/// The organisation that rows are made for.
#[derive(Clone, Copy, Debug)]
pub struct Company {
    pub org_id: OrgId,
    /// Its OWNER, who invited everybody.
    pub owner_id: AccountId,
    /// When the rows are made. What is later is still being planned.
    pub now: Timestamp,
}

/// A crew member with what they can do.
#[derive(Clone, Debug)]
pub struct Person {
    pub user: User,
    pub skills: Vec<Label>,
    pub tags: Vec<Label>,
}

/// A mission with the roles that it asks for.
#[derive(Clone, Debug)]
pub struct Work {
    pub mission: Mission,
    pub roles: Vec<MissionRole>,
}

/// Three months of a company.
#[derive(Clone, Debug)]
pub struct Season {
    pub projects: Vec<Project>,
    /// By start.
    pub works: Vec<Work>,
    /// When people said that they can or cannot work.
    pub slots: Vec<Availability>,
    pub bookings: Vec<Booking>,
}

/// An assignment with the time of its mission.
#[derive(Clone, Debug)]
pub struct Booking {
    pub assignment: Assignment,
    pub time: Interval,
}
