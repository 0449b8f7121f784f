//! Estimates how many objects an answer may contain, before anything runs.
//!
//! Each object counts 1, and ten fields that are not objects count as one more. Below a connection they count once for
//! each row of the page. A list without pages counts once, because its length is known only when it is read;
//! `execute/budget.rs` counts its rows then. Such a list must not appear inside itself: nobody needs that, and each
//! level would multiply the rows.

use std::collections::BTreeSet;

use apollo_compiler::ast;
use apollo_compiler::collections::HashMap;
use apollo_compiler::executable::{Field, FragmentMap, Operation, Selection, SelectionSet};
use apollo_compiler::{Name, Node};
use async_graphql::Value;

use super::document::Document;
use super::refusal::Fault;
use crate::page;

/// Most objects of an answer.
pub const MAX: i64 = 5_000;
/// The cost of an object.
const OBJECT: i64 = 10;
/// The cost of a field that is not an object.
const LEAF: i64 = 1;

type Result<T, E = Fault> = std::result::Result<T, E>;

/// Refuses an operation whose answer may contain more than [`MAX`] objects, or in which a list without pages appears
/// inside itself. `variable` returns the value of a variable, for page sizes.
pub fn check(
    document: &Document,
    operation: &Node<Operation>,
    variable: impl Fn(&str) -> Option<Value>,
) -> Result<()> {
    let mut measure = Measure {
        fragments: &document.parsed.fragments,
        variable: &variable,
        known: HashMap::default(),
    };
    let cost = measure.set(&operation.selection_set)?.once;
    if cost <= MAX * OBJECT {
        return Ok(());
    }
    let objects = cost.saturating_add(OBJECT - 1) / OBJECT;
    let message = format!(
        "The answer may contain {objects} objects, but the limit is {MAX}. Ask for smaller pages or nest fewer lists."
    );
    Err(Fault::new(message, operation.location()))
}

/// How many objects a field returns.
enum Count {
    /// Once, or not at all.
    One,
    /// A list of unknown length.
    Unpaged,
    /// A connection. Its arguments say how many rows it has.
    Page,
    /// A list with an argument `first`.
    List,
    /// The rows of a connection. The connection's arguments say how many there are.
    Row,
}

impl Count {
    fn of(parent: &str, field: &Field) -> Self {
        let has_first = field.definition.argument_by_name("first").is_some();
        match (has_first, field.definition.ty.is_list()) {
            (true, false) => Self::Page,
            (true, true) => Self::List,
            (false, true) if parent.ends_with("Connection") => Self::Row,
            (false, true) => Self::Unpaged,
            (false, false) => Self::One,
        }
    }
}

/// The cost of a selection.
#[derive(Clone, Default)]
struct Cost<'a> {
    once: i64,
    /// The cost for each row of the surrounding connection.
    per_row: i64,
    /// The lists without pages in it, by type and field.
    unpaged: BTreeSet<(&'a str, &'a str)>,
}

impl Cost<'_> {
    fn add(&mut self, other: Self) {
        self.once = self.once.saturating_add(other.once);
        self.per_row = self.per_row.saturating_add(other.per_row);
        self.unpaged.extend(other.unpaged);
    }
}

struct Measure<'a> {
    fragments: &'a FragmentMap,
    variable: &'a dyn Fn(&str) -> Option<Value>,
    /// The cost of each fragment, which is the same wherever it is spread.
    known: HashMap<&'a Name, Cost<'a>>,
}

impl<'a> Measure<'a> {
    fn set(&mut self, set: &'a SelectionSet) -> Result<Cost<'a>> {
        let mut cost = Cost::default();
        for selection in &set.selections {
            cost.add(match selection {
                Selection::Field(field) => self.field(field, &set.ty)?,
                Selection::InlineFragment(inline) => self.set(&inline.selection_set)?,
                Selection::FragmentSpread(spread) => self.fragment(&spread.fragment_name)?,
            });
        }
        Ok(cost)
    }

    fn field(&mut self, field: &'a Node<Field>, on: &'a str) -> Result<Cost<'a>> {
        let mut cost = Cost::default();
        if field.selection_set.is_empty() {
            cost.once = LEAF;
            return Ok(cost);
        }
        let below = self.set(&field.selection_set)?;
        let one = below.once.saturating_add(OBJECT);
        cost.unpaged = below.unpaged;
        match Count::of(on, field) {
            Count::One => cost.once = one,
            Count::Unpaged if cost.unpaged.insert((on, &field.name)) => cost.once = one,
            Count::Unpaged => {
                let message = format!(
                    "The document nests the list {on}.{} inside itself. Send two queries instead.",
                    field.name
                );
                return Err(Fault::new(message, field.location()));
            }
            Count::Row => cost.per_row = one,
            Count::List => cost.once = self.page(field).saturating_mul(one),
            Count::Page => {
                let rows = self.page(field).saturating_mul(below.per_row);
                cost.once = one.saturating_add(rows);
            }
        }
        Ok(cost)
    }

    fn fragment(&mut self, name: &'a Name) -> Result<Cost<'a>> {
        if let Some(known) = self.known.get(name) {
            return Ok(known.clone());
        }
        let Some(fragment) = self.fragments.get(name) else {
            return Ok(Cost::default());
        };
        let cost = self.set(&fragment.selection_set)?;
        self.known.insert(name, cost.clone());
        Ok(cost)
    }

    /// How many rows a field requests. The resolver reports a page that is too large.
    fn page(&self, field: &Field) -> i64 {
        let asked = |name| {
            let argument = field
                .arguments
                .iter()
                .find(|argument| argument.name == name)?;
            match &*argument.value {
                ast::Value::Int(number) => number.as_str().parse().ok(),
                ast::Value::Variable(name) => match (self.variable)(name)? {
                    Value::Number(number) => number.as_i64(),
                    _ => None,
                },
                _ => None,
            }
        };
        let asked = asked("first").into_iter().chain(asked("last")).max();
        asked.unwrap_or(page::DEFAULT).clamp(0, page::MAX)
    }
}
