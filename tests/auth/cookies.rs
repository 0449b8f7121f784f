//! The cookie: its routes, what it opens and what it does not, and how it is found among others.

use axum::body::Body;
use axum::http::{HeaderValue, Method, Request, StatusCode, header};
use serde_json::{Value, json};

use super::{me, refresh};
use crate::support::{Answer, Client, PASSWORD, World, on_each_database, on_each_database_with};

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

#[tokio::test(flavor = "multi_thread")]
async fn the_rest_routes_sign_in_renew_and_sign_out() {
    on_each_database(async |app| {
        World::new(&app, "regie").await;
        let mut client = app.client();
        let body = json!({"email": "owner@regie.example", "password": PASSWORD});
        let answer = client.post("/api/v1/auth/login", &body).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
        let cookie = answer.headers[header::SET_COOKIE]
            .to_str()
            .expect("text")
            .to_owned();
        assert!(cookie.starts_with("refresh_token="), "{cookie}");
        for attribute in [
            "HttpOnly",
            "SameSite=Lax",
            "Path=/api/v1/auth",
            "Max-Age=1209600",
        ] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
        assert!(!cookie.contains("Secure"), "{cookie}");
        client.cookie = answer.cookie();
        client.token = Some(answer.str("/access_token").to_owned());
        me(&client).await.data();

        let renewed = refresh(&client).await;
        assert_eq!(renewed.status, StatusCode::OK, "{}", renewed.text);
        assert_ne!(renewed.cookie(), client.cookie);
        client.cookie = renewed.cookie();
        client.token = Some(renewed.str("/access_token").to_owned());
        me(&client).await.data();

        let out = client.post("/api/v1/auth/logout", &json!({})).await;
        assert_eq!(out.body, json!({"logged_out": true}));
        assert!(
            out.headers[header::SET_COOKIE]
                .to_str()
                .expect("text")
                .contains("Max-Age=0")
        );
        assert_eq!(me(&client).await.code(), "UNAUTHENTICATED");
        assert_eq!(refresh(&client).await.status, StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_production_the_cookie_is_for_this_host_over_tls() {
    on_each_database_with(
        &[("APP_ENV", "production"), ("BCRYPT_COST", "10")],
        async |app| {
            World::new(&app, "regie").await;
            let body = json!({"email": "owner@regie.example", "password": PASSWORD});
            let answer = app.client().post("/api/v1/auth/login", &body).await;
            let cookie = answer.headers[header::SET_COOKIE].to_str().expect("text");
            assert!(cookie.starts_with("__Host-refresh_token="), "{cookie}");
            for attribute in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/;"] {
                assert!(format!("{cookie};").contains(attribute), "{cookie}");
            }
            assert!(!cookie.contains("Domain"), "{cookie}");
            let out = app.client().post("/api/v1/auth/logout", &json!({})).await;
            let cleared = out.headers[header::SET_COOKIE].to_str().expect("text");
            for attribute in [
                "__Host-refresh_token=;",
                "HttpOnly",
                "Secure",
                "Path=/;",
                "Max-Age=0",
            ] {
                assert!(format!("{cleared};").contains(attribute), "{cleared}");
            }
            assert_eq!(out.headers[header::CACHE_CONTROL], "no-store");
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cookie_does_not_open_the_graphql_endpoint() {
    on_each_database(async |app| {
        let mut client = World::new(&app, "regie").await.owner;
        client.token = None;
        assert_eq!(me(&client).await.code(), "UNAUTHENTICATED");
        client.token = client
            .cookie
            .as_deref()
            .and_then(|cookie| cookie.split_once('='))
            .map(|(_, token)| token.to_owned());
        assert_eq!(me(&client).await.code(), "UNAUTHENTICATED");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_origins_cannot_use_the_cookie() {
    on_each_database_with(
        &[("CORS_ALLOW_ORIGINS", "https://app.example.org")],
        async |app| {
            let world = World::new(&app, "regie").await;
            for (name, value, status) in [
                ("origin", "https://evil.example", StatusCode::FORBIDDEN),
                ("origin", "null", StatusCode::FORBIDDEN),
                (
                    "origin",
                    "https://app.example.org.evil.example",
                    StatusCode::FORBIDDEN,
                ),
                ("sec-fetch-site", "cross-site", StatusCode::FORBIDDEN),
                ("origin", "http://localhost:8000", StatusCode::OK),
                ("sec-fetch-site", "same-origin", StatusCode::OK),
                ("origin", "https://app.example.org", StatusCode::OK),
            ] {
                for path in ["/api/v1/auth/refresh", "/api/v1/auth/logout"] {
                    let client = world.login("owner@regie.example").await;
                    let request = client.request(Method::POST, path).header(name, value);
                    let answer = client
                        .send(request.body(Body::empty()).expect("a request"))
                        .await;
                    assert_eq!(answer.status, status, "{path} {name}: {value}");
                    // What was refused did nothing.
                    let renewed = refresh(&client).await.status == StatusCode::OK;
                    let still_there = status == StatusCode::FORBIDDEN || path.ends_with("refresh");
                    assert_eq!(renewed, still_there, "{path} {name}: {value}");
                }
            }
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_default_port_that_is_left_out_is_the_same_port() {
    on_each_database(async |app| {
        World::new(&app, "regie").await;
        for (host, origin, own) in [
            ("crew.example:80", "http://crew.example", true),
            ("crew.example", "http://crew.example:80", true),
            ("crew.example:443", "https://crew.example", true),
            ("crew.example", "https://crew.example:443", true),
            ("[::1]:80", "http://[::1]", true),
            ("crew.example:8000", "http://crew.example:8000", true),
            ("crew.example:80", "https://crew.example", false),
            ("crew.example", "https://crew.example:80", false),
            ("crew.example:443", "http://crew.example", false),
            ("crew.example:8080", "http://crew.example", false),
            ("crew.example:80", "http://evil.example", false),
        ] {
            let request = Request::builder()
                .method(Method::POST)
                .uri("/api/v1/auth/refresh")
                .header(header::HOST, host)
                .header(header::ORIGIN, origin)
                .body(Body::empty())
                .expect("a request");
            let answer = app.client().send(request).await;
            let expected = match own {
                true => StatusCode::UNAUTHORIZED,
                false => StatusCode::FORBIDDEN,
            };
            assert_eq!(answer.status, expected, "{host} {origin}");
        }
    })
    .await;
}
