//! A field of the schema and the way to it, as a document.

use std::cell::RefCell;
use std::collections::BTreeSet;

use async_graphql_parser::types::FieldDefinition;
use serde_json::{Map, Value};

use super::{Ids, Schema, named, required};

/// Relay's arguments of a connection.
const PAGE: [&str; 4] = ["first", "after", "last", "before"];

/// A field and the way to it.
pub struct Operation<'a> {
    pub(super) schema: &'a Schema,
    /// `query` or `mutation`.
    pub kind: &'static str,
    pub(super) path: Vec<(&'a str, &'a FieldDefinition)>,
}

impl Operation<'_> {
    /// `Org.members`
    pub fn name(&self) -> String {
        let (owner, field) = self.path.last().expect("a field");
        format!("{owner}.{}", field.name.node)
    }

    /// What its answer is at, unless the way to it goes through a list.
    pub fn pointer(&self) -> String {
        let names = self
            .path
            .iter()
            .map(|(_, field)| format!("/{}", field.name.node));
        format!("/data{}", names.collect::<String>())
    }

    /// The places for ids among its own arguments.
    pub fn places(&self) -> BTreeSet<String> {
        let places = RefCell::new(BTreeSet::new());
        self.build(false, &|place| {
            places.borrow_mut().insert(place.to_owned());
            Some("x".to_owned())
        });
        let own = format!("{}(", self.name());
        let places = places.into_inner().into_iter();
        places.filter(|place| place.starts_with(&own)).collect()
    }

    /// The name of the type that it answers, without lists.
    pub fn answers(&self) -> &str {
        let (_, field) = self.path.last().expect("a field");
        named(&field.ty.node)
    }

    /// The document and its variables. `deep` also asks for what the answer consists of.
    pub fn build(&self, deep: bool, ids: Ids) -> (String, Value) {
        let depth = if deep { 3 } else { 0 };
        let selection = self.schema.selection(self.answers(), depth);
        self.write(&selection, &[], ids)
    }

    /// The document for a connection, and its variables but for those of the page: `first`, `after`, `last`, `before`.
    pub fn pages(&self, selection: &str, ids: Ids) -> (String, Value) {
        let (document, variables) = self.write(selection, &PAGE, ids);
        for argument in PAGE {
            let declared = document.contains(&format!("${argument}: "));
            assert!(declared, "{} has no {argument}", self.name());
        }
        (document, variables)
    }

    /// Writes the document. The arguments that are `left` are variables of the same name without a value.
    fn write(&self, selection: &str, left: &[&str], ids: Ids) -> (String, Value) {
        let (mut variables, mut declared, mut text) = (Map::new(), Vec::new(), String::new());
        let last = self.path.len() - 1;
        for (level, (owner, field)) in self.path.iter().enumerate() {
            let name = &field.name.node;
            let inputs = field.arguments.iter().map(|argument| &argument.node);
            let inputs = inputs.filter(|input| level == last || required(input));
            let place = |path: &str| ids(&format!("{owner}.{name}({path})"));
            let (values, _) = self.schema.object(inputs.clone(), "", &place);
            let mut arguments = Vec::new();
            for input in inputs {
                let input_name = input.name.node.as_str();
                let variable = match values.get(input_name) {
                    _ if level == last && left.contains(&input_name) => input_name.to_owned(),
                    Some(value) => {
                        let variable = format!("{input_name}{level}");
                        variables.insert(variable.clone(), value.clone());
                        variable
                    }
                    None => continue,
                };
                declared.push(format!("${variable}: {}", input.ty.node));
                arguments.push(format!("{input_name}: ${variable}"));
            }
            text += name;
            text += &parenthesised(&arguments);
            text += if level < last { " { " } else { "" };
        }
        text += selection;
        text += &" }".repeat(last);
        let declared = parenthesised(&declared);
        (
            format!("{}{declared} {{ {text} }}", self.kind),
            Value::Object(variables),
        )
    }
}

fn parenthesised(list: &[String]) -> String {
    match list.is_empty() {
        true => String::new(),
        false => format!("({})", list.join(", ")),
    }
}
