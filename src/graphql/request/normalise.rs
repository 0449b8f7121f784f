//! Rewrites an operation for the executor. Fragments are expanded, and `@skip` and `@include` are applied. Fields with
//! the same response key are merged (GraphQL September 2025, 6.3.2). Variables are replaced with their values. A
//! selection on an interface is written once for each object type.

use apollo_compiler::ast;
use apollo_compiler::collections::{HashSet, IndexMap};
use apollo_compiler::executable::{
    DirectiveList, Field, Operation as Parsed, Selection, SelectionSet,
};
use apollo_compiler::parser::SourceSpan;
use apollo_compiler::{Name, Node};
use async_graphql::parser::types as out;
use async_graphql::{Name as OutName, Pos, Positioned, Value};

use super::document::Document;
use super::literals;
use super::refusal::Fault;
use super::rules::Rules;
use super::variables::Values;

/// The response key of a placeholder in empty introspection selections. The library's executor, which answers
/// introspection, would return null for an empty selection. No document can contain this name, so [`strip`] removes
/// nothing else.
const NOTHING: &str = "";

/// An operation that is ready to run.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Its name in the document.
    pub name: Option<String>,
    /// Whether it is a query or a mutation.
    pub ty: out::OperationType,
    /// The selection: fields and inline fragments on object types, without directives and variables. The selection of
    /// an object is empty if all its fields are skipped.
    pub selection_set: Positioned<out::SelectionSet>,
    /// Whether the answer to introspection must go through [`strip`].
    pub needs_strip: bool,
}

impl Operation {
    /// Whether it is a mutation.
    #[must_use]
    pub fn is_mutation(&self) -> bool {
        self.ty == out::OperationType::Mutation
    }

    /// Whether it contains one of these root fields.
    #[must_use]
    pub fn has_any(&self, fields: &[&str]) -> bool {
        let items = &self.selection_set.node.items;
        items.iter().any(|item| match &item.node {
            out::Selection::Field(field) => fields.contains(&field.node.name.node.as_str()),
            _ => false,
        })
    }

    /// `query` or `mutation`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.is_mutation() {
            true => "mutation",
            false => "query",
        }
    }
}

/// Rewrites an operation.
///
/// # Errors
/// If a variable in the `if` of a directive is null (6.4.1). A variable with a default may be nullable there.
pub fn normalise(
    rules: &Rules,
    document: &Document,
    operation: &Node<Parsed>,
    variables: &Values<'_>,
) -> Result<Operation, Fault> {
    let mut normaliser = Normaliser {
        rules,
        document,
        variables,
        asks_for_schema: false,
        holds_nothing: false,
        fault: None,
    };
    let set = &operation.selection_set;
    let items = normaliser.select(&set.ty, &[set]);
    if let Some(fault) = normaliser.fault {
        return Err(fault);
    }
    Ok(Operation {
        name: operation.name.as_ref().map(ToString::to_string),
        ty: match operation.operation_type {
            ast::OperationType::Mutation => out::OperationType::Mutation,
            // The schema has no subscriptions, so no valid document has one.
            ast::OperationType::Query | ast::OperationType::Subscription => {
                out::OperationType::Query
            }
        },
        selection_set: at(normaliser.pos(operation.location()), items),
        needs_strip: normaliser.holds_nothing,
    })
}

struct Normaliser<'a> {
    rules: &'a Rules,
    document: &'a Document,
    variables: &'a Values<'a>,
    /// Whether this is below `__schema` or `__type`.
    asks_for_schema: bool,
    /// Whether [`NOTHING`] was inserted.
    holds_nothing: bool,
    fault: Option<Fault>,
}

/// The fields by response key, in the order of the first field of each key.
type Collected<'a> = IndexMap<&'a str, Vec<&'a Node<Field>>>;

