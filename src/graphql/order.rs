//! The order of an answer's fields: that of the document (GraphQL October 2021, 7.2.2). The executor writes them as
//! they are finished.

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{
    ExecutableDocument, OperationDefinition, Selection, SelectionSet,
};
use async_graphql::{Name, Value};

/// Response keys in their order, each with what is selected below it.
type Keys<'a> = IndexMap<&'a Name, Vec<&'a SelectionSet>>;

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
