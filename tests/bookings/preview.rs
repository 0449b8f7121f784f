//! What the holder of a token sees of the mission.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::DAY;
use crate::support::{Client, World, accept, decline, on_each_database};

const PREVIEW: &str = "
    query($token: String!) {
        invitation(token: $token) {
            status orgName
            mission { title location }
        }
    }
";

/// The status, and whether the mission is shown.
async fn preview(client: &Client, token: &str) -> (String, bool) {
    let answer = client.gql(PREVIEW, json!({"token": token})).await;
    let shown = &answer.data()["invitation"];
    assert_eq!(shown["orgName"], "regie");
    let status = shown["status"].as_str().expect("a status");
    (status.to_owned(), shown["mission"] != Value::Null)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_shows_the_mission_while_it_is_pending_or_accepted() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let people = [
            world.user("Léa", &[]).await,
            world.user("Max", &[]).await,
            world.user("Zoé", &[]).await,
        ];
        let (_, role) = world.place(&world.project("P").await, DAY, 3).await;
        let people: Vec<&str> = people.iter().map(String::as_str).collect();
        let invited = world.invite(&role, &people).await;
        let nobody = app.client();
        for (_, token) in &invited {
            assert_eq!(preview(&nobody, token).await, ("PENDING".to_owned(), true));
        }
        accept(&nobody, &invited[0].1).await.data();
        let accepted = preview(&nobody, &invited[0].1).await;
        assert_eq!(accepted, ("ACCEPTED".to_owned(), true));
        decline(&nobody, &invited[1].1).await.data();
        let declined = preview(&nobody, &invited[1].1).await;
        assert_eq!(declined, ("DECLINED".to_owned(), false));
        app.state.clock.advance(TimeDelta::days(7));
        let expired = preview(&nobody, &invited[2].1).await;
        assert_eq!(expired, ("EXPIRED".to_owned(), false));
        let accepted = preview(&nobody, &invited[0].1).await;
        assert_eq!(accepted, ("ACCEPTED".to_owned(), true));
    })
    .await;
}
