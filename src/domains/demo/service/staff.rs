//! Who of a demo organisation works when.

use std::collections::HashSet;

use chrono::{Days, NaiveDate, TimeDelta};

use super::super::model::{Booking, Company, Person, Work};
use super::calendar::at;
use super::dice::Dice;
use crate::db::types::Timestamp;
use crate::domains::assignments::model::{Assignment, AssignmentStatus};
use crate::domains::availability::model::{Availability, AvailabilityKind};
use crate::ids::{RoleId, UserId};
use crate::interval::Interval;

/// When people of the crew said that they can or cannot work, in the season that begins on a day.
pub(super) fn slots(
    company: Company,
    dice: &Dice,
    crew: &[Person],
    first: NaiveDate,
) -> Vec<Availability> {
    let mut slots = Vec::new();
    for person in crew {
        let mut day = dice.below(30);
        for _ in 0..=dice.below(3) {
            let days = 2 + dice.below(8);
            let (from, to) = (days_after(first, day), days_after(first, day + days));
            let kind = match dice.chance(60) {
                true => AvailabilityKind::Unavailable,
                false => AvailabilityKind::Available,
            };
            slots.push(Availability {
                id: dice.id(company.now),
                org_id: company.org_id,
                user_id: person.user.id,
                starts_at: at(from, 8),
                ends_at: at(to, 8),
                kind,
                note: None,
                created_at: company.now,
            });
            day += days + 5 + dice.below(20);
        }
    }
    slots
}

fn days_after(day: NaiveDate, days: usize) -> NaiveDate {
    day + Days::new(days.try_into().unwrap_or_default())
}

/// Books the crew on the missions of a season, which come by start: at most `limit` assignments.
pub(super) fn bookings(
    company: Company,
    dice: &Dice,
    crew: &[Person],
    (works, slots): (&[Work], &[Availability]),
    limit: usize,
) -> Vec<Booking> {
    let mut busy: Vec<Vec<Interval>> = crew
        .iter()
        .map(|person| away(person.user.id, slots))
        .collect();
    let mut made = Vec::new();
    for work in works {
        let mut asked = HashSet::new();
        for role in &work.roles {
            let able = able(crew, role.skill.as_deref());
            for _ in 0..role.quantity {
                for status in asking(company, dice, work) {
                    let time = work.mission.interval();
                    let is_there = |i: &usize| !asked.contains(i) && is_free(&busy[*i], time);
                    let there: Vec<usize> = able.iter().copied().filter(is_there).collect();
                    if there.is_empty() {
                        break;
                    }
                    if made.len() == limit {
                        return made;
                    }
                    let found = *dice.pick(&there);
                    asked.insert(found);
                    if status == AssignmentStatus::Accepted {
                        busy[found].push(time);
                    }
                    let person = (crew[found].user.id, status);
                    made.push(booking(company, dice, work, role.id, person));
                }
            }
        }
    }
    made
}

fn able(crew: &[Person], skill: Option<&str>) -> Vec<usize> {
    let has = |person: &Person| person.skills.iter().any(|own| Some(&*own.text) == skill);
    let able = crew.iter().enumerate().filter(|(_, person)| has(person));
    able.map(|(number, _)| number).collect()
}

fn is_free(busy: &[Interval], time: Interval) -> bool {
    !busy.iter().any(|other| other.overlaps(time))
}

/// When a person said that they cannot work.
fn away(user_id: UserId, slots: &[Availability]) -> Vec<Interval> {
    let is_away = |slot: &&Availability| {
        slot.user_id == user_id && slot.kind == AvailabilityKind::Unavailable
    };
    slots
        .iter()
        .filter(is_away)
        .map(Availability::interval)
        .collect()
}

/// The statuses of the people who were asked for one place, one after the other.
fn asking(company: Company, dice: &Dice, work: &Work) -> Vec<AssignmentStatus> {
    let mut asked = Vec::new();
    if dice.chance(8) {
        asked.push(AssignmentStatus::Declined);
    }
    if work.mission.cancelled_at.is_some() {
        asked.push(AssignmentStatus::Cancelled);
        return asked;
    }
    let soon = company.now + TimeDelta::days(14);
    // How many places of a hundred are taken, and how many wait for an answer.
    let (taken, waiting) = match work.mission.starts_at {
        start if start <= company.now => (97, 0),
        start if start <= soon => (85, 10),
        _ => (55, 30),
    };
    let drawn = dice.below(100);
    if drawn < taken {
        asked.push(AssignmentStatus::Accepted);
    } else if drawn < taken + waiting {
        asked.push(AssignmentStatus::Invited);
    }
    asked
}

fn booking(
    company: Company,
    dice: &Dice,
    work: &Work,
    role_id: RoleId,
    (user_id, status): (UserId, AssignmentStatus),
) -> Booking {
    let time = work.mission.interval();
    let hours = i64::try_from(dice.below(72)).unwrap_or_default();
    let invited_at: Timestamp =
        (time.starts_at - TimeDelta::days(30)).min(company.now - TimeDelta::days(4));
    let answered_at = invited_at + TimeDelta::hours(hours + 1);
    let responded_at = match status {
        AssignmentStatus::Accepted | AssignmentStatus::Declined => Some(answered_at),
        AssignmentStatus::Invited | AssignmentStatus::Cancelled => None,
    };
    let reason = match status {
        AssignmentStatus::Cancelled => Some("Annulé : intempéries".to_owned()),
        _ => None,
    };
    let assignment = Assignment {
        id: dice.id(company.now),
        org_id: company.org_id,
        mission_id: work.mission.id,
        role_id,
        user_id,
        status,
        reason,
        invited_by: Some(company.owner_id),
        invited_at,
        responded_at,
        created_at: invited_at,
        updated_at: work
            .mission
            .cancelled_at
            .or(responded_at)
            .unwrap_or(invited_at),
    };
    Booking { assignment, time }
}
