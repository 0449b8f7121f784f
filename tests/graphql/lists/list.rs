//! A connection of the schema, asked for pages.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::rows::{Made, NEWEST_FIRST};
use crate::support::{Answer, Client, Operation, Schema, listed_in, prefix_of};

const PAGE: &str = " { totalCount nodes { id } edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }";

/// A connection and what it should hold.
pub struct List {
    /// The field, and the place of the id that it is filtered by, if there is one.
    pub name: String,
    /// The type of its rows.
    pub of: String,
    query: String,
    variables: Value,
    at: String,
    /// The ids of all its rows, in order.
    pub ids: Vec<String>,
}

impl List {
    /// Every connection of the schema as it is, and filtered by each id that it takes. `kinds` are the kinds of ids by
    /// place.
    pub fn all(schema: &Schema, kinds: &BTreeMap<String, String>, made: &[Made]) -> Vec<Self> {
        let mut lists = Vec::new();
        for operation in schema.operations() {
            let Some(of) = listed_in(operation.answers()) else {
                continue;
            };
            let is_row = |row: &&Made| schema.type_of(&row.id) == Some(of);
            let rows: Vec<&Made> = made.iter().filter(is_row).collect();
            lists.push(Self::new(&operation, of, kinds, &rows, None));
            for place in operation.places() {
                lists.push(Self::new(&operation, of, kinds, &rows, Some(place)));
            }
        }
        lists
    }

    /// The list of an operation, below those parents that have the most of its rows.
    fn new(
        operation: &Operation<'_>,
        of: &str,
        kinds: &BTreeMap<String, String>,
        rows: &[&Made],
        filter: Option<String>,
    ) -> Self {
        let (own, given) = (operation.places(), RefCell::new(Vec::new()));
        let (query, variables) = operation.pages(PAGE, &|place| {
            if own.contains(place) && filter.as_deref() != Some(place) {
                return None;
            }
            // A place for any kind gets one that no other place of the list takes.
            let fits = |kind: &str| match &*kinds[place] {
                "" => own.iter().all(|place| kinds[place] != kind),
                takes => takes == kind,
            };
            let parent = parent_of_most(rows, fits)?;
            given.borrow_mut().push(parent.to_owned());
            Some(parent.to_owned())
        });
        let given = given.into_inner();
        let within = |row: &&&Made| given.iter().all(|id| row.of.contains(id));
        let mut rows: Vec<(&str, &str)> = rows
            .iter()
            .filter(within)
            .map(|row| (&*row.key, &*row.id))
            .collect();
        rows.sort_unstable();
        if NEWEST_FIRST.contains(&of) {
            rows.reverse();
        }
        let name = filter.unwrap_or_else(|| operation.name());
        assert!(
            rows.len() >= 3,
            "tests/graphql/lists/rows.rs makes {} rows of {of} for {name}, of {given:?}: make some",
            rows.len()
        );
        Self {
            name,
            of: of.to_owned(),
            query,
            variables,
            at: operation.pointer(),
            ids: rows.into_iter().map(|(_, id)| id.to_owned()).collect(),
        }
    }

    /// What `first`, `after`, `last` and `before` are answered.
    pub async fn answer(&self, client: &Client, page: Value) -> Answer {
        let mut variables = self.variables.clone();
        for (name, value) in page.as_object().expect("arguments") {
            variables[name] = value.clone();
        }
        client.gql(&self.query, variables).await
    }

    /// A page: its ids and the cursors of its rows, checked against each other.
    pub async fn page(&self, client: &Client, page: Value) -> Page {
        let answer = self.answer(client, page).await;
        answer.data();
        let list = answer.at(&self.at);
        let texts = |list: &Value, pointer: &str| -> Vec<String> {
            let rows = list.as_array().expect("a list").iter();
            rows.map(|row| {
                row.pointer(pointer)
                    .and_then(Value::as_str)
                    .expect("text")
                    .to_owned()
            })
            .collect()
        };
        let (ids, cursors) = (
            texts(&list["nodes"], "/id"),
            texts(&list["edges"], "/cursor"),
        );
        assert_eq!(texts(&list["edges"], "/node/id"), ids);
        let info = &list["pageInfo"];
        assert_eq!(info["startCursor"], json!(cursors.first()));
        assert_eq!(info["endCursor"], json!(cursors.last()));
        assert_eq!(list["totalCount"], self.ids.len(), "{}", self.name);
        let flag = |name: &str| info[name].as_bool().expect("a flag");
        Page {
            ids,
            cursors,
            previous: flag("hasPreviousPage"),
            next: flag("hasNextPage"),
        }
    }
}

/// A page as it came.
pub struct Page {
    pub ids: Vec<String>,
    pub cursors: Vec<String>,
    pub previous: bool,
    pub next: bool,
}

/// The row whose kind of id fits and that the most rows belong to.
fn parent_of_most<'a>(rows: &[&'a Made], fits: impl Fn(&str) -> bool) -> Option<&'a str> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for parent in rows.iter().flat_map(|row| &row.of) {
        if fits(prefix_of(parent)) {
            *counts.entry(parent).or_default() += 1;
        }
    }
    let most = counts.into_iter().max_by_key(|(_, count)| *count);
    most.map(|(parent, _)| parent)
}
