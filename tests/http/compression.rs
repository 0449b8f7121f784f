//! Which answers are compressed, and that compressed bodies are not taken.

use std::io::Read;

use axum::body::Body;
use axum::http::{HeaderMap, Method, StatusCode, header};
use flate2::read::GzDecoder;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::bookings::main_job::board;
use crate::support::{Answer, Client, PASSWORD, TestApp, World, on_each_database};

/// The headers and the bytes of an answer, asked for with this `Accept-Encoding`.
async fn answered(
    client: &Client,
    (method, path): (Method, &str),
    accept: Option<&str>,
    body: String,
) -> (HeaderMap, Vec<u8>) {
    let mut request = client
        .request(method, path)
        .header(header::CONTENT_TYPE, "application/json");
    if let Some(accept) = accept {
        request = request.header(header::ACCEPT_ENCODING, accept);
    }
    let request = request.body(Body::from(body)).expect("a request");
    let answer = client.router.clone().oneshot(request).await;
    let (parts, body) = answer.expect("an answer").into_parts();
    let bytes = body.collect().await.expect("a body").to_bytes();
    (parts.headers, bytes.to_vec())
}

async fn post(client: &Client, accept: Option<&str>, body: &Value) -> (HeaderMap, Vec<u8>) {
    let to = (Method::POST, "/graphql");
    answered(client, to, accept, body.to_string()).await
}

fn is_compressed(headers: &HeaderMap) -> bool {
    let coding = headers.get(header::CONTENT_ENCODING);
    assert!(coding.is_none_or(|coding| coding == "gzip"), "{coding:?}");
    coding.is_some()
}

/// Whether caches are told that the answer depends on what the client accepts.
fn varies(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::VARY).iter();
    values.any(|value| {
        value
            .to_str()
            .is_ok_and(|value| value.contains("accept-encoding"))
    })
}

fn plain(compressed: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    GzDecoder::new(compressed)
        .read_to_end(&mut bytes)
        .expect("gzip");
    bytes
}

