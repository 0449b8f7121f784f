//! How many objects an answer may hold, reckoned before anything runs.
//!
//! Each object counts one, and ten fields without objects count as one more; below a connection as often as the page is
//! long. A list without pages counts once: how long it is shows only when it is read, and the loaders count then. It
//! may not stand below itself: nobody needs it, and each time would multiply.

use std::collections::BTreeSet;

use apollo_compiler::ast;
use apollo_compiler::collections::HashMap;
use apollo_compiler::executable::{Field, FragmentMap, Operation, Selection, SelectionSet};
use apollo_compiler::{Name, Node};
use async_graphql::Value;

use super::document::Document;
use super::refusal::Fault;
use crate::page;

/// The most objects of an answer.
pub const MAX: i64 = 5_000;
/// What an object costs.
const OBJECT: i64 = 10;
/// What a field costs that has no object, as often as it is written.
const LEAF: i64 = 1;

type Result<T, E = Fault> = std::result::Result<T, E>;

/// Refuses an answer that may hold more than [`MAX`] objects, or in which a list without pages stands below itself.
/// `variable` tells how long a page is for which a variable stands.
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

/// How often a field has its object.
enum Count {
    /// Once, or not at all.
    One,
    /// A list whose length nobody knows yet.
    Unpaged,
    /// As its own arguments say: a connection.
    Page,
    /// As its own arguments say: a list with `first`.
    List,
    /// As the connection says that it stands in: its rows.
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

/// What is selected below a field.
#[derive(Clone, Default)]
struct Cost<'a> {
    once: i64,
    /// What each row costs of the connection that this stands in.
    per_row: i64,
    /// The lists without pages: type and field.
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
    /// A fragment costs the same wherever it is spread.
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

    /// How many rows a field asks for. A page that is too large is told by its resolver.
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
