//! All that an organisation has at the end of a sequence: what the owner reads, and what the model holds.

use serde_json::{Value, json};

use super::ask::called;
use super::rules::label;
use super::state::{self, Booking, MissionRole, Model, name};

/// The lists, and how they are asked for.
pub const QUESTIONS: [(&str, &str); 4] = [
    (
        "projects",
        "{ projects(first: 100) { nodes {
            id name status version staffing { needed invited accepted open }
        } } }",
    ),
    (
        "missions",
        "{ missions(first: 200, filter: {includeCancelled: true}) { nodes {
            id project { id } title startsAt endsAt cancelledAt version
            staffing { needed invited accepted open }
            roles { id skill quantity staffing { needed invited accepted open } }
            assignments { id role { id } user { id } status reason }
        } } }",
    ),
    (
        "users",
        r#"{ users(first: 200, filter: {includeArchived: true}) { nodes {
            id skills version archivedAt
            availability(from: "2026-01-01T00:00:00Z", to: "2028-01-01T00:00:00Z") {
                id startsAt endsAt kind
            }
        } } }"#,
    ),
    (
        "invitations",
        "{ invitations(first: 200) { nodes { status expiresAt assignment { id } } } }",
    ),
];

/// The rows of a list, by the model.
pub fn rows(model: &Model, field: &str) -> Value {
    match field {
        "projects" => projects(model),
        "missions" => missions(model),
        "users" => users(model),
        "invitations" => invitations(model),
        _ => unreachable!("{field} is none of the lists"),
    }
}

fn projects(model: &Model) -> Value {
    let rows = model
        .projects
        .iter()
        .enumerate()
        .filter(|(_, row)| !row.gone);
    let row = |(number, row): (usize, &state::Project)| {
        let of_project = |role: usize| model.missions[model.roles[role].mission].project == number;
        json!({
            "id": label("project", number),
            "name": called("Project", row.name),
            "status": name(row.status),
            "version": row.version,
            "staffing": staffing(model, of_project),
        })
    };
    rows.map(row).collect()
}

fn missions(model: &Model) -> Value {
    let rows = model
        .missions
        .iter()
        .enumerate()
        .filter(|(_, row)| !row.gone);
    let row = |(number, row): (usize, &state::Mission)| {
        let roles = model.roles_of(number).into_iter();
        let assignments = model.assignments.iter().enumerate();
        json!({
            "id": label("mission", number),
            "project": {"id": label("project", row.project)},
            "title": called("Mission", row.title),
            "startsAt": row.span.starts.0,
            "endsAt": row.span.ends.0,
            "cancelledAt": row.cancelled_at.map(|at| at.0),
            "version": row.version,
            "staffing": staffing(model, |role| model.roles[role].mission == number),
            "roles": roles.map(|number| role(model, number)).collect::<Value>(),
            "assignments": assignments
                .filter(|(_, assignment)| assignment.mission == number)
                .map(|(number, _)| assignment(model, number))
                .collect::<Value>(),
        })
    };
    rows.map(row).collect()
}

fn role(model: &Model, number: usize) -> Value {
    let row = &model.roles[number];
    json!({
        "id": label("role", number),
        "skill": row.skill.map(state::Skill::name),
        "quantity": row.quantity,
        "staffing": staffing(model, |role| role == number),
    })
}

fn assignment(model: &Model, number: usize) -> Value {
    let row = &model.assignments[number];
    json!({
        "id": label("assignment", number),
        "role": {"id": label("role", row.role)},
        "user": {"id": label("user", row.person)},
        "status": name(row.status),
        "reason": row.reason,
    })
}

fn users(model: &Model) -> Value {
    let row = |(number, row): (usize, &state::Person)| {
        let slots = model.slots.iter().enumerate();
        let of_person = slots.filter(|(_, slot)| slot.person == number && !slot.gone);
        let slot = |(number, slot): (usize, &state::Slot)| {
            json!({
                "id": label("availability", number),
                "startsAt": slot.span.starts.0,
                "endsAt": slot.span.ends.0,
                "kind": name(slot.kind),
            })
        };
        json!({
            "id": label("user", number),
            "skills": row.skill.iter().map(|skill| skill.name()).collect::<Value>(),
            "version": row.version,
            "archivedAt": row.archived_at.map(|at| at.0),
            "availability": of_person.map(slot).collect::<Value>(),
        })
    };
    model.people.iter().enumerate().map(row).collect()
}

fn invitations(model: &Model) -> Value {
    let row = |letter: &state::Letter| {
        json!({
            "status": letter.status_at(model.now),
            "expiresAt": letter.ends.0,
            "assignment": {"id": label("assignment", letter.assignment)},
        })
    };
    model.letters.iter().chain(&model.mailed).map(row).collect()
}

/// How far the places of some roles are filled. A cancelled mission needs nobody.
fn staffing(model: &Model, of: impl Fn(usize) -> bool) -> Value {
    let roles = model.roles.iter().enumerate();
    let is_live = |row: &MissionRole| model.missions[row.mission].cancelled_at.is_none();
    let roles = roles.filter(|(number, row)| !row.gone && is_live(row) && of(*number));
    let needed: usize = roles.map(|(_, row)| row.quantity).sum();
    let count = |status: Booking| {
        let counted = model.assignments.iter();
        counted
            .filter(|row| row.status == status && of(row.role))
            .count()
    };
    let accepted = count(Booking::Accepted);
    json!({
        "needed": needed,
        "invited": count(Booking::Invited),
        "accepted": accepted,
        "open": needed - accepted,
    })
}