impl<'a> Normaliser<'a> {
    fn select(&mut self, ty: &str, sets: &[&'a SelectionSet]) -> out::SelectionSet {
        let mut items = match self.rules.objects.get(ty) {
            Some(objects) => {
                let on = objects
                    .iter()
                    .map(|object| (object, self.object(object, sets)));
                let on = on.filter(|(_, items)| !items.is_empty());
                on.map(|(object, items)| inline_fragment(object, items))
                    .collect()
            }
            None => self.object(ty, sets),
        };
        if items.is_empty() && self.asks_for_schema {
            items.push(nothing());
            self.holds_nothing = true;
        }
        out::SelectionSet { items }
    }

    fn object(&mut self, ty: &str, sets: &[&'a SelectionSet]) -> Vec<Positioned<out::Selection>> {
        let mut found = Collected::default();
        let mut spread = HashSet::default();
        for set in sets {
            self.collect(ty, set, &mut spread, &mut found);
        }
        found.values().map(|fields| self.field(fields)).collect()
    }

    fn collect(
        &mut self,
        ty: &str,
        set: &'a SelectionSet,
        spread: &mut HashSet<&'a Name>,
        found: &mut Collected<'a>,
    ) {
        for selection in &set.selections {
            if self.leaves_out(selection.directives()) {
                continue;
            }
            let (on, below) = match selection {
                Selection::Field(field) => {
                    found
                        .entry(field.response_key().as_str())
                        .or_default()
                        .push(field);
                    continue;
                }
                Selection::InlineFragment(inline) => {
                    (inline.type_condition.as_ref(), &inline.selection_set)
                }
                Selection::FragmentSpread(it) => {
                    match self.document.parsed.fragments.get(&it.fragment_name) {
                        Some(fragment) if spread.insert(&fragment.name) => {
                            (Some(fragment.type_condition()), &fragment.selection_set)
                        }
                        _ => continue,
                    }
                }
            };
            if on.is_none_or(|on| on == ty || self.rules.schema.is_subtype(on, ty)) {
                self.collect(ty, below, spread, found);
            }
        }
    }

    fn leaves_out(&mut self, directives: &DirectiveList) -> bool {
        self.says(directives, "skip") == Some(true)
            || self.says(directives, "include") == Some(false)
    }

    /// The `if` of a directive.
    fn says(&mut self, directives: &DirectiveList, directive: &str) -> Option<bool> {
        let given = directives
            .get(directive)?
            .specified_argument_by_name("if")?;
        let ast::Value::Variable(name) = &**given else {
            return given.to_bool();
        };
        if let Some(Value::Boolean(value)) = self.variables.get(name.as_str()) {
            return Some(*value);
        }
        let message =
            format!("The variable ${name} is null, but @{directive} does not accept null.");
        self.fault = Some(Fault::new(message, given.location()));
        None
    }

    /// Merges the fields of a response key. They have the same name and arguments (5.3.2).
    fn field(&mut self, fields: &[&'a Node<Field>]) -> Positioned<out::Selection> {
        let first = fields[0];
        let pos = self.pos(first.location());
        let name = |name: &Name| at(pos, OutName::new(name));
        let arguments = first.arguments.iter().filter_map(|argument| {
            let definition = first.definition.argument_by_name(&argument.name)?;
            let literal = &argument.value;
            if !literals::is_given(self.variables, literal) {
                return None;
            }
            let schema = &self.rules.schema;
            let value = literals::value(schema, self.variables, &definition.ty, literal);
            if self.asks_for_schema && value == Value::Null {
                // The library does not accept null for an argument with a default.
                return None;
            }
            Some((
                name(&argument.name),
                at(self.pos(literal.location()), value.into_value()),
            ))
        });
        let field = out::Field {
            alias: first.alias.as_ref().map(name),
            name: name(&first.name),
            arguments: arguments.collect(),
            directives: Vec::new(),
            selection_set: at(pos, out::SelectionSet::default()),
        };
        let mut field = at(pos, field);
        if !first.selection_set.is_empty() {
            let sets: Vec<_> = fields.iter().map(|field| &field.selection_set).collect();
            let outside = self.asks_for_schema;
            self.asks_for_schema |= matches!(first.name.as_str(), "__schema" | "__type");
            field.node.selection_set.node = self.select(&first.selection_set.ty, &sets);
            self.asks_for_schema = outside;
        }
        at(pos, out::Selection::Field(field))
    }

    fn pos(&self, span: Option<SourceSpan>) -> Pos {
        span.map_or_else(Pos::default, |span| self.document.lines.pos(span.offset()))
    }
}

fn inline_fragment(
    object: &Name,
    items: Vec<Positioned<out::Selection>>,
) -> Positioned<out::Selection> {
    let pos = items.first().map(|first| first.pos).unwrap_or_default();
    let condition = out::TypeCondition {
        on: at(pos, OutName::new(object)),
    };
    let inline = out::InlineFragment {
        type_condition: Some(at(pos, condition)),
        directives: Vec::new(),
        selection_set: at(pos, out::SelectionSet { items }),
    };
    at(pos, out::Selection::InlineFragment(at(pos, inline)))
}

fn nothing() -> Positioned<out::Selection> {
    let name = |name| at(Pos::default(), OutName::new(name));
    let field = out::Field {
        alias: Some(name(NOTHING)),
        name: name("__typename"),
        arguments: Vec::new(),
        directives: Vec::new(),
        selection_set: Positioned::default(),
    };
    at(
        Pos::default(),
        out::Selection::Field(at(Pos::default(), field)),
    )
}

fn at<T>(pos: Pos, node: T) -> Positioned<T> {
    Positioned::new(node, pos)
}

/// Removes the placeholders of empty selections.
pub fn strip(data: &mut Value) {
    match data {
        Value::Object(fields) => {
            fields.shift_remove(NOTHING);
            fields.values_mut().for_each(strip);
        }
        Value::List(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{prepared, written};
    use super::*;
    use serde_json::json;

    fn becomes(text: &str, variables: serde_json::Value, expected: &str) {
        let operation = prepared(text, variables).expect("an operation");
        assert_eq!(written(&operation.selection_set.node), expected, "{text}");
    }

    #[test]
    fn the_fields_of_a_response_key_are_one_in_the_place_of_the_first() {
        becomes(
            "mutation { change { id } login { id } ...F change { me { id } } } fragment F on Mutation { change { x: id id } }",
            json!({}),
            "change {id x: id me {id}} login {id}",
        );
        becomes(
            "{ me { ...F me { id ...F } } me { me { id ... { x: id } } } } fragment F on Query { y: id }",
            json!({}),
            "me {y: id me {id y: id x: id}}",
        );
    }

    #[test]
    fn what_is_skipped_leaves_no_trace() {
        let text = "query($a: Boolean = true, $b: Boolean!) {
            id @skip(if: $a) ...F @include(if: $b) ... @skip(if: $b) { x: id }
            me @include(if: $b) { id @skip(if: true) me { id } @skip(if: false) }
          } fragment F on Query { id me { y: id } }";
        let text = text.replace("me { id } @skip(if: false)", "me @skip(if: false) { id }");
        becomes(&text, json!({"b": true}), "id me {y: id me {id}}");
        becomes(&text, json!({"b": false, "a": false}), "id x: id");
        becomes(&text, json!({"b": false}), "x: id");
    }

    #[test]
    fn what_is_asked_of_an_interface_is_written_out_for_each_object_type() {
        becomes(
            "{ node { id ... on Row { name } ... on Node { x: id } } any { ...F ... on Row { name } } }
             fragment F on Query { id }",
            json!({}),
            "node {... on Query {id x: id} ... on Row {id name x: id}} any {... on Row {name} ... on Query {id}}",
        );
    }

    #[test]
    fn values_stand_where_variables_stood() {
        let text = "query($n: Int, $id: ID, $of: In, $d: Int = 5) {
            rows(n: $n, id: $id, of: [{n: $n, id: $id, of: [$of]}, {n: $d, must: $d}]) { id }
          }";
        becomes(
            text,
            json!({}),
            "rows(of: [{of: [null]}, {n: 5, must: 5}]) {id}",
        );
        becomes(
            text,
            json!({"n": null, "id": 7, "of": {"n": 1}, "d": 6}),
            "rows(n: null)(id: \"7\")(of: [{n: null, id: \"7\", of: [{n: 1}]}, {n: 6, must: 6}]) {id}",
        );
    }

    #[test]
    fn literals_are_what_their_types_say() {
        becomes(
            "{ rows(id: 123456789012345678901234567890, f: 1, of: {id: 5, at: \"\"\"a \\\"\"\" b\"\"\"}) { id } }",
            json!({}),
            r#"rows(id: "123456789012345678901234567890")(f: 1)(of: [{id: "5", at: "a \"\"\" b"}]) {id}"#,
        );
        becomes("{ rows(n: -0) { id } }", json!({}), "rows(n: 0) {id}");
        becomes(
            r#"{ rows(id: "\uD83C\uDFAD \u{1F3AD}") { id } }"#,
            json!({}),
            r#"rows(id: "🎭 🎭") {id}"#,
        );
    }

    #[test]
    fn an_object_of_the_schema_whose_fields_were_all_skipped_is_stripped_bare() {
        for (text, needs_strip) in [
            ("{ __schema { queryType { name @skip(if: true) } } }", true),
            ("{ __schema { queryType { name } } }", false),
            ("{ me { id @skip(if: true) } }", false),
        ] {
            let operation = prepared(text, json!({})).expect("an operation");
            assert_eq!(operation.needs_strip, needs_strip, "{text}");
        }
        let mut data =
            Value::from_json(json!({"queryType": {NOTHING: "__Type"}})).expect("a value");
        strip(&mut data);
        assert_eq!(data.to_string(), "{queryType: {}}");
    }

    #[test]
    fn places_are_those_of_the_first_field() {
        let operation = prepared("{\n  é: id # é\n  é: id }", json!({}));
        let set = operation.map(|of| of.selection_set);
        assert!(set.is_err(), "no letter beyond ASCII is part of a name");
        let operation = prepared("query Q\n{ # 🎭\n  me { id } me { x: id } }", json!({}));
        let set = operation.expect("one").selection_set;
        let me = &set.node.items[0];
        assert_eq!(
            (set.pos, me.pos),
            (Pos { line: 1, column: 1 }, Pos { line: 3, column: 3 })
        );
    }
}
