//! Fields that cannot be merged: one name in the answer for two different fields (GraphQL October 2021, 5.3.2).
//!
//! The executor's validation tells each of them, again for each fragment around it: a document of 4 KB makes megabytes
//! of messages. One is enough.

use std::collections::HashSet;
use std::collections::hash_map::{Entry, HashMap};

use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};

use crate::error::{AppError, ErrorCode, Result};

/// Refuses a document in which a name stands for two different fields of an object, or for one with other arguments.
/// The rule is the executor's own: what it would refuse, and nothing else.
///
/// # Errors
/// `BAD_REQUEST`.
pub fn check(document: &ExecutableDocument) -> Result<()> {
    let operations = document
        .operations
        .iter()
        .map(|(_, of)| &of.node.selection_set.node);
    let fragments = document
        .fragments
        .values()
        .map(|of| &of.node.selection_set.node);
    operations
        .chain(fragments)
        .try_for_each(|set| check_set(document, set))
}

/// This set and those in it. A fragment's own sets are looked at where it is defined.
fn check_set(document: &ExecutableDocument, set: &SelectionSet) -> Result<()> {
    let mut seen = Seen {
        document,
        names: HashMap::new(),
        fragments: HashSet::new(),
    };
    seen.collect(None, set)?;
    set.items.iter().try_for_each(|item| match &item.node {
        Selection::Field(field) => check_set(document, &field.node.selection_set.node),
        Selection::InlineFragment(inline) => check_set(document, &inline.node.selection_set.node),
        Selection::FragmentSpread(_) => Ok(()),
    })
}

struct Seen<'a> {
    document: &'a ExecutableDocument,
    /// By the type of the fragment around them.
    names: HashMap<(Option<&'a str>, &'a str), &'a Field>,
    fragments: HashSet<&'a str>,
}

impl<'a> Seen<'a> {
    fn collect(&mut self, on: Option<&'a str>, set: &'a SelectionSet) -> Result<()> {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => self.add(on, &field.node)?,
                Selection::InlineFragment(inline) => {
                    let on = inline.node.type_condition.as_ref();
                    let on = on.map(|condition| condition.node.on.node.as_str());
                    self.collect(on, &inline.node.selection_set.node)?;
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if let Some(fragment) = self.document.fragments.get(name)
                        && self.fragments.insert(name)
                    {
                        let on = fragment.node.type_condition.node.on.node.as_str();
                        self.collect(Some(on), &fragment.node.selection_set.node)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, on: Option<&'a str>, field: &'a Field) -> Result<()> {
        let known = match self.names.entry((on, field.response_key().node.as_str())) {
            Entry::Vacant(free) => {
                free.insert(field);
                return Ok(());
            }
            Entry::Occupied(known) => *known.get(),
        };
        let same_arguments = known.arguments.len() == field.arguments.len()
            && known.arguments.iter().all(|(name, value)| {
                field
                    .get_argument(&name.node)
                    .is_some_and(|other| other.node == value.node)
            });
        if known.name.node == field.name.node && same_arguments {
            return Ok(());
        }
        let name = &field.response_key().node;
        let message =
            format!("The document asks twice for {name}, and not for the same: use an alias.");
        Err(AppError::new(ErrorCode::BadRequest, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::parser::parse_query;

    fn holds(text: &str) -> bool {
        check(&parse_query(text).expect("a document")).is_ok()
    }

    #[test]
    fn a_name_stands_for_one_field() {
        for good in [
            "{a a b: a}",
            "{a(x: 1) a(x: 1) {c} ...F} fragment F on Q {a(x: 1)}",
            "{node {... on A {x: a} ... on B {x: b}}}",
            "{a {x} b {x: y}}",
        ] {
            assert!(holds(good), "{good}");
        }
        for bad in [
            "{a a: b}",
            "{a(x: 1) a(x: 2)}",
            "{a(x: 1) a}",
            "{a {x: y ... {x}}}",
            "{... on A {x: a ...F}} fragment F on A {x: b}",
            "{a} fragment F on A {b {x: y x}}",
        ] {
            assert!(!holds(bad), "{bad}");
        }
    }
}
