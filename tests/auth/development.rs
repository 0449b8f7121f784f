//! What a server in development tells its own machine, and nobody else.

use std::net::SocketAddr;

use axum::body::Body;
use axum::http::{Method, Request, header};
use coulisses_crew::http::peer::Peer;
use serde_json::{Value, json};

use crate::support::{REQUEST_RESET, TestApp, World, on_each_database};

/// Whether the token of a reset is in the answer to a request with these headers.
async fn shows_token(app: &TestApp, peer: Option<&str>, headers: &[(&str, &str)]) -> bool {
    let variables = json!({"email": "owner@regie.example"});
    let body = json!({"query": REQUEST_RESET, "variables": variables});
    let mut request = Request::builder()
        .method(Method::POST)
        .uri("/graphql")
        .header(header::CONTENT_TYPE, "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if let Some(peer) = peer {
        let peer: SocketAddr = peer.parse().expect("an address");
        request = request.extension(Peer(peer));
    }
    let request = request.body(Body::from(body.to_string()));
    let answer = app.client().send(request.expect("a request")).await;
    let payload = &answer.data()["requestPasswordReset"];
    assert_eq!(payload["accepted"], true);
    payload["resetToken"] != Value::Null
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_token_is_shown_on_the_same_machine_only() {
    on_each_database(async |app| {
        World::new(&app, "regie").await;
        let own = Some("127.0.0.1:50000");
        for host in [
            "localhost",
            "LOCALHOST:8000",
            "127.0.0.1:8000",
            "127.9.9.9",
            "[::1]:8000",
            "[::1]",
        ] {
            assert!(shows_token(&app, own, &[("host", host)]).await, "{host}");
        }
        let local = ("host", "localhost:8000");
        assert!(shows_token(&app, Some("[::1]:50000"), &[local]).await);
        assert!(shows_token(&app, Some("[::ffff:127.0.0.1]:50000"), &[local]).await);
        // Somebody else on the network, and somebody unknown.
        for peer in [Some("192.0.2.7:50000"), Some("[2001:db8::1]:50000"), None] {
            assert!(!shows_token(&app, peer, &[local]).await, "{peer:?}");
        }
        // A page that points its own name at this machine.
        for host in [
            "evil.example:8000",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "192.0.2.7",
            "[2001:db8::1]:8000",
            "",
        ] {
            assert!(!shows_token(&app, own, &[("host", host)]).await, "{host}");
        }
        assert!(!shows_token(&app, own, &[]).await);
        assert!(!shows_token(&app, own, &[local, ("host", "evil.example")]).await);
        // A proxy on the same machine.
        for header in [
            "forwarded",
            "via",
            "x-forwarded-for",
            "x-forwarded-host",
            "x-forwarded-proto",
            "x-forwarded-server",
            "x-real-ip",
            "cf-connecting-ip",
            "true-client-ip",
        ] {
            let headers = [local, (header, "127.0.0.1")];
            assert!(!shows_token(&app, own, &headers).await, "{header}");
        }
    })
    .await;
}
