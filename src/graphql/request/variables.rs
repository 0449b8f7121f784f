//! Converts the values of variables before anything runs (GraphQL September 2025, 6.1.2).
//!
//! The library does not do this well enough. Its errors do not say where in a value the fault is, it accepts any value
//! for our scalars, and it refuses `10.0` as an Int.

use std::collections::HashMap;

use apollo_compiler::executable::Operation;
use apollo_compiler::schema::{ExtendedType, InputObjectType, Type};
use apollo_compiler::{Node, Schema};
use async_graphql::indexmap::IndexMap;
use async_graphql::{Name, Number, Value, Variables};

use super::limits::{self, MAX_INPUT_LIST};
use super::literals;
use super::refusal::Fault;
use super::rules::Rules;

/// The values of an operation's variables. A variable without a value and without a default is absent.
pub type Values<'a> = HashMap<&'a str, Value>;

/// Converts the variables of an operation. Other values in the request are ignored.
pub fn coerce<'a>(
    rules: &Rules,
    operation: &'a Operation,
    given: &Variables,
) -> Result<Values<'a>, Fault> {
    let mut values = Values::default();
    for variable in &operation.variables {
        let name = variable.name.as_str();
        let read = match (given.get(name), &variable.default_value) {
            (Some(value), _) => {
                coerce_value(&rules.schema, &variable.ty, value, &format!("${name}"))
            }
            (None, Some(default)) => {
                let nothing = Values::default();
                Ok(literals::value(
                    &rules.schema,
                    &nothing,
                    &variable.ty,
                    default,
                ))
            }
            (None, None) if variable.ty.is_non_null() => wrong(&format!("${name}"), "is missing"),
            (None, None) => continue,
        };
        let value = read.map_err(|message| Fault::new(message, variable.location()))?;
        values.insert(name, value);
    }
    Ok(values)
}

type Read = Result<Value, String>;

fn coerce_value(schema: &Schema, ty: &Type, value: &Value, at: &str) -> Read {
    let name = match (value, ty) {
        (Value::Null, ty) if ty.is_non_null() => return wrong(at, "is null"),
        (Value::Null, _) => return Ok(Value::Null),
        (Value::List(items), Type::List(of) | Type::NonNullList(of)) => {
            if items.len() > MAX_INPUT_LIST {
                return Err(limits::too_long(at.trim_start_matches('$')));
            }
            let items = items.iter().enumerate();
            let items = items.map(|(i, item)| coerce_value(schema, of, item, &format!("{at}.{i}")));
            return items.collect::<Result<_, _>>().map(Value::List);
        }
        // A single value counts as a list with one entry (3.12).
        (one, Type::List(of) | Type::NonNullList(of)) => {
            return Ok(Value::List(vec![coerce_value(schema, of, one, at)?]));
        }
        (_, Type::Named(name) | Type::NonNullNamed(name)) => name,
    };
    let read = match schema.types.get(name) {
        Some(ExtendedType::InputObject(of)) => return object(schema, of, value, at),
        Some(ExtendedType::Enum(of)) => match value {
            Value::String(text) if of.values.contains_key(text.as_str()) => {
                Some(Value::Enum(Name::new(text)))
            }
            _ => None,
        },
        _ => scalar(name, value),
    };
    read.map_or_else(|| wrong(at, &format!("is not a valid {name}")), Ok)
}

fn object(schema: &Schema, of: &Node<InputObjectType>, value: &Value, at: &str) -> Read {
    let Value::Object(given) = value else {
        return wrong(at, &format!("is not a valid {}", of.name));
    };
    let mut fields = IndexMap::with_capacity(given.len());
    for (name, value) in given {
        let at = format!("{at}.{name}");
        let Some(field) = of.fields.get(name.as_str()) else {
            return wrong(&at, &format!("is not a field of {}", of.name));
        };
        fields.insert(name.clone(), coerce_value(schema, &field.ty, value, &at)?);
    }
    let mut required = of.fields.values().filter(|field| field.is_required());
    match required.find(|field| !given.contains_key(field.name.as_str())) {
        Some(missing) => wrong(&format!("{at}.{}", missing.name), "is missing"),
        None => Ok(Value::Object(fields)),
    }
}

/// Our own scalars are written as text.
fn scalar(name: &str, value: &Value) -> Option<Value> {
    let whole = |number: &Number| whole_number(number).map(Value::from);
    match (name, value) {
        ("Int", Value::Number(number)) => whole_number(number)
            .and_then(|it| i32::try_from(it).ok())
            .map(Value::from),
        ("ID", Value::Number(number)) => {
            whole(number).map(|number| Value::String(number.to_string()))
        }
        ("Float", Value::Number(_)) | ("Boolean", Value::Boolean(_)) => Some(value.clone()),
        ("Int" | "Float" | "Boolean", _) => None,
        (_, Value::String(_)) => Some(value.clone()),
        _ => None,
    }
}

