//! One sequence: each step is taken by the model and by the server, and they have to agree.

use coulisses_crew::db::schema::audit_log;
use coulisses_crew::ids::OrgId;
use diesel::prelude::*;
use serde_json::{Value, json};

use super::ask::ask;
use super::board;
use super::labels::{Labels, sort};
use super::rules::{Reasons, Ruling};
use super::stage::Stage;
use super::state::{Model, Who};
use super::step::{Deed, Question, Step};
use crate::support::Answer;

/// The organisation of a sequence, as the model and as the server know it.
pub struct Run<'a> {
    pub stage: &'a Stage<'a>,
    pub org_id: OrgId,
    pub model: Model,
    pub labels: Labels,
    /// How many entries the audit log has.
    pub entries: i64,
}

impl Run<'_> {
    /// Takes a step. Says what came of it, `OK` or the code of an error; or how the server and the model disagree.
    pub async fn step(&mut self, step: Step) -> Result<String, String> {
        let Some(step) = step.aimed(&self.model) else {
            return Ok("NOTHING".to_owned());
        };
        let before = self.model.clone();
        let ruled = self.model.take(&step);
        if let Step::Wait(until) = step {
            self.stage.set_clock(until);
            return Ok("OK".to_owned());
        }
        let told = self.tell(&step, &before).await;
        let disagree = |what: &str| {
            let (ruled, told) = (shown(&ruled), shown(&told));
            Err(format!(
                "{what}: {step:?}\n  the rules say   {ruled}\n  the server says {told}"
            ))
        };
        match (&ruled, &told) {
            (Ok(ruled), Ok(told)) if sorted(ruled, &step) == sorted(told, &step) => {}
            (Err(reasons), Err(told)) if reasons.0.contains(&told.0[0]) => {}
            _ => return disagree("they answer differently"),
        }
        let present = self.count_entries().await;
        let entries = std::mem::replace(&mut self.entries, present);
        let is_changed = self.model != before;
        if is_changed != (self.entries > entries) {
            return disagree(match is_changed {
                true => "the audit log has no entry of a change",
                false => "the audit log has an entry, and nothing was to change",
            });
        }
        let told = told
            .err()
            .map_or_else(|| "OK".to_owned(), |reasons| reasons.0[0].clone());
        Ok(told.split(' ').next().unwrap_or_default().to_owned())
    }

    /// What the server answers.
    async fn tell(&mut self, step: &Step, before: &Model) -> Ruling {
        let asked = ask(step, before, &self.labels).expect("a request");
        let client = match asked.by {
            Some(who) => self.stage.client_of(who, self.org_id),
            None => self.stage.app.client(),
        };
        let answer = client.gql(&asked.document, asked.variables).await;
        match answer.body.get("errors") {
            Some(_) => Err(self.reason(&answer)),
            None => Ok(self.labels.read(&answer.data()[asked.field])),
        }
    }

    /// The code of the first error, with what it tells beside.
    fn reason(&mut self, answer: &Answer) -> Reasons {
        let extensions = &answer.body["errors"][0]["extensions"];
        let mut reason = extensions["code"].as_str().unwrap_or("no code").to_owned();
        if let Some(dependents) = extensions["dependents"].as_i64() {
            reason = format!("{reason} {dependents}");
        }
        let conflicts = extensions["conflicts"].as_array().into_iter().flatten();
        let mut conflicts: Vec<String> = conflicts
            .filter_map(|conflict| conflict["assignmentId"].as_str())
            .map(|id| self.labels.label(id))
            .collect();
        conflicts.sort();
        conflicts.insert(0, reason);
        Reasons(vec![conflicts.join(" ")])
    }

    async fn count_entries(&self) -> i64 {
        let count = audit_log::table
            .filter(audit_log::org_id.eq(self.org_id))
            .count();
        let read = self
            .stage
            .app
            .state
            .db
            .read(async |conn| conn.one(count).await);
        read.await.expect("a count")
    }

    /// Compares all rows, as the owner reads them.
    pub async fn end(mut self) -> Result<(), String> {
        let owner = self.stage.client_of(Who::Owner, self.org_id);
        for (field, document) in board::QUESTIONS {
            let answer = owner.query(document).await;
            let mut read = self.labels.read(&answer.data()[field]["nodes"]);
            let mut kept = board::rows(&self.model, field);
            sort(&mut read);
            sort(&mut kept);
            if read != kept {
                return Err(differences(field, &kept, &read));
            }
        }
        Ok(())
    }
}

/// The rows that only one of them has.
fn differences(field: &str, kept: &Value, read: &Value) -> String {
    let only = |one: &Value, other: &Value| -> String {
        let rows = one.as_array().into_iter().flatten();
        let other = other.as_array().cloned().unwrap_or_default();
        rows.filter(|row| !other.contains(row))
            .map(|row| format!("    {row}\n"))
            .collect()
    };
    let (kept, read) = (only(kept, read), only(read, kept));
    format!("at the end the {field} differ\n  by the rules:\n{kept}  by the server:\n{read}")
}

/// The order of lists says nothing, but for that of candidates.
fn sorted(payload: &Value, step: &Step) -> Value {
    let mut payload = payload.clone();
    match (step, &mut payload) {
        (Step::By(_, Deed::Question(Question::Candidates(_))), Value::Array(rows)) => {
            rows.iter_mut().for_each(sort)
        }
        (Step::By(_, Deed::Question(Question::Conflicts(_))), Value::Array(rows)) => {
            for row in rows.iter_mut() {
                // Which one is first where both start together is left open.
                if let Some(fields) = row.as_object_mut()
                    && let (Some(first), Some(second)) =
                        (fields.remove("first"), fields.remove("second"))
                {
                    fields.insert("between".to_owned(), json!([first, second]));
                }
            }
            sort(&mut payload);
        }
        _ => sort(&mut payload),
    }
    payload
}

fn shown(ruling: &Ruling) -> String {
    match ruling {
        Ok(payload) => payload.to_string(),
        Err(reasons) => reasons.0.join(" or "),
    }
}
