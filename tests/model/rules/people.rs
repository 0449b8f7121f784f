//! The crew, and when they can work.

use coulisses_crew::access::Role;
use serde_json::{Value, json};

use super::super::state::{Kind, Model, Person, Skill, Slot, Span, Who};
use super::super::step::{CancelFuture, Crew, Expected};
use super::{Reasons, Ruling, ids, label, refuse};

impl Model {
    pub(super) fn take_crew(&mut self, by: Who, deed: &Crew) -> Ruling {
        match *deed {
            Crew::CreateUser(skill) => self.create_user(by, skill),
            Crew::UpdateUser(person, version, skill) => {
                self.update_user(by, person, version, skill)
            }
            Crew::ArchiveUser(person, cancel) => self.archive_user(by, person, cancel),
            Crew::CreateAvailability(person, span, kind) => {
                self.create_availability(by, person, span, kind)
            }
            Crew::UpdateAvailability(slot, span, kind) => {
                self.update_availability(by, slot, span, kind)
            }
            Crew::DeleteAvailability(slot) => self.delete_availability(by, slot),
        }
    }

    fn create_user(&mut self, by: Who, skill: Option<Skill>) -> Ruling {
        by.needs(Role::Manager)?;
        self.people.push(Person {
            skill,
            archived_at: None,
            version: 1,
        });
        Ok(self.user(self.people.len() - 1))
    }

    fn update_user(
        &mut self,
        by: Who,
        person: usize,
        version: Expected,
        skill: Option<Skill>,
    ) -> Ruling {
        self.manages_or_is(by, person)?;
        refuse(version.differs(), "VERSION_CONFLICT")?;
        let row = &mut self.people[person];
        if row.skill != skill {
            row.skill = skill;
            row.version += 1;
        }
        Ok(self.user(person))
    }

    /// Keeps their history.
    fn archive_user(&mut self, by: Who, person: usize, cancel: CancelFuture) -> Ruling {
        by.needs(Role::Manager)?;
        refuse(!Self::sees(by, false), "NOT_FOUND")?;
        if self.people[person].archived_at.is_none() {
            let future = self.future(|row| row.person == person);
            let in_use = !future.is_empty() && !cancel.0;
            refuse(in_use, &format!("IN_USE {}", future.len()))?;
            self.cancel_all(&future, None);
            let row = &mut self.people[person];
            row.archived_at = Some(self.now);
            row.version += 1;
        }
        Ok(self.user(person))
    }

    fn create_availability(&mut self, by: Who, person: usize, span: Span, kind: Kind) -> Ruling {
        let wrong = span.starts >= span.ends;
        self.manages_or_is(by, person)
            .map_err(|reasons| reasons.or(wrong, "BAD_USER_INPUT"))?;
        refuse(
            wrong || self.people[person].archived_at.is_some(),
            "BAD_USER_INPUT",
        )?;
        self.slots.push(Slot {
            person,
            span,
            kind,
            gone: false,
        });
        Ok(self.slot(self.slots.len() - 1))
    }

    fn update_availability(&mut self, by: Who, slot: usize, span: Span, kind: Kind) -> Ruling {
        let wrong = span.starts >= span.ends;
        self.may_change(by, slot)
            .map_err(|reasons| reasons.or(wrong, "BAD_USER_INPUT"))?;
        let is_archived = self.people[self.slots[slot].person].archived_at.is_some();
        refuse(wrong || is_archived, "BAD_USER_INPUT")?;
        let row = &mut self.slots[slot];
        (row.span, row.kind) = (span, kind);
        Ok(self.slot(slot))
    }

    fn delete_availability(&mut self, by: Who, slot: usize) -> Ruling {
        self.may_change(by, slot)?;
        self.slots[slot].gone = true;
        Ok(json!({"availabilityId": label("availability", slot)}))
    }

    fn may_change(&self, by: Who, slot: usize) -> Result<(), Reasons> {
        let row = &self.slots[slot];
        refuse(!Self::sees(by, row.gone), "NOT_FOUND")?;
        self.manages_or_is(by, row.person)
    }

    fn manages_or_is(&self, by: Who, person: usize) -> Result<(), Reasons> {
        refuse(!Self::sees(by, false), "NOT_FOUND")?;
        refuse(!by.is(Role::Manager) && !by.is_person(person), "FORBIDDEN")
    }

    fn user(&self, person: usize) -> Value {
        let (row, id) = (&self.people[person], label("user", person));
        json!({"user": {"id": id, "version": row.version}})
    }

    /// A slot, with the ACCEPTED assignments that it clashes with if the person cannot work then.
    fn slot(&self, slot: usize) -> Value {
        let row = &self.slots[slot];
        let clashes = self.numbers(|other| {
            row.kind == Kind::Unavailable
                && other.person == row.person
                && self.is_accepted_at(other, row.span)
        });
        json!({"availability": {"id": label("availability", slot)}, "clashes": ids(&clashes)})
    }
}
