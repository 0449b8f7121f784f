//! The values of variables, looked at before anything runs (GraphQL October 2021, 6.1.2). The executor would notice some
//! mistakes only where a value is used: behind a mutation that has run already.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{
    BaseType, InputValueDefinition, OperationDefinition, Type, TypeKind, TypeSystemDefinition,
};
use async_graphql::parser::{Error as SyntaxError, parse_schema};
use async_graphql::{Name, Positioned, Value, Variables};

use crate::error::{AppError, ErrorCode, Result};

/// The enums and input objects of the schema.
pub struct Inputs(HashMap<Name, Input>);

enum Input {
    Enum(HashSet<Name>),
    Object(HashMap<Name, InputValueDefinition>),
}

impl Inputs {
    /// Reads the schema.
    ///
    /// # Errors
    /// When it does not parse.
    pub fn new(sdl: &str) -> Result<Self, SyntaxError> {
        let mut inputs = HashMap::new();
        for definition in parse_schema(sdl)?.definitions {
            let TypeSystemDefinition::Type(Positioned { node, .. }) = definition else {
                continue;
            };
            let input = match node.kind {
                TypeKind::Enum(of) => {
                    let values = of.values.into_iter().map(|value| value.node.value.node);
                    Input::Enum(values.collect())
                }
                TypeKind::InputObject(of) => {
                    let fields = of.fields.into_iter().map(|field| field.node);
                    Input::Object(
                        fields
                            .map(|field| (field.name.node.clone(), field))
                            .collect(),
                    )
                }
                _ => continue,
            };
            inputs.insert(node.name.node, input);
        }
        Ok(Self(inputs))
    }

    /// Refuses variables that are missing or are not what the operation says.
    ///
    /// # Errors
    /// `BAD_REQUEST`, with the place of the value.
    pub fn check(&self, operation: &OperationDefinition, variables: &Variables) -> Result<()> {
        for Positioned { node: of, .. } in &operation.variable_definitions {
            let name = &of.name.node;
            match variables.get(name) {
                Some(value) => self.value(value, &of.var_type.node, &format!("${name}"))?,
                None if of.var_type.node.nullable || of.default_value.is_some() => {}
                None => return wrong(&format!("${name}"), "is missing"),
            }
        }
        Ok(())
    }

    fn value(&self, value: &Value, ty: &Type, at: &str) -> Result<()> {
        match (value, &ty.base) {
            (Value::Null, _) if ty.nullable => Ok(()),
            (Value::Null, _) => wrong(at, "is null"),
            (Value::List(items), BaseType::List(of)) => {
                let mut items = items.iter().enumerate();
                items.try_for_each(|(i, item)| self.value(item, of, &format!("{at}.{i}")))
            }
            // One value is a list of one (3.11).
            (one, BaseType::List(of)) => self.value(one, of, at),
            (value, BaseType::Named(name)) => match self.0.get(name) {
                Some(Input::Object(fields)) => self.object(value, fields, name, at),
                Some(Input::Enum(values)) => {
                    let known = match value {
                        Value::Enum(value) => values.contains(value),
                        Value::String(value) => values.contains(value.as_str()),
                        _ => false,
                    };
                    is(known, name, at)
                }
                None => is(is_scalar(value, name), name, at),
            },
        }
    }

    fn object(
        &self,
        value: &Value,
        fields: &HashMap<Name, InputValueDefinition>,
        name: &Name,
        at: &str,
    ) -> Result<()> {
        let Value::Object(given) = value else {
            return is(false, name, at);
        };
        for (field, value) in given {
            let at = format!("{at}.{field}");
            match fields.get(field) {
                Some(of) => self.value(value, &of.ty.node, &at)?,
                None => return wrong(&at, &format!("is no field of {name}")),
            }
        }
        let missing = fields.values().find(|field| {
            let optional = field.ty.node.nullable || field.default_value.is_some();
            !optional && !given.contains_key(&field.name.node)
        });
        missing.map_or(Ok(()), |field| {
            wrong(&format!("{at}.{}", field.name.node), "is missing")
        })
    }
}

/// What is no enum and no input object. Scalars of our own are written as text.
fn is_scalar(value: &Value, name: &str) -> bool {
    match (value, name) {
        (Value::Number(number), "Int") => number
            .as_i64()
            .is_some_and(|number| i32::try_from(number).is_ok()),
        (Value::Number(_), "Float") | (Value::Boolean(_), "Boolean") | (_, "JSON") => true,
        (Value::Number(number), "ID") => number.is_i64(),
        (Value::String(_), name) => !["Int", "Float", "Boolean"].contains(&name),
        _ => false,
    }
}

fn is(right: bool, name: &str, at: &str) -> Result<()> {
    if right {
        Ok(())
    } else {
        wrong(at, &format!("is no {name}"))
    }
}

fn wrong(at: &str, what: &str) -> Result<()> {
    Err(AppError::new(
        ErrorCode::BadRequest,
        format!("The variable {at} {what}."),
    ))
}
