//! What a browser is told about pages of other origins.

use axum::body::Body;
use axum::http::{Method, header};

use crate::support::{Answer, Client, on_each_database_with};

const ORIGIN: &str = "https://app.example.org";
const SETTINGS: [(&str, &str); 1] = [("CORS_ALLOW_ORIGINS", ORIGIN)];

/// What a browser asks before a page of this origin may post with these headers.
async fn preflight(client: &Client, origin: &str, headers: &str) -> Answer {
    let request = client
        .request(Method::OPTIONS, "/graphql")
        .header(header::ORIGIN, origin)
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
        .header(header::ACCESS_CONTROL_REQUEST_HEADERS, headers);
    client
        .send(request.body(Body::empty()).expect("a request"))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn listed_origins_may_call_and_no_other() {
    on_each_database_with(&SETTINGS, async |app| {
        for (origin, allowed) in [(ORIGIN, true), ("https://evil.example", false)] {
            let answer = preflight(&app.client(), origin, "content-type,authorization").await;
            let echoed = answer.headers.get(header::ACCESS_CONTROL_ALLOW_ORIGIN);
            assert_eq!(
                echoed.is_some_and(|value| value == origin),
                allowed,
                "{origin}"
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_may_send_the_headers_of_clients_and_of_tracing_and_no_others() {
    on_each_database_with(&SETTINGS, async |app| {
        for (name, allowed) in [
            ("authorization", true),
            ("content-type", true),
            ("accept", true),
            ("apollographql-client-name", true),
            ("apollographql-client-version", true),
            ("apollo-require-preflight", true),
            ("traceparent", true),
            ("tracestate", true),
            ("baggage", true),
            ("sentry-trace", true),
            ("x-request-id", true),
            ("x-forwarded-for", false),
            ("x-anything", false),
        ] {
            let answer = preflight(&app.client(), ORIGIN, name).await;
            let listed = answer.headers[header::ACCESS_CONTROL_ALLOW_HEADERS]
                .to_str()
                .expect("text")
                .split(',')
                .any(|listed| listed.trim() == name);
            assert_eq!(listed, allowed, "{name}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listed_default_port_is_the_same_as_none() {
    let listed = "https://app.example.org:443, http://app.example.org:80, http://[::1]:80";
    on_each_database_with(&[("CORS_ALLOW_ORIGINS", listed)], async |app| {
        for origin in [ORIGIN, "http://app.example.org", "http://[::1]"] {
            let answer = preflight(&app.client(), origin, "content-type").await;
            let echoed = answer.headers.get(header::ACCESS_CONTROL_ALLOW_ORIGIN);
            assert!(echoed.is_some_and(|value| value == origin), "{origin}");
        }
    })
    .await;
}
