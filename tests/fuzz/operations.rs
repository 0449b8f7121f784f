//! Documents of the real schema, with their variables: right for the most part, wrong here and there.

use std::fmt::Write as _;

use async_graphql_parser::types::{FieldDefinition, TypeKind};
use serde_json::{Map, Value};

use super::tape::Tape;
use super::values::Values;
use crate::support::{Schema, named, required};

/// Fragments are called `F0` to `F3`; the last one is never there.
const FRAGMENTS: usize = 4;

/// A document and its variables. An id is written `row:mission;` and put in when there are rows.
pub fn operation(schema: &Schema, tape: &mut Tape) -> (String, Value) {
    let mut writer = Writer {
        values: Values { schema, tape },
        declared: Vec::new(),
        variables: Map::new(),
        in_fragment: false,
        fields: 0,
        fragments: Default::default(),
    };
    let mut text = writer.operation("");
    if writer.tape().once_in(6) {
        text = writer.operation("A") + &writer.operation("B");
    }
    writer.in_fragment = true;
    text += &writer.fragments();
    (text, Value::Object(writer.variables))
}

struct Writer<'a> {
    values: Values<'a>,
    /// Of the operation at hand.
    declared: Vec<String>,
    variables: Map<String, Value>,
    /// There no variable is declared.
    in_fragment: bool,
    fields: usize,
    /// What each fragment is on: what it was first spread on, most of the time.
    fragments: [Option<String>; FRAGMENTS - 1],
}

impl Writer<'_> {
    fn tape(&mut self) -> &mut Tape {
        self.values.tape
    }

    fn operation(&mut self, name: &str) -> String {
        let (kind, root) = match self.tape().pick(3) {
            0 | 1 => ("query", "Query"),
            _ => ("mutation", "Mutation"),
        };
        let depth = 1 + self.tape().pick(7);
        let selection = self.selection(root, depth);
        let mut declared = std::mem::take(&mut self.declared).join(", ");
        if !declared.is_empty() {
            declared = format!("({declared})");
        }
        let directives = self.directives();
        match (name, declared.as_str(), kind) {
            ("", "", "query") => format!("{selection} "),
            _ => format!("{kind} {name}{declared}{directives}{selection} "),
        }
    }

    /// Those that are spread, and now and then one that is not.
    fn fragments(&mut self) -> String {
        if self.tape().once_in(20) {
            self.fragments[0].get_or_insert_with(|| "Query".to_owned());
        }
        let mut text = String::new();
        let mut written = [false; FRAGMENTS - 1];
        while let Some(next) =
            (0..written.len()).find(|i| !written[*i] && self.fragments[*i].is_some())
        {
            written[next] = true;
            let on = self.fragments[next].clone().expect("just found");
            let on = match self.tape().once_in(8) {
                true => self.some_type(),
                false => on,
            };
            let selection = self.selection(&on, 2);
            write!(text, "fragment F{next} on {on}{selection} ").expect("text");
        }
        text
    }

    fn some_type(&mut self) -> String {
        let mut on = vec!["Query", "Node", "Int", "Nothing"];
        on.extend(self.values.schema.implementors("Node"));
        self.tape().one(&on).to_owned()
    }

    fn selection(&mut self, on: &str, depth: usize) -> String {
        let mut text = " {".to_owned();
        for _ in 0..=self.tape().pick(4) {
            text += " ";
            match self.tape().pick(12) {
                0..=8 => text += &self.field(on, depth),
                9 => text += "__typename",
                10 => {
                    let spread = match self.tape().once_in(12) {
                        true => FRAGMENTS - 1,
                        false => self.tape().pick(FRAGMENTS - 1),
                    };
                    if let Some(fragment) = self.fragments.get_mut(spread) {
                        fragment.get_or_insert_with(|| on.to_owned());
                    }
                    write!(text, "...F{spread}").expect("text");
                    text += &self.directives();
                }
                _ => {
                    let other = self.some_type();
                    let on = if self.tape().once_in(4) { &other } else { on };
                    write!(text, "... on {on}{}", self.directives()).expect("text");
                    text += &self.selection(on, depth.saturating_sub(1));
                }
            }
        }
        text + " }"
    }

    fn field(&mut self, on: &str, depth: usize) -> String {
        self.fields += 1;
        let schema = self.values.schema;
        let fields = schema.fields(on);
        if fields.is_empty() || self.tape().once_in(40) {
            return "id".to_owned();
        }
        let field = fields[self.tape().pick(fields.len())];
        // Two of one name must ask the same.
        let has_alias = match field.arguments.is_empty() {
            true => self.tape().once_in(6),
            false => !self.tape().once_in(4),
        };
        let mut text = match has_alias {
            true => format!("a{}: ", self.fields),
            false => String::new(),
        };
        text += &field.name.node;
        text += &self.arguments(field);
        text += &self.directives();
        let to = named(&field.ty.node);
        if let Some(TypeKind::Object(_) | TypeKind::Interface(_)) = schema.kind(to) {
            text += &match depth {
                0 => " { __typename }".to_owned(),
                _ => self.selection(to, depth - 1),
            };
        }
        text
    }

    fn arguments(&mut self, field: &FieldDefinition) -> String {
        let mut given = Vec::new();
        for argument in &field.arguments {
            let argument = &argument.node;
            let is_given = match required(argument) {
                true => !self.tape().once_in(20),
                false => self.tape().once_in(3),
            };
            if !is_given {
                continue;
            }
            let name = &argument.name.node;
            let place = format!("{}.{name}", field.name.node);
            let (value, literal) = self.values.of_type(&argument.ty.node, &place);
            if self.in_fragment || self.tape().once_in(2) {
                given.push(format!("{name}: {literal}"));
                continue;
            }
            let variable = format!("{name}{}", self.fields);
            let of = match self.tape().once_in(20) {
                true => "String".to_owned(),
                false => argument.ty.node.to_string(),
            };
            self.declared.push(format!("${variable}: {of}"));
            given.push(format!("{name}: ${variable}"));
            self.variables.insert(variable, value);
        }
        match given.is_empty() {
            true => String::new(),
            false => format!("({})", given.join(", ")),
        }
    }

    fn directives(&mut self) -> String {
        if !self.tape().once_in(12) {
            return String::new();
        }
        let directives = match self.tape().once_in(5) {
            true => [
                " @include",
                " @skip(if: 1)",
                " @nothing",
                " @skip(if: true) @skip(if: true)",
            ],
            false => [
                " @skip(if: false)",
                " @include(if: true)",
                " @skip(if: true)",
                " @include(if: true) @skip(if: false)",
            ],
        };
        self.tape().one(&directives).to_owned()
    }
}
