//! A connection of the schema, asked for pages.

use serde_json::{Value, json};

use super::{Answer, Client};

const PAGE: &str = "totalCount nodes { id } edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";
const ARGS: &str = "first: $first, after: $after, last: $last, before: $before";
const VARS: &str = "$first: Int, $after: String, $last: Int, $before: String";

/// A connection and what it should hold.
pub struct List {
    /// The field.
    pub name: &'static str,
    query: String,
    at: &'static str,
    /// The ids of all its rows, in order.
    pub ids: Vec<String>,
}

impl List {
    /// A connection of the query's root; `filter` is a further argument or nothing.
    pub fn root(name: &'static str, filter: &str, ids: Vec<String>) -> Self {
        let query = format!(
            "query({VARS}) {{ parent: __typename list: {name}({filter} {ARGS}) {{ {PAGE} }} }}"
        );
        Self {
            name,
            query,
            at: "/data/list",
            ids,
        }
    }

    /// A connection of one parent: `parent(id:)`.
    pub fn of(name: &'static str, parent: &str, id: &str, ids: Vec<String>) -> Self {
        let query = format!(
            "query({VARS}) {{
                parent: {parent}(id: \"{id}\") {{ list: {name}({ARGS}) {{ {PAGE} }} }}
            }}"
        );
        Self {
            name,
            query,
            at: "/data/parent/list",
            ids,
        }
    }

    /// What `first`, `after`, `last` and `before` are answered.
    pub async fn answer(&self, client: &Client, page: Value) -> Answer {
        client.gql(&self.query, page).await
    }

    /// A page: its ids and the cursors of its rows, checked against each other.
    pub async fn page(&self, client: &Client, page: Value) -> Page {
        let answer = self.answer(client, page).await;
        answer.data();
        let list = answer.at(self.at);
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
