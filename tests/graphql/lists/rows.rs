//! What the lists hold: the one place that knows more of them than the schema tells.

use chrono::TimeDelta;
use coulisses_crew::access::Role;

use crate::support::{Client, TestApp, World, hour};

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
    made.extend(people);
    made.extend(projects);
    made
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
        }
        made.push(Made::new(&mission, times.0, &[project]));
    }
    made
}
