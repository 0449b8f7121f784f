//! How much memory the answers may take that clients have asked for and not accepted.

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use axum::response::Response;
use http_body_util::BodyExt;
use serde_json::json;
use tower::ServiceExt;

use crate::support::{CREATE_PROJECT, Client, World, on_each_database};

/// Asks for 16 MB, and does not read the answer yet.
async fn ask(client: &Client) -> Response {
    let aliases: Vec<_> = (0..29).map(|i| format!("a{i}: description")).collect();
    let query = format!("{{ projects {{ nodes {{ {} }} }} }}", aliases.join(" "));
    let request = client
        .request(Method::POST, "/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(json!({"query": query}).to_string()));
    let sent = client.router.clone().oneshot(request.expect("a request"));
    sent.await.expect("an answer")
}

async fn asks(client: &Client, times: usize) -> Vec<Response> {
    let mut answers = Vec::new();
    for _ in 0..times {
        answers.push(ask(client).await);
        assert_eq!(answers[answers.len() - 1].status(), StatusCode::OK);
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_nobody_accepts_take_a_bounded_part_of_the_memory() {
    on_each_database(async |app| {
        let worlds = [
            World::new(&app, "regie").await,
            World::new(&app, "scene").await,
        ];
        // 40,000 bytes each.
        let description = "🎪".repeat(10_000);
        for (world, i) in worlds
            .iter()
            .flat_map(|world| (0..14).map(move |i| (world, i)))
        {
            let input = json!({"name": format!("Tour {i}"), "description": description});
            let made = world.owner.gql(CREATE_PROJECT, json!({"input": input}));
            made.await.data();
        }
        let [one, other] = worlds;
        let mut first = asks(&one.owner, 4).await;
        let refused = ask(&one.owner).await;
        assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(refused.headers()["retry-after"], "1");
        // What is small needs no room, and another organisation has a share of its own.
        one.owner.query("{ projects { totalCount } }").await.data();
        let second = asks(&other.owner, 2).await;
        assert_eq!(
            ask(&other.owner).await.status(),
            StatusCode::SERVICE_UNAVAILABLE
        );
        // An answer gives its room back when it is read, or when its connection breaks.
        let read = first.remove(0).into_body().collect().await.expect("a body");
        drop(read.to_bytes());
        asks(&other.owner, 1).await;
        drop((first, second));
        asks(&one.owner, 4).await;
    })
    .await;
}
