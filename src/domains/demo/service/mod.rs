//! Making demo organisations.

mod calendar;
mod cast;
mod dice;
mod room;
mod staff;

use super::model::{Booking, Company, Person, Season};
use crate::db::Conn;
use crate::db::types::Timestamp;
use crate::domains::assignments::model::AssignmentStatus;
use crate::domains::invitations::model::Invitation;
use crate::domains::orgs::model::{Language, Org};
use crate::domains::orgs::service::{NewOrg, insert_org_within};
use crate::domains::{assignments, availability, crew, invitations, missions, projects};
use crate::error::Result;
use crate::ids::AccountId;
use crate::state::AppState;
use calendar::ZONE;
use dice::Dice;

pub use room::refuse_without_room;

/// Most assignments of one organisation: a company that has been at it for some years. Beyond it there are more
/// organisations.
const OF_ONE: usize = 20_000;

/// What to make.
#[derive(Clone, Debug)]
pub struct SeedDemo {
    /// The account that will own the organisations.
    pub owner_id: AccountId,
    /// The same seed gives the same rows at the same instant, but for secrets.
    pub seed: u64,
    /// How many assignments. `None`: those of three months of one organisation.
    pub size: Option<usize>,
}

/// What was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seeded {
    pub orgs: usize,
    pub people: usize,
    pub missions: usize,
    pub assignments: usize,
}

/// Makes demo organisations, each with a crew of 60, festivals and tours. Each season of three months is a transaction,
/// after which `told` learns how many assignments there are so far. Nobody is told by mail, and the audit log stays empty.
pub async fn seed_demo(
    state: &AppState,
    input: SeedDemo,
    mut told: impl FnMut(usize),
) -> Result<Seeded> {
    let dice = Dice::new(input.seed);
    let mut made = Seeded::default();
    loop {
        let of_one = input.size.map(|size| (size - made.assignments).min(OF_ONE));
        seed_org(state, &dice, input.owner_id, of_one, &mut made, &mut told).await?;
        if input.size.is_none_or(|size| made.assignments >= size) {
            return Ok(made);
        }
    }
}

/// Makes one organisation with so many assignments, or those of one season. The newest season comes first.
async fn seed_org(
    state: &AppState,
    dice: &Dice,
    owner_id: AccountId,
    size: Option<usize>,
    made: &mut Seeded,
    told: &mut impl FnMut(usize),
) -> Result<()> {
    let now = state.clock.now();
    made.orgs += 1;
    let org = found_org(state, owner_id, made.orgs, now).await?;
    let company = Company {
        org_id: org.id,
        owner_id,
        now,
    };
    let people = cast::crew(company, dice);
    let db = state.db.within(org.id);
    db.write(async |conn| hire_within(conn, &people).await)
        .await?;
    made.people += people.len();
    let mut left = size.unwrap_or(OF_ONE);
    for seasons_ago in 0.. {
        let season = season(company, dice, &people, seasons_ago, left);
        db.write(async |conn| write_within(conn, state, company, &season).await)
            .await?;
        made.missions += season.works.len();
        made.assignments += season.bookings.len();
        left -= season.bookings.len();
        told(made.assignments);
        if left == 0 || size.is_none() {
            break;
        }
    }
    Ok(())
}

async fn found_org(
    state: &AppState,
    owner_id: AccountId,
    number: usize,
    now: Timestamp,
) -> Result<Org> {
    let name = match number {
        1 => "Les Nuits de la Halle".to_owned(),
        number => format!("Les Nuits de la Halle {number}"),
    };
    let new = NewOrg {
        name,
        timezone: ZONE.to_owned(),
        language: Language::Fr,
    };
    let found = state.db.write(async |conn| {
        insert_org_within(conn, new.clone(), owner_id, now, &state.random).await
    });
    Ok(found.await?.org)
}

fn season(
    company: Company,
    dice: &Dice,
    people: &[Person],
    seasons_ago: u32,
    limit: usize,
) -> Season {
    let first = calendar::first_day(company.now, seasons_ago);
    let (projects, works) = calendar::season(company, dice, first);
    let slots = staff::slots(company, dice, people, first);
    let bookings = staff::bookings(company, dice, people, (&works, &slots), limit);
    Season {
        projects,
        works,
        slots,
        bookings,
    }
}

async fn hire_within(conn: &mut Conn, people: &[Person]) -> Result<()> {
    for person in people {
        crew::service::import_within(conn, &person.user, &person.skills, &person.tags).await?;
    }
    Ok(())
}

async fn write_within(
    conn: &mut Conn,
    state: &AppState,
    company: Company,
    season: &Season,
) -> Result<()> {
    for project in &season.projects {
        projects::service::import_within(conn, project).await?;
    }
    let works: Vec<_> = season
        .works
        .iter()
        .map(|work| work.mission.clone())
        .collect();
    let roles: Vec<_> = season
        .works
        .iter()
        .flat_map(|work| work.roles.clone())
        .collect();
    missions::service::import_within(conn, &works, &roles).await?;
    availability::service::import_within(conn, &season.slots).await?;
    let rows: Vec<_> = season
        .bookings
        .iter()
        .map(|booking| (&booking.assignment, booking.time))
        .collect();
    assignments::service::insert_within(conn, &rows).await?;
    let waiting = season
        .bookings
        .iter()
        .filter_map(|booking| invitation(state, company, booking));
    invitations::service::insert_within(conn, &waiting.collect::<Vec<_>>()).await
}

/// The invitation of somebody who has not answered. Its link is not known to anybody; `resendInvitation` makes another.
fn invitation(state: &AppState, company: Company, booking: &Booking) -> Option<Invitation> {
    let assignment = &booking.assignment;
    let waits = assignment.status == AssignmentStatus::Invited;
    let starts_at = booking.time.starts_at;
    let issued = || invitations::service::issue(state, assignment, starts_at, company.now);
    waits.then(|| issued().invitation)
}
