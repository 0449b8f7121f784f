//! The answers, and how rows become parts of them.

use std::collections::HashMap;

use coulisses_crew::db::types::Timestamp;
use coulisses_crew::ids::{AssignmentId, MissionId, ProjectId, RoleId, UserId};
use serde::{Serialize, Serializer};
use tokio_postgres::Row;
use uuid::Uuid;

#[derive(Serialize)]
pub struct Person {
    pub id: UserId,
    #[serde(rename = "displayName")]
    pub name: String,
}

#[derive(Serialize)]
pub struct Booking {
    pub id: AssignmentId,
    pub status: String,
    pub user: Person,
}

#[derive(Serialize)]
pub struct Wanted {
    pub id: RoleId,
    pub name: String,
    pub quantity: i32,
}

/// A mission; what was not asked for is left out.
#[derive(Serialize)]
pub struct Shown {
    pub id: MissionId,
    pub title: String,
    #[serde(rename = "startsAt", serialize_with = "rfc3339")]
    pub starts_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<Wanted>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignments: Option<Vec<Booking>>,
}

#[derive(Serialize)]
pub struct List {
    pub nodes: Vec<Shown>,
    #[serde(rename = "pageInfo", skip_serializing_if = "Option::is_none")]
    pub page: Option<PageInfo>,
}

#[derive(Serialize)]
pub struct PageInfo {
    #[serde(rename = "hasNextPage")]
    pub has_next: bool,
    #[serde(rename = "endCursor")]
    pub end: Option<String>,
}

#[derive(Serialize)]
pub struct BoardData {
    /// Nothing if the organisation has no such project.
    pub project: Option<Board>,
}

#[derive(Serialize)]
pub struct Board {
    pub id: ProjectId,
    pub name: String,
    pub missions: List,
}

#[derive(Serialize)]
pub struct MissionData {
    /// Nothing if the organisation has no such mission.
    pub mission: Option<Shown>,
}

#[derive(Serialize)]
pub struct MissionsData {
    pub missions: List,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn rfc3339<S: Serializer>(at: &Timestamp, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(&at.to_rfc3339())
}

pub fn shown(row: &Row) -> Shown {
    Shown {
        id: MissionId::new(row.get(0)),
        title: row.get(1),
        starts_at: Timestamp::new(row.get(2)),
        roles: None,
        assignments: None,
    }
}

pub fn booking(row: &Row) -> Booking {
    Booking {
        id: AssignmentId::new(row.get(1)),
        status: row.get(2),
        user: Person {
            id: UserId::new(row.get(3)),
            name: row.get(4),
        },
    }
}

/// Missions with their roles and with who is asked.
pub fn with_details(missions: &[Row], roles: &[Row], bookings: &[Row]) -> Vec<Shown> {
    let mut nodes: Vec<Shown> = missions.iter().map(shown).collect();
    let at: HashMap<Uuid, usize> = missions.iter().map(|row| row.get(0)).zip(0..).collect();
    for node in &mut nodes {
        node.roles = Some(Vec::new());
        node.assignments = Some(Vec::new());
    }
    for row in roles {
        if let Some(list) = &mut nodes[at[&row.get(0)]].roles {
            list.push(Wanted {
                id: RoleId::new(row.get(1)),
                name: row.get(2),
                quantity: row.get(3),
            });
        }
    }
    for row in bookings {
        if let Some(list) = &mut nodes[at[&row.get(0)]].assignments {
            list.push(booking(row));
        }
    }
    nodes
}
