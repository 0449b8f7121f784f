//! The cookie among others, and what a logout by cookie says.

use axum::body::Body;
use axum::http::{HeaderValue, Method, StatusCode, header};
use serde_json::{Value, json};

use crate::support::{Answer, Client, World, on_each_database};

/// Posts with a `Cookie` header of just these bytes.
async fn post(client: &Client, path: &str, cookies: &[u8]) -> Answer {
    let mut request = client
        .request(Method::POST, &format!("/api/v1/auth/{path}"))
        .body(Body::empty())
        .expect("a request");
    let cookies = HeaderValue::from_bytes(cookies).expect("a header");
    request.headers_mut().insert(header::COOKIE, cookies);
    client.send(request).await
}

async fn logged_out(client: &Client, cookies: &[u8]) -> Value {
    let answer = post(client, "logout", cookies).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer.body
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_beside_others_that_are_not_ascii_is_found_and_ended() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let mut own = world.owner.cookie.clone().expect("a cookie");
        let nobody = app.client();
        let beside = |other: &[u8], own: &str| [other, b"; ", own.as_bytes()].concat();
        for other in ["nom=Léa".as_bytes(), b"latin1=\xe9"] {
            let renewed = post(&nobody, "refresh", &beside(other, &own)).await;
            assert_eq!(renewed.status, StatusCode::OK, "{}", renewed.text);
            own = renewed.cookie().expect("a cookie");
        }
        let out = logged_out(&nobody, &beside(b"latin1=\xe9", &own)).await;
        assert_eq!(out, json!({"logged_out": true}));
        let again = post(&nobody, "refresh", own.as_bytes()).await;
        assert_eq!(again.status, StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logout_says_whether_it_ended_a_session() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let own = world.owner.cookie.clone().expect("a cookie");
        let nobody = app.client();
        for cookies in ["", "other=1", "refresh_token=old", "refresh_token="] {
            let out = logged_out(&nobody, cookies.as_bytes()).await;
            assert_eq!(out, json!({"logged_out": false}), "{cookies}");
        }
        world.owner.query("{ me { id } }").await.data();
        // A cookie of the same name with a longer path stands first.
        let both = format!("refresh_token=old; {own}");
        let out = logged_out(&nobody, both.as_bytes()).await;
        assert_eq!(out, json!({"logged_out": true}));
        assert_eq!(
            world.owner.query("{ me { id } }").await.code(),
            "UNAUTHENTICATED"
        );
        let again = post(&nobody, "refresh", own.as_bytes()).await;
        assert_eq!(again.status, StatusCode::UNAUTHORIZED);
    })
    .await;
}
