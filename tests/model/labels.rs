//! The server's ids by their labels: the first mission of a sequence is `mission0` to the model.

use std::collections::HashMap;

use chrono::TimeDelta;
use coulisses_crew::db::types::Timestamp;
use serde_json::{Map, Value, json};

use super::rules::label;
use super::state::Moment;
use crate::support::{NOW, instant};

/// What the ids begin with that have a label.
const KINDS: [&str; 7] = [
    "user",
    "availability",
    "project",
    "mission",
    "role",
    "assignment",
    "invitation",
];

/// The ids and the tokens of a sequence, in the order in which the server made them.
#[derive(Default)]
pub struct Labels {
    ids: HashMap<&'static str, Vec<String>>,
    labels: HashMap<String, String>,
    /// By the labels of their invitations.
    tokens: HashMap<String, String>,
}

impl Labels {
    /// The id of a row.
    pub fn id(&self, kind: &str, number: usize) -> &str {
        &self.ids[kind][number]
    }

    /// The token of an invitation.
    pub fn token(&self, number: usize) -> &str {
        &self.tokens[&label("invitation", number)]
    }

    /// An answer with labels for ids and microseconds for instants. Ids that are new get the next label of their kind.
    pub fn read(&mut self, answer: &Value) -> Value {
        self.labelled("", answer)
    }

    fn labelled(&mut self, field: &str, value: &Value) -> Value {
        match value {
            Value::Array(rows) => rows.iter().map(|row| self.labelled(field, row)).collect(),
            Value::Object(fields) => {
                let mut read =
                    |(name, value): (&String, &Value)| (name.clone(), self.labelled(name, value));
                let mut row: Map<String, Value> = fields.iter().map(&mut read).collect();
                if let Some(token) = fields.get("token").and_then(Value::as_str) {
                    let of = row["invitation"]["id"].as_str().expect("an invitation");
                    self.tokens.insert(of.to_owned(), token.to_owned());
                    row.insert("token".to_owned(), json!("token"));
                }
                Value::Object(row)
            }
            Value::String(text) if field.ends_with("At") => micros(text),
            Value::String(text) => json!(self.label(text)),
            other => other.clone(),
        }
    }

    /// The label of an id; any other text stays.
    pub fn label(&mut self, text: &str) -> String {
        if let Some(label) = self.labels.get(text) {
            return label.clone();
        }
        let kind = KINDS.iter().find(|kind| {
            let rest = text.strip_prefix(**kind);
            rest.is_some_and(|rest| rest.starts_with('_') && rest.len() == 27)
        });
        let Some(kind) = kind else {
            return text.to_owned();
        };
        let ids = self.ids.entry(kind).or_default();
        let label = label(kind, ids.len());
        ids.push(text.to_owned());
        self.labels.insert(text.to_owned(), label.clone());
        label
    }
}

fn micros(text: &str) -> Value {
    json!((instant(text) - instant(NOW)).num_microseconds())
}

/// The instant of a moment.
pub fn instant_of(moment: Moment) -> Timestamp {
    instant(NOW) + TimeDelta::microseconds(moment.0)
}

/// Sorts the lists of a value by what they hold.
pub fn sort(value: &mut Value) {
    match value {
        Value::Array(rows) => {
            rows.iter_mut().for_each(sort);
            rows.sort_by_cached_key(Value::to_string);
        }
        Value::Object(fields) => fields.values_mut().for_each(sort),
        _ => {}
    }
}