/// A whole number. `10.0` is one too (3.5.1).
#[expect(
    clippy::cast_possible_truncation,
    reason = "what is beyond 64 bits is left out before"
)]
fn whole_number(number: &Number) -> Option<i64> {
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    let float = || {
        number
            .as_f64()
            .filter(|it| it.fract() == 0.0 && it.abs() < BEYOND)
    };
    number.as_i64().or_else(|| float().map(|it| it as i64))
}

fn wrong<T>(at: &str, what: &str) -> Result<T, String> {
    Err(format!("The variable {at} {what}."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use apollo_compiler::ExecutableDocument;
    use serde_json::{Value as Json, json};

    const SDL: &str = "
        type Query { a(of: In): Int }
        input In { n: Int! = 1 id: ID! kind: [Kind!] at: Date rows: [[In!]] }
        enum Kind { A B }
        scalar Date";

    /// The value of `$v`, which has a type; or why there is none.
    fn read(ty: &str, given: Json) -> Result<Option<Json>, String> {
        let rules = Rules::new(SDL, &[]).expect("a schema");
        let text = format!("query($v: {ty}) {{ a }}");
        let document = ExecutableDocument::parse(&rules.schema, text, "").expect("a document");
        let operation = document.operations.get(None).expect("an operation");
        let values = coerce(&rules, operation, &Variables::from_json(given));
        let values = values.map_err(|fault| fault.message)?;
        Ok(values
            .get("v")
            .map(|value| value.clone().into_json().expect("JSON")))
    }

    #[test]
    fn values_are_read_by_their_type() {
        for (ty, given, value) in [
            ("Int", json!(10.0), json!(10)),
            ("Int", json!(-2_147_483_648_i64), json!(-2_147_483_648_i64)),
            ("ID", json!(7), json!("7")),
            ("ID", json!("x"), json!("x")),
            ("Float", json!(1), json!(1)),
            ("[Int]", json!(1), json!([1])),
            ("[[Int]]", json!([1, [2, null]]), json!([[1], [2, null]])),
            ("Kind", json!("A"), json!("A")),
            ("Date", json!("today"), json!("today")),
            (
                "In",
                json!({"id": 1, "kind": "B"}),
                json!({"id": "1", "kind": ["B"]}),
            ),
            ("Int", json!(null), json!(null)),
        ] {
            assert_eq!(
                read(ty, json!({"v": given})),
                Ok(Some(value)),
                "{ty} {given}"
            );
        }
    }

    #[test]
    fn a_variable_that_is_not_given_has_its_default_or_no_value() {
        assert_eq!(read("Int", json!({"w": 1})), Ok(None));
        assert_eq!(
            read("[In!] = {id: 5}", json!({})),
            Ok(Some(json!([{"id": "5"}])))
        );
        assert_eq!(read("Int = 1", json!({"v": null})), Ok(Some(json!(null))));
        assert_eq!(
            read("Int!", json!({})),
            Err("The variable $v is missing.".into())
        );
    }

    #[test]
    fn an_error_names_the_place() {
        for (ty, given, error) in [
            ("Int!", json!(null), "The variable $v is null."),
            (
                "Int",
                json!(2_147_483_648_i64),
                "The variable $v is not a valid Int.",
            ),
            ("Int", json!(1.5), "The variable $v is not a valid Int."),
            ("Int", json!("1"), "The variable $v is not a valid Int."),
            ("ID", json!(1.5), "The variable $v is not a valid ID."),
            ("ID", json!(1e19), "The variable $v is not a valid ID."),
            ("Date", json!(1), "The variable $v is not a valid Date."),
            (
                "Boolean",
                json!("true"),
                "The variable $v is not a valid Boolean.",
            ),
            ("[Kind!]", json!(["A", null]), "The variable $v.1 is null."),
            (
                "[Kind!]",
                json!(["A", "C"]),
                "The variable $v.1 is not a valid Kind.",
            ),
            ("In", json!([]), "The variable $v is not a valid In."),
            (
                "In",
                json!({"id": 1, "x": 1}),
                "The variable $v.x is not a field of In.",
            ),
            (
                "In",
                json!({"id": 1, "n": null}),
                "The variable $v.n is null.",
            ),
            (
                "In",
                json!({"id": 1, "rows": [{"n": 1}]}),
                "The variable $v.rows.0.id is missing.",
            ),
        ] {
            assert_eq!(
                read(ty, json!({"v": given})),
                Err(error.to_owned()),
                "{ty} {given}"
            );
        }
    }

    #[test]
    fn a_list_is_refused_one_entry_beyond_the_limit() {
        let rows = |count| json!({"v": {"id": 1, "kind": vec!["A"; count]}});
        assert!(read("In", rows(MAX_INPUT_LIST)).is_ok());
        let error = "The list v.kind has more than 500 entries.";
        assert_eq!(read("In", rows(MAX_INPUT_LIST + 1)), Err(error.to_owned()));
    }
}
