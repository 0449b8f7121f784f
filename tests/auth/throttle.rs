//! How often somebody may try: at the edge, over restarts, and for several servers at once.

use axum::http::StatusCode;
use chrono::TimeDelta;
use serde_json::json;

use crate::support::{
    Answer, Client, LOGIN, PASSWORD, REQUEST_RESET, TestApp, World, on_each_database_with,
};

const ON: [(&str, &str); 2] = [("THROTTLE_ENABLED", "true"), ("TRUSTED_PROXIES", "1")];
/// A client behind a proxy that tells this address.
async fn post(client: &Client, ip: &str, query: &str, variables: serde_json::Value) -> Answer {
    use axum::body::Body;
    use axum::http::{Method, header};
    let body = json!({"query": query, "variables": variables});
    let request = client
        .request(Method::POST, "/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .header("x-forwarded-for", ip)
        .body(Body::from(body.to_string()))
        .expect("a request");
    client.send(request).await
}

async fn login(app: &TestApp, ip: &str, email: &str, password: &str) -> Answer {
    post(
        &app.client(),
        ip,
        LOGIN,
        json!({"email": email, "password": password}),
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_takes_ten_attempts_in_a_quarter_of_an_hour() {
    on_each_database_with(&ON, async |app| {
        World::new(&app, "regie").await;
        for email in ["owner@regie.example", "nobody@regie.example"] {
            for i in 0..10 {
                let answer = login(&app, &format!("192.0.2.{i}"), email, "wrong").await;
                assert_eq!(answer.code(), "INVALID_CREDENTIALS");
            }
            let refused = login(&app, "192.0.2.99", email, PASSWORD).await;
            assert_eq!(refused.code(), "RATE_LIMITED");
            assert_eq!(refused.at("/errors/0/extensions/retryAfterSeconds"), 90);
            assert_eq!(refused.headers["retry-after"], "90");
        }
        // A restart, or another server, changes nothing.
        let other = app.beside(&ON);
        app.state
            .clock
            .advance(TimeDelta::seconds(90) - TimeDelta::microseconds(1));
        let early = login(&other, "192.0.2.99", "owner@regie.example", PASSWORD).await;
        assert_eq!(early.at("/errors/0/extensions/retryAfterSeconds"), 1);
        app.state.clock.advance(TimeDelta::microseconds(1));
        login(&other, "192.0.2.99", "owner@regie.example", PASSWORD)
            .await
            .data();
        let again = login(&app, "192.0.2.98", "owner@regie.example", PASSWORD).await;
        assert_eq!(again.code(), "RATE_LIMITED");
        // Nobody is locked out for good.
        app.state.clock.advance(TimeDelta::minutes(15));
        for i in 0..10 {
            login(
                &app,
                &format!("192.0.2.{i}"),
                "owner@regie.example",
                PASSWORD,
            )
            .await
            .data();
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_takes_ten_attempts_at_once_and_three_a_minute() {
    on_each_database_with(&ON, async |app| {
        World::new(&app, "regie").await;
        for i in 0..10 {
            let answer = login(&app, "192.0.2.7", &format!("p{i}@x.example"), "wrong").await;
            assert_eq!(answer.code(), "INVALID_CREDENTIALS");
        }
        let refused = login(&app, "192.0.2.7", "owner@regie.example", PASSWORD).await;
        assert_eq!(refused.code(), "RATE_LIMITED");
        login(&app, "192.0.2.8", "owner@regie.example", PASSWORD)
            .await
            .data();
        // What anybody can write further left counts for nothing.
        let forged = login(
            &app,
            "192.0.2.9, 192.0.2.7",
            "owner@regie.example",
            PASSWORD,
        )
        .await;
        assert_eq!(forged.code(), "RATE_LIMITED");
        app.state.clock.advance(TimeDelta::minutes(1));
        for _ in 0..3 {
            login(&app, "192.0.2.7", "owner@regie.example", PASSWORD)
                .await
                .data();
        }
        let fourth = login(&app, "192.0.2.7", "owner@regie.example", PASSWORD).await;
        assert_eq!(fourth.code(), "RATE_LIMITED");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forty_attempts_at_once_are_ten() {
    on_each_database_with(&ON, async |app| {
        World::new(&app, "regie").await;
        let other = app.beside(&ON);
        let tasks: Vec<_> = (0..40)
            .map(|i| {
                let client = if i % 2 == 0 {
                    app.client()
                } else {
                    other.client()
                };
                let variables = json!({"email": "owner@regie.example", "password": "wrong"});
                tokio::spawn(async move {
                    post(&client, &format!("192.0.2.{i}"), LOGIN, variables).await
                })
            })
            .collect();
        let mut tried = 0;
        for task in tasks {
            match task.await.expect("a task").code() {
                "INVALID_CREDENTIALS" => tried += 1,
                code => assert_eq!(code, "RATE_LIMITED"),
            }
        }
        assert_eq!(tried, 10);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_attempts_in_one_document_are_refused() {
    on_each_database_with(&ON, async |app| {
        World::new(&app, "regie").await;
        let input = |i| format!("{{email: \"owner@regie.example\", password: \"p{i}\"}}");
        let one = |i| format!("a{i}: login(input: {}) {{ role }}", input(i));
        let many: String = (0..5).map(one).collect();
        let answer = app.client().query(&format!("mutation {{ {many} }}")).await;
        assert_eq!(answer.code(), "BAD_REQUEST");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_resets_an_hour_for_an_address_known_or_not() {
    on_each_database_with(&ON, async |app| {
        World::new(&app, "regie").await;
        for email in ["owner@regie.example", "nobody@regie.example"] {
            for i in 0..3 {
                post(
                    &app.client(),
                    &format!("192.0.2.{i}"),
                    REQUEST_RESET,
                    json!({"email": email}),
                )
                .await
                .data();
            }
            let refused = post(
                &app.client(),
                "192.0.2.9",
                REQUEST_RESET,
                json!({"email": email}),
            )
            .await;
            assert_eq!(refused.code(), "RATE_LIMITED");
            assert_eq!(refused.at("/errors/0/extensions/retryAfterSeconds"), 1200);
        }
        app.state.clock.advance(TimeDelta::minutes(20));
        let email = json!({"email": "owner@regie.example"});
        post(&app.client(), "192.0.2.1", REQUEST_RESET, email)
            .await
            .data();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_renews_thirty_times_a_minute() {
    on_each_database_with(&ON, async |app| {
        let world = World::new(&app, "regie").await;
        let mut client = world.owner.clone();
        for _ in 0..30 {
            let answer = client.post("/api/v1/auth/refresh", &json!({})).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
            client.cookie = answer.cookie();
        }
        let refused = client.post("/api/v1/auth/refresh", &json!({})).await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(refused.str("/error/code"), "RATE_LIMITED");
        assert_eq!(refused.headers["retry-after"], "2");
        // The session is none the worse.
        app.state.clock.advance(TimeDelta::seconds(2));
        let answer = client.post("/api/v1/auth/refresh", &json!({})).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    })
    .await;
}
