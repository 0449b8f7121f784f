//! What the lists hold: the one place that knows more of them than the schema tells.

use chrono::TimeDelta;
use coulisses_crew::access::Role;
use coulisses_crew::db::dsl::Columns as _;
use coulisses_crew::db::schema::audit_log;
use coulisses_crew::domains::audit::model::AuditEntry;
use coulisses_crew::ids::{AnyId, OrgId};
use diesel::prelude::*;
use serde_json::json;

use crate::support::{Client, TestApp, UPDATE_USER, World, hour, key};

/// The types whose lists begin with the largest key.
pub const NEWEST_FIRST: [&str; 2] = ["AuditEntry", "Invitation"];

/// A row that was made.
pub struct Made {
    pub id: String,
    /// What its lists are sorted by, as a text that sorts the same way.
    pub key: String,
    /// The rows that it belongs to: a list below one of them, or filtered by one of them, holds it.
    pub of: Vec<String>,
}

impl Made {
    fn new(id: &str, key: &str, of: &[&str]) -> Self {
        Self {
            id: id.to_owned(),
            key: key.to_owned(),
            of: of.iter().map(|&id| id.to_owned()).collect(),
        }
    }
}

/// Makes several rows for each list of the schema, of which several share what they are sorted by. A new type of row
/// gets a function here.
pub async fn make(app: &TestApp, world: &World<'_>) -> Vec<Made> {
    let mut made = members(app, world).await;
    let people = people(world).await;
    let projects = projects(world).await;
    made.extend(missions(world, &projects, &people).await);
    made.extend(entries(app, world, &people[0].id).await);
    made.extend(people);
    made.extend(projects);
    made
}

/// The entries of the audit log, of which several are about one person and at several times.
async fn entries(app: &TestApp, world: &World<'_>, person: &str) -> Vec<Made> {
    for seconds in [0, 1, 0, 1] {
        app.state.clock.advance(TimeDelta::seconds(seconds));
        let change = json!({"id": person, "phone": app.state.random.bytes::<1>()[0].to_string()});
        world
            .owner
            .gql(UPDATE_USER, json!({"input": change}))
            .await
            .data();
    }
    let rows = audit_log::table
        .filter(audit_log::org_id.eq(key::<OrgId>(&world.org_id)))
        .select(AuditEntry::columns());
    let read = app.state.db.read(async |conn| conn.load(rows).await);
    let rows: Vec<AuditEntry> = read.await.expect("the audit log");
    let made = |row: &AuditEntry| {
        let about = AnyId::new(&row.entity_type, row.entity_id.uuid()).expect("a type");
        let mut of = vec![about.to_string()];
        of.extend(row.actor_id.map(|id| id.to_string()));
        let of: Vec<&str> = of.iter().map(String::as_str).collect();
        Made::new(&row.id.to_string(), &row.at.to_rfc3339(), &of)
    };
    rows.iter().map(made).collect()
}

/// Memberships, oldest first, and the profiles that come with them. The first one is the owner's.
async fn members(app: &TestApp, world: &World<'_>) -> Vec<Made> {
    let mut made = vec![membership(&world.owner).await];
    for seconds in [0, 1, 0, 1] {
        app.state.clock.advance(TimeDelta::seconds(seconds));
        let (client, profile) = world.member(Role::Tech).await;
        made.push(membership(&client).await);
        made.push(Made::new(&profile, "tech", &[]));
    }
    made
}

async fn membership(client: &Client) -> Made {
    let me = "{ me { memberships { id createdAt } } }";
    let me = client.query(me).await;
    let field = |name: &str| me.str(&format!("/data/me/memberships/0/{name}"));
    Made::new(field("id"), field("createdAt"), &[])
}

/// The invitation of an assignment.
async fn invitation(world: &World<'_>, assignment: &str) -> Made {
    let query = "query($id: ID!) { assignment(id: $id) { invitation { id createdAt } } }";
    let found = world.owner.gql(query, json!({"id": assignment})).await;
    let field = |name: &str| found.str(&format!("/data/assignment/invitation/{name}"));
    Made::new(field("id"), field("createdAt"), &[])
}

/// Crew members by name: some names are the same when folded, and different as they are written.
async fn people(world: &World<'_>) -> Vec<Made> {
    let mut made = Vec::new();
    for (i, name) in ["sam", "eric", "zoe", "sam", "sam", "ada", "eric"]
        .into_iter()
        .enumerate()
    {
        let shown = match i % 2 {
            0 => name.to_owned(),
            _ => name.replace('e', "É"),
        };
        made.push(Made::new(&world.user(&shown, &[]).await, name, &[]));
    }
    made
}

/// Projects by name. No two have the same.
async fn projects(world: &World<'_>) -> Vec<Made> {
    let mut made = Vec::new();
    for name in ["tour", "festival", "gala"] {
        made.push(Made::new(&world.project(name).await, name, &[]));
    }
    made
}

/// Missions by start, all but one of them of one project, and assignments by the start of their missions.
async fn missions(world: &World<'_>, projects: &[Made], people: &[Made]) -> Vec<Made> {
    let mut made = Vec::new();
    for (i, start) in [20, 10, 10, 30, 10, 20, 40].into_iter().enumerate() {
        let project = &*projects[usize::from(i == 3)].id;
        let times = (&*hour(start), &*hour(start + 2));
        let (mission, role) = world.place(project, times, 1).await;
        let asked = match i % 3 {
            0 => &people[..4],
            _ => &people[..1],
        };
        let asked: Vec<&str> = asked.iter().map(|person| &*person.id).collect();
        for ((assignment, _), person) in world.invite(&role, &asked).await.iter().zip(asked) {
            made.push(Made::new(assignment, times.0, &[&mission, person]));
            made.push(invitation(world, assignment).await);
        }
        made.push(Made::new(&mission, times.0, &[project]));
    }
    made
}
