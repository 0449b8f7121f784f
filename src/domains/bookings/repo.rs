use diesel::dsl::exists;
use diesel::prelude::*;

use crate::db::dsl::{Columns, Condition, when};
use crate::db::schema::{assignments, availability, missions, user_skills, users};
use crate::db::since::since;
use crate::db::{AnyOf as _, Conn};
use crate::domains::assignments::model::OPEN;
use crate::domains::availability::model::{AvailabilityKind, earliest};
use crate::domains::crew::model::User;
use crate::domains::missions::model::LONGEST_DAYS;
use crate::error::Result;
use crate::ids::{MissionId, OrgId};
use crate::interval::Interval;

/// The role that needs somebody.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub org_id: OrgId,
    pub mission_id: MissionId,
    pub interval: Interval,
    /// The skill that the role asks for, folded for sameness.
    pub skill: Option<String>,
}

/// A person who could take the role.
#[derive(Clone, Debug, Queryable)]
pub struct CandidateRow {
    pub user: User,
    /// Whether they have the skill.
    pub has_skill: Option<bool>,
    /// Whether they are AVAILABLE during the whole mission.
    pub available: Option<bool>,
    /// Whether they are AVAILABLE during part of the mission.
    pub partly_available: Option<bool>,
    /// Whether they are UNAVAILABLE during part of the mission.
    pub partly_unavailable: Option<bool>,
}

impl CandidateRow {
    /// What they said about the time of the mission or a part of it, UNAVAILABLE first; `None` if they said nothing.
    pub fn availability(&self) -> Option<AvailabilityKind> {
        match (self.partly_unavailable, self.partly_available) {
            (Some(true), _) => Some(AvailabilityKind::Unavailable),
            (_, Some(true)) => Some(AvailabilityKind::Available),
            _ => None,
        }
    }
}

fn has_skill(wanted: &Wanted) -> impl Condition<users::table> + use<> {
    when(wanted.skill.clone().map(|skill| {
        exists(
            user_skills::table
                .filter(user_skills::org_id.eq(wanted.org_id))
                .filter(user_skills::user_id.eq(users::id))
                .filter(user_skills::skill_same.eq(skill)),
        )
    }))
}

fn said_available(wanted: &Wanted) -> impl Condition<users::table> + use<> {
    when(Some(exists(
        availability::table
            .filter(availability::org_id.eq(wanted.org_id))
            .filter(availability::user_id.eq(users::id))
            .filter(availability::kind.eq(AvailabilityKind::Available))
            .filter(availability::starts_at.gt(earliest(wanted.interval)))
            .filter(availability::starts_at.le(wanted.interval.starts_at))
            .filter(availability::ends_at.ge(wanted.interval.ends_at)),
    )))
}

fn said_in_part(wanted: &Wanted, kind: AvailabilityKind) -> impl Condition<users::table> + use<> {
    when(Some(exists(
        availability::table
            .filter(availability::org_id.eq(wanted.org_id))
            .filter(availability::user_id.eq(users::id))
            .filter(availability::kind.eq(kind))
            .filter(availability::starts_at.gt(earliest(wanted.interval)))
            .filter(availability::starts_at.lt(wanted.interval.ends_at))
            .filter(availability::ends_at.gt(wanted.interval.starts_at)),
    )))
}

// Who is booked does not depend on the person, so it is found once.

fn booked_elsewhere(wanted: &Wanted) -> impl Condition<users::table> + use<> {
    let of_mission = missions::org_id
        .eq(assignments::org_id)
        .and(missions::id.eq(assignments::mission_id));
    let booked = assignments::table
        .inner_join(missions::table.on(of_mission))
        .filter(assignments::org_id.eq(wanted.org_id))
        .filter(missions::org_id.eq(wanted.org_id))
        .filter(assignments::status.any_of(&OPEN))
        .filter(assignments::starts_at.lt(wanted.interval.ends_at))
        .filter(since(
            assignments::starts_at,
            wanted.org_id,
            wanted.interval.starts_at,
            LONGEST_DAYS,
        ))
        .filter(assignments::ends_at.gt(wanted.interval.starts_at))
        .filter(missions::cancelled_at.is_null())
        .select(assignments::user_id);
    when(Some(users::id.eq_any(booked)))
}

fn booked_here(wanted: &Wanted) -> impl Condition<users::table> + use<> {
    let booked = assignments::table
        .filter(assignments::org_id.eq(wanted.org_id))
        .filter(assignments::mission_id.eq(wanted.mission_id))
        .filter(assignments::status.any_of(&OPEN))
        .select(assignments::user_id);
    when(Some(users::id.eq_any(booked)))
}

/// People who could take the role. Those with the skill come first, then those who are AVAILABLE, then those who are
/// free, then by name.
pub async fn candidates(conn: &mut Conn, wanted: &Wanted, limit: i64) -> Result<Vec<CandidateRow>> {
    let busy = when(Some(
        booked_elsewhere(wanted).or(said_in_part(wanted, AvailabilityKind::Unavailable)),
    ));
    let rows = users::table
        .filter(users::org_id.eq(wanted.org_id))
        .filter(users::archived_at.is_null())
        .filter(diesel::dsl::not(booked_here(wanted)))
        .order((
            has_skill(wanted).desc(),
            said_available(wanted).desc(),
            busy.asc(),
            users::display_name_folded,
            users::id,
        ))
        .limit(limit)
        .select((
            User::columns(),
            has_skill(wanted),
            said_available(wanted),
            said_in_part(wanted, AvailabilityKind::Available),
            said_in_part(wanted, AvailabilityKind::Unavailable),
        ));
    conn.load(rows).await
}
