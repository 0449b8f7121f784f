//! The fields of an answer: in the order of the document (GraphQL October 2021, 7.2.2), and `null` where one failed
//! (6.4.4). The executor writes them as they are finished, and leaves out those that failed.

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{
    ExecutableDocument, OperationDefinition, Selection, SelectionSet,
};
use async_graphql::{Name, PathSegment, Value};

/// Response keys in their order, each with what is selected below it.
type Keys<'a> = IndexMap<&'a Name, Vec<&'a SelectionSet>>;

/// Adds a failed field, if what it belongs to is there. It stays the only one that is null, also where its type says
/// that it never is: one refused field does not take the others with it.
pub fn fill(data: &mut Value, path: &[PathSegment]) {
    match (data, path) {
        (Value::Object(fields), [PathSegment::Field(name)]) => {
            fields.entry(Name::new(name)).or_insert(Value::Null);
        }
        (Value::Object(fields), [PathSegment::Field(name), below @ ..]) => {
            if let Some(value) = fields.get_mut(name.as_str()) {
                fill(value, below);
            }
        }
        (Value::List(items), [PathSegment::Index(i), below @ ..]) => {
            if let Some(item) = items.get_mut(*i) {
                fill(item, below);
            }
        }
        _ => {}
    }
}

/// Puts the fields of an answer into the order in which the operation asks for them. The document has been executed,
/// so its fragments are there and spread in no circle.
pub fn restore(data: &mut Value, document: &ExecutableDocument, operation: &OperationDefinition) {
    apply(
        data,
        &keys(document, &[&operation.selection_set.node]),
        document,
    );
}

fn keys<'a>(document: &'a ExecutableDocument, sets: &[&'a SelectionSet]) -> Keys<'a> {
    let mut found = Keys::new();
    for set in sets {
        collect(document, set, &mut found);
    }
    found
}

fn collect<'a>(document: &'a ExecutableDocument, set: &'a SelectionSet, found: &mut Keys<'a>) {
    for item in &set.items {
        match &item.node {
            Selection::Field(field) => {
                let below = &field.node.selection_set.node;
                found
                    .entry(&field.node.response_key().node)
                    .or_default()
                    .push(below);
            }
            Selection::InlineFragment(inline) => {
                collect(document, &inline.node.selection_set.node, found);
            }
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                    collect(document, &fragment.node.selection_set.node, found);
                }
            }
        }
    }
}

fn apply(value: &mut Value, keys: &Keys<'_>, document: &ExecutableDocument) {
    match value {
        Value::List(items) => items
            .iter_mut()
            .for_each(|item| apply(item, keys, document)),
        Value::Object(fields) => {
            let mut finished = std::mem::take(fields);
            fields.reserve(finished.len());
            for (name, below) in keys {
                let Some(mut value) = finished.swap_remove(*name) else {
                    continue;
                };
                if matches!(value, Value::Object(_) | Value::List(_)) {
                    apply(&mut value, &self::keys(document, below), document);
                }
                fields.insert((*name).clone(), value);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::parser::parse_query;
    use serde_json::json;

    #[test]
    fn a_failed_field_is_null_where_its_object_is_there() {
        let object = json!({"a": {"b": [{"c": 1}, null]}, "x": null});
        let mut data = Value::from_json(object).expect("a value");
        let field = |name: &str| PathSegment::Field(name.to_owned());
        let at = |i: usize| [field("a"), field("b"), PathSegment::Index(i), field("d")];
        for path in [
            &at(0)[..],
            &at(1),
            &at(2),
            &[field("x"), field("y")],
            &[field("z")],
            &[],
        ] {
            fill(&mut data, path);
        }
        assert_eq!(
            data.to_string(),
            "{a: {b: [{c: 1, d: null}, null]}, x: null, z: null}"
        );
    }

    #[test]
    fn fields_come_in_the_order_of_the_document() {
        let text = "{ b x: a { d c ...F } ... { e } a { z } } fragment F on A { b a { y } }";
        let document = parse_query(text).expect("a document");
        let mut data = Value::from_json(json!({
            "a": {"z": 1},
            "e": null,
            "x": [{"a": {"y": 1}, "b": 2, "c": 3, "d": 4}, {"c": 1, "d": 2}],
            "b": [1, 2],
        }))
        .expect("a value");
        let (_, operation) = document.operations.iter().next().expect("an operation");
        restore(&mut data, &document, &operation.node);
        assert_eq!(
            data.to_string(),
            "{b: [1, 2], x: [{d: 4, c: 3, b: 2, a: {y: 1}}, {d: 2, c: 1}], e: null, a: {z: 1}}"
        );
    }
}
