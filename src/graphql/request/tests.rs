//! Helpers for the unit tests, and tests that concern the whole module.

use async_graphql::parser::types::{Selection, SelectionSet};
use serde_json::{Value as Json, json};

use super::*;

const SDL: &str = "
    type Query implements Node {
      id: ID! me: Query node: Node any: Any nodes: [Node!]!
      rows(of: [In!], id: ID, n: Int = 3, f: Float): [Row!]!
    }
    type Mutation { login: Query logout: Query change(of: In): Query }
    interface Node { id: ID! }
    union Any = Row | Query
    type Row implements Node { id: ID! name: String at: Date below: Row }
    input In { n: Int id: ID of: [In] must: Int! = 1 at: Date }
    scalar Date";

/// Documents of a small schema.
pub fn documents(introspection: bool) -> Documents {
    let rules = Rules::new(SDL, &["login", "logout"]).expect("a schema");
    Documents::new(Box::leak(Box::new(rules)), introspection, None).expect("documents")
}

/// Prepares the only operation of a document.
pub fn prepared(text: &str, variables: Json) -> Result<Operation, Refusal> {
    let asked = Asked {
        query: Some(text),
        id: None,
        operation_name: None,
        variables: &Variables::from_json(variables),
    };
    prepare(&documents(true), &asked)
}

/// The first error of a document.
pub fn wrong(text: &str) -> String {
    match prepared(text, json!({})) {
        Ok(_) => panic!("nothing is wrong with {text}"),
        Err(refusal) => refusal.errors[0].to_string(),
    }
}

/// A selection set in one line, without the brackets around it.
pub fn written(set: &SelectionSet) -> String {
    let items = set.items.iter().map(|item| match &item.node {
        Selection::Field(field) => {
            let field = &field.node;
            let alias = field
                .alias
                .as_ref()
                .map(|alias| format!("{}: ", alias.node));
            let given = field.arguments.iter();
            let given = given.map(|(name, value)| format!("({}: {})", name.node, value.node));
            let below = written(&field.selection_set.node);
            let below = match below.is_empty() {
                true => below,
                false => format!(" {{{below}}}"),
            };
            let (alias, given) = (alias.unwrap_or_default(), given.collect::<String>());
            format!("{alias}{}{given}{below}", field.name.node)
        }
        Selection::InlineFragment(inline) => {
            let on = inline.node.type_condition.as_ref().expect("a type");
            let below = written(&inline.node.selection_set.node);
            format!("... on {} {{{below}}}", on.node.on.node)
        }
        Selection::FragmentSpread(_) => panic!("a fragment is left"),
    });
    items.collect::<Vec<_>>().join(" ")
}

#[test]
fn an_operation_is_chosen_by_its_name_or_because_it_is_the_only_one() {
    let documents = documents(true);
    let chosen = |text, operation_name| {
        let variables = &Variables::default();
        let asked = Asked {
            query: Some(text),
            id: None,
            operation_name,
            variables,
        };
        let operation = prepare(&documents, &asked);
        operation
            .map(|of| written(&of.selection_set.node))
            .map_err(|of| of.errors[0].to_string())
    };
    let several = "query A { id } query B { me { id } }";
    assert_eq!(chosen(several, Some("B")), Ok("me {id}".into()));
    assert_eq!(chosen("query A { id }", None), Ok("id".into()));
    assert_eq!(chosen("{ id }", None), Ok("id".into()));
    let none = "The document has no operation with the name in operationName.";
    for (text, name) in [(several, None), (several, Some("C")), ("{ id }", Some("A"))] {
        assert_eq!(chosen(text, name), Err(none.into()), "{text}");
    }
}

#[test]
fn only_the_operation_that_runs_is_held_against_the_limits() {
    let documents = documents(true);
    let text = format!("query A {{ id }} query B {{ {} }}", "id ".repeat(11));
    for (name, runs) in [("A", true), ("B", false)] {
        let variables = &Variables::default();
        let asked = Asked {
            query: Some(&text),
            id: None,
            operation_name: Some(name),
            variables,
        };
        assert_eq!(prepare(&documents, &asked).is_ok(), runs, "{name}");
    }
}
