//! The rows: the same on either database.

use chrono::TimeDelta;
use coulisses_crew::clock::Random;
use coulisses_crew::db::DbUrl;
use coulisses_crew::db::types::Timestamp;
use coulisses_crew::ids::{AccountId, AssignmentId, MembershipId, MissionId, OrgId, ProjectId};
use coulisses_crew::ids::{RoleId, UserId};
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};

use crate::processes::Postgres;
use crate::sql::Dialect;
use crate::support::{Database, PASSWORD, instant};

const ORGS: usize = 20;
pub const PEOPLE: usize = 200;
const PROJECTS: usize = 5;
const MISSIONS: usize = 50;
pub const ROLES: [&str; 2] = ["Rigger", "Light technician"];
/// Assignments of each mission.
pub const ASSIGNMENTS: usize = 4;

/// An organisation, by its ids.
pub struct Org {
    pub id: OrgId,
    pub account: AccountId,
    pub membership: MembershipId,
    pub people: Vec<UserId>,
    pub projects: Vec<Project>,
}

/// A project, by its ids.
pub struct Project {
    pub id: ProjectId,
    pub missions: Vec<Mission>,
}

/// A mission, by its ids.
pub struct Mission {
    pub id: MissionId,
    pub roles: Vec<RoleId>,
    pub assignments: Vec<AssignmentId>,
}

/// What both databases are filled with.
pub struct Rows {
    pub orgs: Vec<Org>,
}

/// The address of the person who plans in an organisation.
pub fn email(org: usize) -> String {
    format!("planner{org}@bench.example")
}

/// When the first row was written.
pub fn began() -> Timestamp {
    instant("2026-01-01T08:00:00Z")
}

impl Rows {
    pub fn new() -> Self {
        let random = Random::seeded(1);
        let mut at = began();
        let mut org = || {
            let org = Org::new(&random, at);
            at = at + TimeDelta::hours(1);
            org
        };
        Self {
            orgs: (0..ORGS).map(|_| org()).collect(),
        }
    }

    /// Writes them with plain SQL, past the policies.
    pub async fn fill(&self, database: &Database) {
        // The cheapest hash that there is: signing in is not measured.
        let hash = bcrypt::non_truncating_hash(PASSWORD, 4).expect("a hash");
        let sql = |dialect: Dialect| {
            let mut sql = String::from("BEGIN;\n");
            for (number, org) in self.orgs.iter().enumerate() {
                org.insert(&mut sql, dialect, number, &hash);
            }
            sql + "COMMIT;"
        };
        match DbUrl::parse(&database.url_of_tests()).expect("a URL") {
            DbUrl::Postgres(_) => {
                let postgres = Postgres::connect(&database.url_of_tests()).await;
                postgres.run(&sql(Dialect::Postgres)).await;
                postgres.run("VACUUM ANALYZE").await;
            }
            DbUrl::Sqlite(path) => {
                let path = path.to_string_lossy();
                let mut conn = SqliteConnection::establish(&path).expect("the file");
                conn.batch_execute(&sql(Dialect::Sqlite)).expect("the rows");
            }
        }
    }
}

impl Org {
    fn new(random: &Random, at: Timestamp) -> Self {
        let mission = || Mission {
            id: random.id(at),
            roles: ROLES.map(|_| random.id(at)).to_vec(),
            assignments: (0..ASSIGNMENTS).map(|_| random.id(at)).collect(),
        };
        let project = || Project {
            id: random.id(at),
            missions: (0..MISSIONS).map(|_| mission()).collect(),
        };
        Self {
            id: random.id(at),
            account: random.id(at),
            membership: random.id(at),
            people: (0..PEOPLE).map(|_| random.id(at)).collect(),
            projects: (0..PROJECTS).map(|_| project()).collect(),
        }
    }
}
