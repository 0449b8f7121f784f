//! Reading the audit log.

mod filters;
mod plans;
mod reading;
mod secrets;

use serde_json::{Value, json};

use crate::support::{Answer, Client};

const LOG: &str = "
    query($filter: AuditFilter, $first: Int) {
        auditLog(filter: $filter, first: $first) {
            totalCount
            nodes { id at actor { id displayName } action entityType entityId changes }
        }
    }
";

/// What a filter finds.
async fn log(client: &Client, filter: Value) -> Answer {
    client
        .gql(LOG, json!({"filter": filter, "first": 200}))
        .await
}

/// The entries that a filter finds, newest first.
async fn entries(client: &Client, filter: Value) -> Vec<Value> {
    let answer = log(client, filter).await;
    let list = &answer.data()["auditLog"];
    let nodes = list["nodes"].as_array().expect("a list").clone();
    assert_eq!(list["totalCount"], nodes.len());
    nodes
}
