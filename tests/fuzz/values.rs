//! Values of the schema's types, each as JSON and as a document writes it.

use async_graphql_parser::types::{BaseType, Type, TypeKind};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Map, Value, json};

use super::tape::Tape;
use crate::support::{Schema, required};

/// Where they come from.
pub struct Values<'a> {
    pub schema: &'a Schema,
    pub tape: &'a mut Tape,
}

impl Values<'_> {
    /// A value for a place such as `mission.id`.
    pub fn of_type(&mut self, of: &Type, place: &str) -> (Value, String) {
        if of.nullable && self.tape.once_in(12) || self.tape.once_in(60) {
            return (Value::Null, "null".to_owned());
        }
        if self.tape.once_in(40) {
            return plain(self.any());
        }
        let name = match &of.base {
            BaseType::Named(name) => name.as_str(),
            BaseType::List(of) => {
                let items = (0..self.tape.pick(4)).map(|_| self.of_type(of, place));
                let (values, literals): (Vec<_>, Vec<_>) = items.unzip();
                return (json!(values), format!("[{}]", literals.join(", ")));
            }
        };
        let schema = self.schema;
        match schema.kind(name) {
            Some(TypeKind::Enum(of)) => {
                let value = &of.values[self.tape.pick(of.values.len())].node.value.node;
                (json!(value.as_str()), value.to_string())
            }
            Some(TypeKind::InputObject(of)) => {
                let (mut values, mut literals) = (Map::new(), Vec::new());
                for field in of.fields.iter().map(|field| &field.node) {
                    let is_given = match required(field) {
                        true => !self.tape.once_in(30),
                        false => self.tape.once_in(3),
                    };
                    if is_given {
                        let name = field.name.node.as_str();
                        let (value, literal) = self.of_type(&field.ty.node, name);
                        literals.push(format!("{name}: {literal}"));
                        values.insert(name.to_owned(), value);
                    }
                }
                (
                    Value::Object(values),
                    format!("{{{}}}", literals.join(", ")),
                )
            }
            _ => plain(self.scalar(name, place)),
        }
    }

    fn scalar(&mut self, name: &str, place: &str) -> Value {
        match name {
            "ID" => self.id(place),
            "Boolean" => json!(self.tape.once_in(2)),
            "Int" => {
                let numbers = [
                    5,
                    1,
                    0,
                    200,
                    201,
                    -1,
                    2_147_483_647,
                    -2_147_483_648,
                    2_147_483_648_i64,
                ];
                json!(numbers[self.tape.pick(numbers.len())])
            }
            "DateTime" => json!(self.tape.one(&[
                "2026-10-01T08:00:00Z",
                "2026-10-01T18:00:00+02:00",
                "2026-10-02T08:00:00.123456789Z",
                "1900-01-01T00:00:00Z",
                "9999-12-31T23:59:59Z",
                "9999-12-31T23:59:59-23:59",
                "2016-12-31T23:59:60Z",
                "1899-12-31T23:59:59Z",
                "+262142-12-31T23:59:59Z",
                "2026-02-30T00:00:00Z",
                "2026-10-01",
                "",
            ])),
            _ => self.text(place),
        }
    }

    /// The id of a row, most of the time of the right kind.
    fn id(&mut self, place: &str) -> Value {
        let kinds: Vec<&str> = self.schema.prefixes().into_keys().collect();
        let place_of = place.to_lowercase();
        let of_place = kinds.iter().filter(|kind| place_of.contains(**kind));
        let kind = of_place.max_by_key(|kind| kind.len());
        match (kind, self.tape.pick(10)) {
            (Some(kind), 0..=6) => json!(format!("row:{kind};")),
            (_, 7) => json!("mission_00000000000000000000000000"),
            (_, 8) => self.text(""),
            _ => json!(format!("row:{};", self.tape.one(&kinds))),
        }
    }

    fn text(&mut self, place: &str) -> Value {
        let fitting = match place.rsplit('.').next().unwrap_or_default() {
            "timezone" => ["Europe/Paris", "UTC", "Nowhere/None"],
            "email" => ["owner@fuzz.example", "new@fuzz.example", "@"],
            "password" | "newPassword" => ["correct horse battery staple", "x", "password1"],
            "after" | "before" => return json!(self.cursor()),
            _ => ["A text", "rigger", "Régie"],
        };
        if !self.tape.once_in(4) {
            return json!(self.tape.one(&fitting));
        }
        let odd = [
            "",
            " ",
            "\0",
            "a\0b",
            "%",
            "_",
            "'",
            "' OR 1=1 --",
            "\"",
            "\\",
            "\n\r\t",
            "\u{feff}",
            "\u{1f3aa}",
            "İ",
            "e\u{301}",
            "\u{202e}",
            "\u{fdfa}",
            "-1",
            "NaN",
        ];
        let long = if self.tape.once_in(12) { 6_000 } else { 1 };
        json!(self.tape.one(&odd).repeat(long))
    }

    /// A cursor as the server makes them, nearly.
    fn cursor(&mut self) -> String {
        let mut lists = self.schema.listed();
        lists.push("Nothing");
        let list = self.tape.one(&lists);
        let keys = [
            json!("regie"),
            json!(1_790_000_000_000_000_i64),
            json!(i64::MIN),
            json!(i64::MAX),
            json!("\0"),
            Value::Null,
        ];
        let key = &keys[self.tape.pick(keys.len())];
        let id = self
            .tape
            .one(&["01920000000070008000000000000000", "", "\u{e9}"]);
        let cursor = json!([list, key, id]).to_string();
        BASE64URL_NOPAD.encode(&cursor.as_bytes()[self.tape.pick(20) / 19..])
    }

    /// JSON of any shape.
    pub fn any(&mut self) -> Value {
        match self.tape.pick(9) {
            0 => Value::Null,
            1 => json!(true),
            2 => json!(-1),
            3 => json!(1.5e300),
            4 => json!(u64::MAX),
            5 => self.text(""),
            6 => json!([]),
            7 => json!([self.any(), self.any()]),
            _ => json!({"a": self.any(), "": self.any()}),
        }
    }
}

/// What is written alike in JSON and in a document, but for the names of objects.
fn plain(value: Value) -> (Value, String) {
    let literal = match &value {
        Value::Object(_) => "{a: {b: [1, \"\"]}}".to_owned(),
        value => value.to_string(),
    };
    (value, literal)
}
