//! The version of a crew member: whoever changes somebody knows what they change.

use serde_json::json;

use super::updating::{lea, update, user};
use crate::support::{World, audit, on_each_database, refused};

const PHONE: &str = "query($id: ID!) { user(id: $id) { phone } }";

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_has_passed_is_refused_and_a_version_goes_up_by_one() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let id = lea(&world).await;
        for version in 1..4 {
            for wrong in [version - 1, version + 1] {
                let input = json!({"id": id, "expectedVersion": wrong, "phone": "x"});
                let answer = update(&world.owner, input).await;
                refused(&answer, "VERSION_CONFLICT", "expectedVersion");
            }
            let phone = version.to_string();
            let input = json!({"id": id, "expectedVersion": version, "phone": phone});
            let after = update(&world.owner, input).await;
            assert_eq!(user(&after)["version"], version + 1);
        }
        assert_eq!(audit(&app, "updateUser").await.len(), 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_updates_with_one_expected_version_one_wins() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let id = lea(&world).await;
        for round in 1..=8 {
            let send = |phone: &'static str| {
                let (client, id) = (world.owner.clone(), id.clone());
                tokio::spawn(async move {
                    let phone = format!("{phone}{round}");
                    let input = json!({"id": id, "expectedVersion": round, "phone": phone});
                    update(&client, input).await
                })
            };
            let tasks = ["a", "b", "c", "d"].map(send);
            let mut won = Vec::new();
            for task in tasks {
                let answer = task.await.expect("a task");
                match answer.body.get("errors") {
                    None => won.push(user(&answer).clone()),
                    Some(_) => refused(&answer, "VERSION_CONFLICT", "expectedVersion"),
                }
            }
            assert_eq!(won.len(), 1, "{won:?}");
            assert_eq!(won[0]["version"], round + 1);
            let now = world.owner.gql(PHONE, json!({"id": id})).await;
            assert_eq!(now.data()["user"]["phone"], won[0]["phone"]);
        }
        assert_eq!(audit(&app, "updateUser").await.len(), 8);
    })
    .await;
}