/// A query whose answer has exactly so many bytes, up to 1,120.
fn query_of_size(bytes: usize) -> Value {
    // {"data":{…}} with ten times "…":"Query" and nine commas.
    let letters = bytes - 11 - 10 * 10 - 9;
    let fields: Vec<String> = (0..10)
        .map(|n| {
            let length = letters / 10 + usize::from(n < letters % 10);
            format!(
                " {n:a>length$}: __typename",
                n = ('a'..).nth(n).expect("a letter")
            )
        })
        .collect();
    json!({"query": format!("{{{} }}", fields.concat())})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_comes_compressed_and_reads_the_same() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Tour").await;
        for day in 1..=20 {
            let (from, to) = (
                format!("2027-01-{day:02}T08:00:00Z"),
                format!("2027-01-{day:02}T18:00:00Z"),
            );
            world.place(&project, (&from, &to), 2).await;
        }
        let body = board(&project);
        let (headers, expected) = post(&world.owner, None, &body).await;
        assert!(!is_compressed(&headers) && varies(&headers));
        let (headers, compressed) =
            post(&world.owner, Some("gzip, deflate, br, zstd"), &body).await;
        assert!(is_compressed(&headers) && varies(&headers));
        assert_eq!(plain(&compressed), expected);
        let (small, large) = (compressed.len(), expected.len());
        println!("{large} bytes of a board are {small}");
        assert!(small * 3 < large, "{small} of {large}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_compressed_from_one_kibibyte_on() {
    on_each_database(async |app| {
        for (size, expected) in [(1_023, false), (1_024, true)] {
            let body = query_of_size(size);
            let (_, bytes) = post(&app.client(), None, &body).await;
            assert_eq!(bytes.len(), size);
            let (headers, _) = post(&app.client(), Some("gzip"), &body).await;
            assert_eq!(is_compressed(&headers), expected, "{size}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_says_whether_it_takes_gzip() {
    on_each_database(async |app| {
        let body = query_of_size(1_100);
        for (accept, expected) in [
            (None, false),
            (Some(""), false),
            (Some("identity"), false),
            (Some("gzip;q=0"), false),
            (Some("identity;q=1, gzip;q=0.5"), false),
            (Some("br, zstd, deflate"), false),
            (Some("gzip;q=nonsense"), false),
            (Some("gzip"), true),
            (Some("GZIP"), true),
            (Some("gzip;q=0.001"), true),
            (Some("br;q=1.0, gzip;q=0.8, *;q=0.1"), true),
            (Some("identity;q=0.2, gzip;q=0.5"), true),
        ] {
            let (headers, _) = post(&app.client(), accept, &body).await;
            assert_eq!(is_compressed(&headers), expected, "{accept:?}");
            assert!(varies(&headers), "{accept:?}");
        }
    })
    .await;
}

/// Runs a mutation whose answer is larger than a KiB, and asserts that it is not compressed.
async fn comes_plain(client: &Client, mutation: &str, input: Value) {
    let body = json!({"query": mutation, "variables": {"input": input}});
    let (headers, bytes) = post(client, Some("gzip"), &body).await;
    assert!(!is_compressed(&headers), "{mutation}");
    let answer: Value = serde_json::from_slice(&bytes).expect("JSON");
    assert!(answer.get("errors").is_none(), "{answer}");
    assert!(bytes.len() > 1_024, "{answer}");
}

/// The same field under names that make an answer larger than a KiB.
fn often(field: &str) -> String {
    let long = "x".repeat(90);
    let fields: Vec<String> = (0..12).map(|n| format!(" {long}{n}: {field}")).collect();
    fields.concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_hold_a_token_is_never_compressed() {
    on_each_database(async |app: TestApp| {
        let world = World::new(&app, "regie").await;
        let (email, owner) = ("owner@regie.example", &world.owner);
        let sign_in = json!({"email": email, "password": PASSWORD});
        let sign_up = json!({
            "email": "new@example.org", "password": PASSWORD, "displayName": "N", "orgName": "N",
        });
        let new = "nine green ladders by noon";
        let change = json!({"currentPassword": PASSWORD, "newPassword": new});
        let invitee = json!({"email": "tech@example.org", "role": "TECH"});
        let (token, reset) = (often("accessToken"), often("resetToken"));
        let (address, link) = (often("email"), often("token"));
        for (field, of, selection, input) in [
            ("login", "LoginInput", token.clone(), sign_in.clone()),
            ("signUp", "SignUpInput", token.clone(), sign_up),
            (
                "switchOrg",
                "SwitchOrgInput",
                token,
                json!({"orgId": world.org_id}),
            ),
            (
                "requestPasswordReset",
                "RequestPasswordResetInput",
                reset,
                json!({"email": email}),
            ),
            ("inviteMember", "InviteMemberInput", link, invitee),
            (
                "changePassword",
                "ChangePasswordInput",
                format!("account {{ {address} }}"),
                change,
            ),
        ] {
            let field = format!("{field}(input: $input) {{ {selection} }}");
            let mutation = format!("mutation($input: {of}!) {{ {field} }}");
            comes_plain(owner, &mutation, input).await;
        }
        let sign_in = json!({"email": "new@example.org", "password": PASSWORD});
        let to = (Method::POST, "/api/v1/auth/login");
        let (headers, bytes) = answered(&app.client(), to, Some("gzip"), sign_in.to_string()).await;
        assert!(!is_compressed(&headers) && bytes.starts_with(b"{\"access_token\""));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_graphiql_are_compressed() {
    on_each_database(async |app| {
        for path in ["/graphiql", "/graphiql/assets/fallback.js"] {
            let ask = async |accept| {
                let file = (Method::GET, path);
                answered(&app.client(), file, accept, String::new()).await
            };
            let ((_, expected), (headers, bytes)) = (ask(None).await, ask(Some("gzip")).await);
            let large = expected.len() >= 1_024;
            assert_eq!(is_compressed(&headers), large, "{path}");
            let bytes = if large { plain(&bytes) } else { bytes };
            assert_eq!(bytes, expected, "{path}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compressed_body_is_refused_by_what_would_be_taken() {
    on_each_database(async |app| {
        let client = app.client();
        let send = async |path: &str, coding: &str| -> Answer {
            let request = client
                .request(Method::POST, path)
                .header(header::CONTENT_TYPE, "application/json")
                .header(header::CONTENT_ENCODING, coding);
            let body = Body::from(r#"{"query": "{ __typename }"}"#);
            client.send(request.body(body).expect("a request")).await
        };
        for coding in [
            "gzip",
            "x-gzip",
            "br",
            "zstd",
            "deflate, identity",
            "nonsense",
            "Gzip",
        ] {
            let paths = [
                ("/graphql", "/errors/0/extensions/code"),
                ("/api/v1/auth/login", "/error/code"),
                ("/api/v1/auth/refresh", "/error/code"),
                ("/api/v1/auth/logout", "/error/code"),
            ];
            for (path, code) in paths {
                let answer = send(path, coding).await;
                assert_eq!(
                    answer.status,
                    StatusCode::UNSUPPORTED_MEDIA_TYPE,
                    "{path} {coding}"
                );
                assert_eq!(
                    answer.headers[header::ACCEPT_ENCODING],
                    "identity",
                    "{path} {coding}"
                );
                assert_eq!(answer.str(code), "BAD_REQUEST", "{path} {coding}");
            }
        }
        for coding in ["identity", "Identity, identity", ""] {
            let answer = send("/graphql", coding).await;
            assert_eq!(answer.data(), &json!({"__typename": "Query"}), "{coding}");
        }
    })
    .await;
}
