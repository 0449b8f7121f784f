//! Mutations of the crew and of when they can work.

use serde_json::json;

use super::super::labels::Labels;
use super::super::state::{Model, Skill, name};
use super::super::step::Crew;
use super::{Mutation, timed};

pub(super) fn ask(deed: &Crew, at: &Model, labels: &Labels) -> Mutation {
    let user = |person: &usize| labels.id("user", *person);
    let skills = |skill: Option<Skill>| skill.into_iter().map(Skill::name).collect::<Vec<_>>();
    let (of_user, of_slot) = ("user { id version }", "availability { id } clashes { id }");
    let (field, payload, input) = match deed {
        Crew::CreateUser(skill) => {
            // So that people sort by name as they do by number.
            let name = format!("Person {:03}", at.people.len());
            // Who has an address is told by mail.
            let email = format!("person{}@crew.example", at.people.len());
            let input = json!({"displayName": name, "email": email, "skills": skills(*skill)});
            ("createUser", of_user, input)
        }
        Crew::UpdateUser(person, version, skill) => {
            let version = version.sent(at.people[*person].version);
            let mut input = json!({"id": user(person), "expectedVersion": version});
            input["skills"] = json!(skills(*skill));
            ("updateUser", of_user, input)
        }
        Crew::ArchiveUser(person, cancel) => {
            let input = json!({"id": user(person), "cancelFuture": cancel.0});
            ("archiveUser", of_user, input)
        }
        Crew::CreateAvailability(person, span, kind) => {
            let input = json!({"userId": user(person), "kind": name(kind)});
            ("createAvailability", of_slot, timed(input, *span))
        }
        Crew::UpdateAvailability(slot, span, kind) => {
            let input = json!({"id": labels.id("availability", *slot), "kind": name(kind)});
            ("updateAvailability", of_slot, timed(input, *span))
        }
        Crew::DeleteAvailability(slot) => {
            let input = json!({"id": labels.id("availability", *slot)});
            ("deleteAvailability", "availabilityId", input)
        }
    };
    Mutation(field, payload.to_owned(), input)
}
