//! What a demo organisation plays: in three months a festival of twelve days, and a tour of two dozen dates.

use chrono::{Datelike, Days, Months, NaiveDate, TimeDelta, TimeZone};
use chrono_tz::Europe::Paris;

use super::super::model::{Company, Work};
use super::dice::Dice;
use crate::db::types::Timestamp;
use crate::domains::missions::model::{Mission, MissionRole};
use crate::domains::orgs::model::MONTHS_FR;
use crate::domains::projects::model::{Project, ProjectStatus};
use crate::text;

/// The zone of all that happens.
pub(super) const ZONE: &str = "Europe/Paris";
/// A season has so many months.
const MONTHS: u32 = 3;

const TOWNS: [&str; 12] = [
    "Brest, Le Quartz",
    "Rennes, TNB",
    "Nantes, Stereolux",
    "Angers, Le Quai",
    "Tours, Théâtre Olympia",
    "Poitiers, TAP",
    "La Rochelle, La Coursive",
    "Bordeaux, TnBA",
    "Toulouse, La Cité",
    "Montpellier, Le Corum",
    "Lyon, Les Célestins",
    "Dijon, L'Auditorium",
];

/// A role: its trade and how many people it needs.
type Need = (&'static str, i32);

const BUILD: &[Need] = &[
    ("Régie générale", 1),
    ("Plateau", 6),
    ("Rigging", 2),
    ("Son", 2),
    ("Lumière", 2),
    ("Électricité", 1),
];
const SHOW: &[Need] = &[
    ("Régie générale", 1),
    ("Son", 2),
    ("Lumière", 2),
    ("Vidéo", 1),
    ("Plateau", 3),
    ("Habillage", 1),
];
const STRIKE: &[Need] = &[
    ("Plateau", 6),
    ("Rigging", 2),
    ("Son", 1),
    ("Lumière", 1),
    ("Conduite", 2),
];

/// A piece of a day: what, from which hour, for how many hours, and whom it needs.
type Part = (&'static str, u32, i64, &'static [Need]);

const BUILD_DAY: &[Part] = &[("Montage", 8, 10, BUILD)];
const SHOW_DAY: &[Part] = &[
    ("Accueil technique", 9, 4, SHOW),
    ("Balances", 14, 4, SHOW),
    ("Concert", 19, 6, SHOW),
];
const STRIKE_DAY: &[Part] = &[("Démontage", 8, 10, STRIKE)];
/// The strike ends after midnight.
const TOUR_DAY: &[Part] = &[
    ("Montage", 9, 8, BUILD),
    ("Représentation", 19, 4, SHOW),
    ("Démontage", 23, 3, STRIKE),
];

/// The first day of the season that began so many seasons before the present one. The present one has a month behind it.
pub(super) fn first_day(now: Timestamp, seasons_ago: u32) -> NaiveDate {
    let today = now.utc().with_timezone(&Paris).date_naive();
    let month = today.with_day(1).unwrap_or(today);
    let back = Months::new(1 + seasons_ago * MONTHS);
    month.checked_sub_months(back).unwrap_or(month)
}

/// The instant of an hour on a day.
pub(super) fn at(day: NaiveDate, hour: u32) -> Timestamp {
    let local = day.and_hms_opt(hour, 0, 0).unwrap_or_default();
    // No part begins in the hour that a day may lack.
    let instant = Paris.from_local_datetime(&local).earliest();
    Timestamp::new(instant.map_or_else(|| local.and_utc(), |found| found.to_utc()))
}

/// The festival and the tour of the season that begins on a day, and their missions by start.
pub(super) fn season(company: Company, dice: &Dice, first: NaiveDate) -> (Vec<Project>, Vec<Work>) {
    let festival_day = first + Days::new(40);
    let named = |what: &str, day: NaiveDate| {
        let month = usize::try_from(day.month0()).unwrap_or_default();
        format!("{what}, {} {}", MONTHS_FR[month], day.year())
    };
    let is_over = at(first + Months::new(MONTHS), 0) <= company.now;
    let new = |name: String| project(company, dice, name, is_over);
    let festival = new(named("Festival des Lumières", festival_day));
    let tour = new(named("Tournée Marée haute", first));
    let mut works = Vec::new();
    for day in 0..12 {
        let parts = match day {
            0..4 => BUILD_DAY,
            4..9 => SHOW_DAY,
            _ => STRIKE_DAY,
        };
        let date = festival_day + Days::new(day);
        works.extend(parts.iter().map(|part| {
            work(
                company,
                dice,
                &festival,
                date,
                *part,
                "Parc des expositions",
            )
        }));
    }
    // Every third day, but for the festival and the days around it.
    for (number, day) in (1..88)
        .step_by(3)
        .filter(|day| !(38..54).contains(day))
        .enumerate()
    {
        let date = first + Days::new(day);
        let town = TOWNS[number % TOWNS.len()];
        works.extend(
            TOUR_DAY
                .iter()
                .map(|part| work(company, dice, &tour, date, *part, town)),
        );
    }
    works.sort_by_key(|work| work.mission.starts_at);
    (vec![festival, tour], works)
}

fn project(company: Company, dice: &Dice, name: String, is_over: bool) -> Project {
    Project {
        id: dice.id(company.now),
        org_id: company.org_id,
        name_folded: text::fold(&name),
        name,
        description: None,
        status: if is_over {
            ProjectStatus::Archived
        } else {
            ProjectStatus::Active
        },
        created_at: company.now,
        updated_at: company.now,
        version: 1,
    }
}

fn work(
    company: Company,
    dice: &Dice,
    project: &Project,
    day: NaiveDate,
    (title, hour, hours, needs): Part,
    place: &str,
) -> Work {
    let starts_at = at(day, hour);
    // Now and then the weather is too bad. What is over cannot be cancelled any more, so it was cancelled before.
    let is_cancelled = dice.chance(2);
    let mission = Mission {
        id: dice.id(company.now),
        org_id: company.org_id,
        project_id: project.id,
        title: title.to_owned(),
        description: None,
        location: Some(place.to_owned()),
        starts_at,
        ends_at: starts_at + TimeDelta::hours(hours),
        timezone: ZONE.to_owned(),
        cancelled_at: is_cancelled.then(|| company.now.min(starts_at - TimeDelta::days(1))),
        created_at: company.now.min(starts_at - TimeDelta::days(60)),
        updated_at: company.now,
        version: 1,
    };
    let role = |(position, (trade, quantity)): (usize, &Need)| MissionRole {
        id: dice.id(company.now),
        org_id: company.org_id,
        mission_id: mission.id,
        name: (*trade).to_owned(),
        skill: Some((*trade).to_owned()),
        quantity: *quantity,
        position: i32::try_from(position).unwrap_or_default(),
        deleted_at: None,
    };
    let roles = needs.iter().enumerate().map(role).collect();
    Work { mission, roles }
}
