//! Planning and finding missions.

mod bulk;
mod cancelling;
mod copying;
mod costs;
mod filters;
mod limits;
mod planning;
mod races;
mod rescheduling;
mod roles;
mod times;
mod updating;

use serde_json::{Value, json};

use crate::support::{Client, World, accept, hour};

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

/// What a mission is now.
async fn read(client: &Client, id: &str) -> Value {
    let query = "
        query($id: ID!) {
            mission(id: $id) {
                title startsAt endsAt version cancelledAt
                roles { name quantity }
                assignments { id status reason respondedAt }
            }
        }
    ";
    let answer = client.gql(query, json!({"id": id})).await;
    answer.data()["mission"].clone()
}

/// The status of an assignment.
async fn status(client: &Client, id: &str) -> String {
    let query = "query($id: ID!) { assignment(id: $id) { status } }";
    let answer = client.gql(query, json!({"id": id})).await;
    answer.str("/data/assignment/status").to_owned()
}

/// Somebody who was invited.
struct Invited {
    user: String,
    assignment: String,
    token: String,
}

/// Invites a new person to a role.
async fn invited(world: &World<'_>, role: &str, name: &str) -> Invited {
    let user = world.user(name, &[]).await;
    let (assignment, token) = world.invite(role, &[&user]).await.remove(0);
    Invited {
        user,
        assignment,
        token,
    }
}

/// A new person who has accepted a role.
async fn accepted(world: &World<'_>, role: &str, name: &str) -> Invited {
    let person = invited(world, role, name).await;
    accept(&world.owner, &person.token).await.data();
    person
}
