//! An operation that is ready to run, as a document again, and how large it is.

use async_graphql::parser::types::{OperationType, Selection, SelectionSet};
use coulisses_crew::graphql::request::Operation;

/// The text of an operation.
pub fn print(operation: &Operation) -> String {
    let kind = match operation.ty {
        OperationType::Query => "query",
        OperationType::Mutation => "mutation",
        OperationType::Subscription => "subscription",
    };
    format!("{kind}{}", set(&operation.selection_set.node))
}

fn set(of: &SelectionSet) -> String {
    let items = of.items.iter().map(|item| selection(&item.node));
    format!(" {{{}}}", items.collect::<String>())
}

fn selection(of: &Selection) -> String {
    let field = match of {
        Selection::Field(field) => &field.node,
        Selection::InlineFragment(inline) => {
            let condition = inline.node.type_condition.as_ref().expect("a type");
            let on = &condition.node.on.node;
            return format!(" ... on {on}{}", set(&inline.node.selection_set.node));
        }
        Selection::FragmentSpread(_) => panic!("a fragment was left"),
    };
    assert!(field.directives.is_empty());
    let alias = match &field.alias {
        // What stands for nothing.
        Some(alias) if alias.node.is_empty() => return " __typename @skip(if: true)".to_owned(),
        Some(alias) => format!("{}: ", alias.node),
        None => String::new(),
    };
    let arguments = field.arguments.iter().map(|(name, value)| {
        let value = value
            .node
            .clone()
            .into_const()
            .expect("no variable is left");
        format!("{}: {value}", name.node)
    });
    let arguments: Vec<_> = arguments.collect();
    let arguments = match arguments.is_empty() {
        true => String::new(),
        false => format!("({})", arguments.join(", ")),
    };
    let below = match field.selection_set.node.items.is_empty() {
        true => String::new(),
        false => set(&field.selection_set.node),
    };
    format!(" {alias}{}{arguments}{below}", field.name.node)
}

/// What the limits are about. Of an object's types only the one with most fields counts.
#[derive(Debug, Default)]
pub struct Measured {
    pub depth: usize,
    pub fields: usize,
    pub root_fields: usize,
    pub widest: usize,
}

impl Measured {
    pub fn of(operation: &Operation) -> Self {
        let mut measured = Self::default();
        let (fields, width) = measured.set(&operation.selection_set.node, 1);
        (measured.fields, measured.root_fields) = (fields, width);
        measured
    }

    /// How many fields there are in all, and how many of the object itself.
    fn set(&mut self, set: &SelectionSet, depth: usize) -> (usize, usize) {
        let (mut fields, mut width, mut of_types) = (0, 0, (0, 0));
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    self.depth = self.depth.max(depth);
                    width += 1;
                    fields += 1 + self.set(&field.node.selection_set.node, depth + 1).0;
                }
                Selection::InlineFragment(inline) => {
                    of_types = of_types.max(self.set(&inline.node.selection_set.node, depth));
                }
                Selection::FragmentSpread(_) => panic!("a fragment was left"),
            }
        }
        let all = (fields + of_types.0, width + of_types.1);
        self.widest = self.widest.max(if depth == 1 { 0 } else { all.1 });
        all
    }
}
