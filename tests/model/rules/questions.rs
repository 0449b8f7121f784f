//! What a planner asks before deciding: who could come, and who is booked twice.

use std::cmp::Reverse;

use coulisses_crew::access::Role;
use serde_json::{Value, json};

use super::super::state::{Booking, Kind, Model, Span, Who, name};
use super::super::step::Question;
use super::{Ruling, ids, label, refuse};

impl Model {
    pub(super) fn answer(&self, by: Who, question: &Question) -> Ruling {
        match *question {
            Question::Candidates(role) => self.candidates(by, role),
            Question::Conflicts(person) => self.conflicts(by, person),
        }
    }

    /// Best first: has the skill, said AVAILABLE for the whole time, is free, by name. Who is asked already is left out.
    fn candidates(&self, by: Who, role: usize) -> Ruling {
        by.needs(Role::Manager)?;
        let row = &self.roles[role];
        refuse(!Self::sees(by, row.gone), "NOT_FOUND")?;
        let span = self.missions[row.mission].span;
        let is_asked = |person: usize| {
            let here = |row: &usize| self.assignments[*row].person == person;
            let open = self.numbers(|other| other.mission == row.mission && other.status.is_open());
            open.iter().any(here)
        };
        let mut found = Vec::new();
        for (person, of) in self.people.iter().enumerate() {
            if of.archived_at.is_some() || is_asked(person) {
                continue;
            }
            let has_skill = row.skill.is_none() || row.skill == of.skill;
            let slots = self
                .slots
                .iter()
                .filter(|slot| !slot.gone && slot.person == person);
            let said_all = slots
                .clone()
                .any(|slot| slot.kind == Kind::Available && slot.span.holds(span));
            let overlaps = self.elsewhere(person, row.mission, false);
            let cannot = self.said(person, span, Kind::Unavailable);
            let said = [Kind::Unavailable, Kind::Available];
            let said = said.iter().find(|kind| self.said(person, span, **kind));
            let candidate = json!({
                "user": {"id": label("user", person)},
                "hasSkill": has_skill,
                "available": said_all,
                "availability": said.map(name),
                "overlaps": ids(&overlaps),
            });
            let is_free = overlaps.is_empty() && !cannot;
            // The names of people sort as their numbers do.
            let rank = (
                Reverse(has_skill),
                Reverse(said_all),
                Reverse(is_free),
                person,
            );
            found.push((rank, candidate));
        }
        found.sort_by_key(|(rank, _)| *rank);
        Ok(found.into_iter().map(|(_, candidate)| candidate).collect())
    }

    /// The pairs of accepted assignments of one person that overlap: a manager may have forced them.
    fn conflicts(&self, by: Who, person: usize) -> Ruling {
        refuse(!by.is(Role::Manager) && !by.is_person(person), "FORBIDDEN")?;
        if !Self::sees(by, false) {
            return Ok(json!([]));
        }
        let accepted = self.numbers(|row| row.person == person && row.status == Booking::Accepted);
        let span = |number: usize| self.missions[self.assignments[number].mission].span;
        let mut pairs = Vec::new();
        for (n, first) in accepted.iter().enumerate() {
            for second in &accepted[n + 1..] {
                let (one, other) = (span(*first), span(*second));
                if one.overlaps(other) {
                    let starts = one.starts.max(other.starts);
                    let ends = one.ends.min(other.ends);
                    pairs.push(json!({
                        "between": ids(&[*first, *second]),
                        "startsAt": starts.0,
                        "endsAt": ends.0,
                    }));
                }
            }
        }
        Ok(Value::Array(pairs))
    }

    /// Whether a person has said this of a part of the time.
    pub(super) fn said(&self, person: usize, span: Span, kind: Kind) -> bool {
        let slots = self.slots.iter();
        slots
            .filter(|slot| !slot.gone && slot.person == person && slot.kind == kind)
            .any(|slot| slot.span.overlaps(span))
    }
}
