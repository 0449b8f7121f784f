//! Converts the literals of a document for the executor.

use apollo_compiler::Schema;
use apollo_compiler::ast;
use apollo_compiler::schema::Type;
use async_graphql::{Name, Number, Value};

use super::variables::Values;

/// A literal of a type, with variables replaced by their values. The document is valid, so the shape needs no check.
pub fn value(schema: &Schema, variables: &Values<'_>, ty: &Type, literal: &ast::Value) -> Value {
    match literal {
        // In a list, a variable without a value is null. Elsewhere it was removed before.
        ast::Value::Variable(name) => variables.get(name.as_str()).cloned().unwrap_or_default(),
        ast::Value::Null => Value::Null,
        ast::Value::List(items) => {
            let of = ty.item_type();
            let items = items.iter().map(|it| value(schema, variables, of, it));
            Value::List(items.collect())
        }
        // A single value counts as a list with one entry (3.12).
        one if ty.is_list() => Value::List(vec![value(schema, variables, ty.item_type(), one)]),
        ast::Value::Boolean(it) => Value::Boolean(*it),
        ast::Value::Enum(name) => Value::Enum(Name::new(name)),
        ast::Value::String(text) => Value::String(text.clone()),
        // A number could lose digits.
        ast::Value::Int(it) if ty.inner_named_type() == "ID" => Value::String(it.to_string()),
        ast::Value::Int(it) => number(it.as_str()).map_or(Value::Null, Value::Number),
        ast::Value::Float(it) => number(it.as_str()).map_or(Value::Null, Value::Number),
        ast::Value::Object(fields) => {
            let of = schema.get_input_object(ty.inner_named_type());
            let given = fields.iter().filter(|(_, it)| is_given(variables, it));
            let given = given.map(|(name, it)| {
                let field = of.and_then(|of| of.fields.get(name));
                let ty = field.map_or(ty, |field| &field.ty);
                (Name::new(name), value(schema, variables, ty, it))
            });
            Value::Object(given.collect())
        }
    }
}

/// Whether an argument or input field is absent, because its variable has no value and no default (GraphQL September
/// 2025, 6.4.1).
pub fn is_given(variables: &Values<'_>, literal: &ast::Value) -> bool {
    !matches!(literal, ast::Value::Variable(name) if !variables.contains_key(name.as_str()))
}

/// The value of a number in a document; `None` if it is too large for a float.
pub fn number(text: &str) -> Option<Number> {
    // `-0` is an integer here, and a float to JSON.
    let whole = text.parse::<i64>().map(Number::from);
    let float = || Number::from_f64(text.parse().ok()?);
    whole.ok().or_else(float)
}
