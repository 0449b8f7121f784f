//! Measures the depth and size of a document with all fragments expanded, without expanding them.
//!
//! The library's validation recurses through fragments, and its work grows with the expanded size. If each fragment
//! spreads the next one twice, each fragment doubles the work (24 fragments fit in 821 bytes). So this check comes
//! before validation.

use std::collections::HashMap;

use apollo_compiler::Name;
use apollo_compiler::ast::{Document, Selection};

use super::document::MAX_NESTING;
use super::refusal::Fault;

/// Most fields and fragments of a document's operations, with all fragments expanded.
const MAX_SELECTIONS: usize = 2_000;

/// Refuses a document that nests too deeply or has too many fields.
pub fn check(document: &Document) -> Result<(), Fault> {
    let definitions = document.definitions.iter();
    let fragments = definitions.filter_map(|of| of.as_fragment_definition());
    let mut spread = Spread {
        fragments: fragments
            .map(|of| (&of.name, of.selection_set.as_slice()))
            .collect(),
        known: HashMap::new(),
    };
    let mut selections = 0_usize;
    let definitions = document.definitions.iter();
    for operation in definitions.filter_map(|of| of.as_operation_definition()) {
        let size = spread
            .set(&operation.selection_set, MAX_NESTING)
            .ok_or_else(too_deep)?;
        selections = selections.saturating_add(size.selections);
    }
    if selections <= MAX_SELECTIONS {
        return Ok(());
    }
    let message =
        format!("With all fragments expanded, the document has more than {MAX_SELECTIONS} fields.");
    Err(Fault::new(message, None))
}

/// The error for a document that nests too deeply.
pub fn too_deep() -> Fault {
    let message = format!("The document nests more than {MAX_NESTING} brackets.");
    Fault::new(message, None)
}

#[derive(Clone, Copy, Default)]
struct Size {
    depth: usize,
    selections: usize,
}

struct Spread<'a> {
    fragments: HashMap<&'a Name, &'a [Selection]>,
    /// The size of each fragment. `None` while it is being measured: if a fragment spreads itself, the validation
    /// reports that.
    known: HashMap<&'a Name, Size>,
}

impl<'a> Spread<'a> {
    /// The size of a selection set, unless it is deeper than the remaining depth.
    fn set(&mut self, set: &'a [Selection], left: usize) -> Option<Size> {
        let left = left.checked_sub(1)?;
        let mut size = Size::default();
        for selection in set {
            let below = match selection {
                Selection::Field(field) if field.selection_set.is_empty() => Size::default(),
                Selection::Field(field) => self.set(&field.selection_set, left)?,
                Selection::InlineFragment(inline) => self.set(&inline.selection_set, left)?,
                Selection::FragmentSpread(spread) => self.fragment(&spread.fragment_name, left)?,
            };
            size.depth = size.depth.max(below.depth);
            size.selections = size
                .selections
                .saturating_add(below.selections.saturating_add(1));
        }
        size.depth += 1;
        (size.depth <= left + 1).then_some(size)
    }

    fn fragment(&mut self, name: &'a Name, left: usize) -> Option<Size> {
        if let Some(known) = self.known.get(name) {
            return Some(*known);
        }
        self.known.insert(name, Size::default());
        // The validation reports a missing fragment.
        let size = match self.fragments.get(name) {
            Some(set) => self.set(set, left)?,
            None => Size::default(),
        };
        self.known.insert(name, size);
        Some(size)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{prepared, wrong};
    use super::*;
    use serde_json::json;

    #[test]
    fn fragments_nest_where_they_are_spread() {
        let nested = |depth: usize, innermost: &str| {
            format!(
                "{}{innermost}{}",
                "{...".repeat(depth - 1),
                "}".repeat(depth - 1)
            )
        };
        let text = |outside: usize, inside: usize| {
            let (outside, inside) = (nested(outside, "{...F}"), nested(inside, "{id}"));
            format!("{outside} fragment F on Query {inside}")
        };
        for (outside, inside) in [(1, 63), (32, 32), (63, 1)] {
            prepared(&text(outside, inside), json!({})).expect("at the limit");
        }
        for (outside, inside) in [(2, 63), (33, 32), (64, 1)] {
            assert_eq!(wrong(&text(outside, inside)), too_deep().message);
        }
        // When the fragment is used again, its depth is already known.
        let (outside, inside) = (nested(30, "{...F}"), nested(40, "{id}"));
        let twice = format!("{{...F ...{outside}}} fragment F on Query {inside}");
        assert_eq!(wrong(&twice), too_deep().message);
    }

    #[test]
    fn a_fragment_that_spreads_itself_is_told() {
        let circle = "{...F} fragment F on Query {me {...G}} fragment G on Query {...F}";
        assert!(
            wrong(circle).contains("fragment cannot reference itself"),
            "{}",
            wrong(circle)
        );
    }

    #[test]
    fn fields_are_counted_as_often_as_their_fragment_is_spread() {
        let because = "more than 2000 fields";
        // 19 objects of 98 fields, two spreads and themselves, and one of the rest below one more.
        let one = |n: usize| {
            let objects = "me {...F ...F} ".repeat(19);
            let rest = "id ".repeat(n - 19 * 101 - 2);
            let fragment = format!("fragment F on Query {{{}}}", "id ".repeat(49));
            format!("{{me {{{objects} me {{{rest}}}}}}} {fragment}")
        };
        // All operations count together, because all of them are validated.
        let many = |n: usize| {
            let operation = |i: usize| format!("query Q{i} {{ ...F }} ");
            let operations: String = (0..20).map(operation).collect();
            let fragment = format!("fragment F on Query {{me {{{}}}}}", "id ".repeat(97));
            format!(
                "{operations} query Q {{ {} }} {fragment}",
                "id ".repeat(n - 20 * 99)
            )
        };
        prepared(&one(MAX_SELECTIONS), json!({})).expect("at the limit");
        assert!(wrong(&one(MAX_SELECTIONS + 1)).contains(because));
        assert!(!wrong(&many(MAX_SELECTIONS)).contains(because));
        assert!(wrong(&many(MAX_SELECTIONS + 1)).contains(because));
    }

    #[test]
    fn fragments_that_double_are_refused_at_once() {
        for levels in [11, 24, 60] {
            let doubled = |i: usize| format!("fragment F{i} on Query {{...F{0} ...F{0}}} ", i + 1);
            let fragments: String = (0..levels).map(doubled).collect();
            let text = format!("{{...F0}} {fragments} fragment F{levels} on Query {{id}}");
            assert!(wrong(&text).contains("more than 2000 fields"));
        }
    }
}
