//! Planning and finding missions.

mod filters;
mod planning;
mod times;

use serde_json::{Value, json};

use crate::support::{Client, hour};

/// How many missions there are, cancelled ones included.
async fn total(client: &Client) -> Value {
    let count = client
        .query("{ missions(first: 0, filter: {includeCancelled: true}) { totalCount } }")
        .await;
    count.data()["missions"]["totalCount"].clone()
}

/// A mission of two hours that differs in one field.
fn with(field: &str, value: impl Into<Value>) -> Value {
    let mut mission = json!({"title": "Load-in", "startsAt": hour(24), "endsAt": hour(26)});
    mission[field] = value.into();
    mission
}
