//! Moving a mission. Inside its old time everybody is kept. Otherwise who had accepted is asked again.

use serde_json::{Value, json};

use super::super::state::{Booking, Model, Span, Who};
use super::super::step::{DryRun, Expected};
use super::missions::is_wrong;
use super::{Reasons, Ruling, ids, refuse};

impl Model {
    pub(super) fn reschedule_mission(
        &mut self,
        by: Who,
        mission: usize,
        version: Expected,
        span: Span,
        DryRun(dry_run): DryRun,
    ) -> Ruling {
        self.may_plan(by, mission)
            .map_err(|reasons| reasons.or(is_wrong(span), "BAD_USER_INPUT"))?;
        let old = self.missions[mission].span;
        // Nobody could accept it any more.
        let is_over = span.ends <= self.now && !old.holds(span);
        Reasons::default()
            .or(is_wrong(span) || is_over, "BAD_USER_INPUT")
            .or(version.differs(), "VERSION_CONFLICT")
            .or(self.is_closed(mission), "MISSION_CLOSED")
            .settle()?;
        let open = self.numbers(|row| row.mission == mission && row.status.is_open());
        let is_archived = |number: &&usize| {
            let person = self.assignments[**number].person;
            self.people[person].archived_at.is_some()
        };
        let archived = open.iter().filter(is_archived).count();
        let is_asked = !old.holds(span) || span.starts > self.now;
        refuse(is_asked && archived > 0, &format!("IN_USE {archived}"))?;
        // A dry run tells the same, of a copy.
        let mut moved = self.clone();
        moved.missions[mission].span = span;
        if span != old {
            moved.missions[mission].version += 1;
        }
        let outcomes: Value = open
            .into_iter()
            .map(|number| moved.move_assignment(number, old.holds(span)))
            .collect();
        if !dry_run {
            *self = moved;
        }
        let outcomes = match dry_run {
            true => self.as_it_stands(outcomes),
            false => outcomes,
        };
        let mission = self.mission(mission);
        Ok(json!({"mission": mission, "outcomes": outcomes, "applied": !dry_run}))
    }

    /// What becomes of an open assignment whose mission has moved.
    fn move_assignment(&mut self, number: usize, is_kept: bool) -> Value {
        let row = &self.assignments[number];
        let conflicts = match is_kept {
            true => Vec::new(),
            false => self.elsewhere(row.person, row.mission, true),
        };
        if !is_kept {
            self.revoke_letters(number);
            self.assignments[number].status = Booking::Invited;
            self.mailed.push(self.write_letter(number));
        }
        let effect = match (is_kept, conflicts.is_empty()) {
            (true, _) => "KEPT",
            (false, true) => "RECONFIRM",
            (false, false) => "CONFLICT",
        };
        json!({
            "assignment": self.told(number),
            "effect": effect,
            "conflicts": ids(&conflicts),
        })
    }

    /// The outcomes of a dry run, whose assignments keep their status.
    fn as_it_stands(&self, mut outcomes: Value) -> Value {
        for outcome in outcomes.as_array_mut().into_iter().flatten() {
            let id = outcome["assignment"]["id"].as_str().unwrap_or_default();
            let number = id
                .trim_start_matches("assignment")
                .parse()
                .expect("a number");
            outcome["assignment"] = self.told(number);
        }
        outcomes
    }
}
