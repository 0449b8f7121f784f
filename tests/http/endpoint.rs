//! The endpoint under bad input: a clear error with a code, nothing written, the server up.

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::support::{Answer, Client, on_each_database};

const JSON: &str = "application/json";
const NEW: &str = "application/graphql-response+json; charset=utf-8";
const OLD: &str = "application/json; charset=utf-8";

async fn send(client: &Client, kind: Option<&str>, accept: Option<&str>, body: &str) -> Answer {
    let mut request = client.request(Method::POST, "/graphql");
    if let Some(kind) = kind {
        request = request.header(header::CONTENT_TYPE, kind);
    }
    if let Some(accept) = accept {
        request = request.header(header::ACCEPT, accept);
    }
    client
        .send(
            request
                .body(Body::from(body.to_owned()))
                .expect("a request"),
        )
        .await
}

async fn get(client: &Client, path: &str) -> Answer {
    client
        .send(
            client
                .request(Method::GET, path)
                .body(Body::empty())
                .expect("a request"),
        )
        .await
}

fn is_refusal(answer: &Answer, status: StatusCode) {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.code(), "BAD_REQUEST", "{}", answer.text);
    assert!(answer.body.get("data").is_none(), "{}", answer.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_requests_are_refused() {
    on_each_database(async |app| {
        let client = app.client();
        for body in [
            "",
            "{",
            "nonsense",
            "null",
            "1",
            "\"x\"",
            "{}",
            "[]",
            "[{\"query\": \"{__typename}\"}]",
            r#"{"query": 1}"#,
            r#"{"query": null}"#,
            r#"{"query": "{__typename}", "variables": []}"#,
            r#"{"query": "{__typename}", "variables": "{}"}"#,
            r#"{"query": "{__typename}", "operationName": 1}"#,
            r#"{"query": "{__typename}", "extensions": []}"#,
            "{\"query\": \"\u{0}",
        ] {
            is_refusal(&client.post_graphql(body).await, StatusCode::BAD_REQUEST);
            is_refusal(
                &send(&client, Some(JSON), Some(JSON), body).await,
                StatusCode::BAD_REQUEST,
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_that_do_not_hold_are_refused() {
    on_each_database(async |app| {
        let client = app.client();
        for query in [
            "",
            " ",
            "{",
            "}",
            "query",
            "{ nothing }",
            "{ me }",
            "{ me { nothing } }",
            "mutation { login }",
            "subscription { x }",
            "{ __typename } { __typename }",
            "query A { __typename } query B { __typename }",
            "fragment F on Query { __typename }",
            "query($x: Nothing) { __typename }",
            "{ project(id: 1, id: 2) { id } }",
            "{ ...F } fragment F on Query { ...F }",
        ] {
            let body = json!({"query": query}).to_string();
            is_refusal(&client.post_graphql(&body).await, StatusCode::BAD_REQUEST);
            // The older media type says so with 200.
            is_refusal(
                &send(&client, Some(JSON), Some(JSON), &body).await,
                StatusCode::OK,
            );
        }
        let named = json!({"query": "query A { __typename }", "operationName": "B"}).to_string();
        is_refusal(&client.post_graphql(&named).await, StatusCode::BAD_REQUEST);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operation_is_found_by_name_or_alone() {
    on_each_database(async |app| {
        let client = app.client();
        let two = "query A { a: __typename } query B { b: __typename }";
        for (query, name, field) in [
            ("query A { a: __typename }", Value::Null, "a"),
            ("query A { a: __typename }", json!(""), "a"),
            ("query A { a: __typename }", json!("A"), "a"),
            ("{ a: __typename }", Value::Null, "a"),
            (two, json!("B"), "b"),
        ] {
            let body = json!({"query": query, "operationName": name}).to_string();
            let answer = client.post_graphql(&body).await;
            assert_eq!(answer.data(), &json!({field: "Query"}), "{body}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_json_and_says_so() {
    on_each_database(async |app| {
        let client = app.client();
        let body = r#"{"query": "{ __typename }"}"#;
        for kind in [
            "application/json",
            "application/json; charset=utf-8",
            "APPLICATION/JSON;charset=\"UTF-8\"",
            "application/json; Charset=UTF8",
            "application/json;charset=\"utf8\"",
            "application/json ; charset=utf-8;profile=\"a\";",
        ] {
            assert_eq!(
                send(&client, Some(kind), None, body).await.status,
                StatusCode::OK,
                "{kind}"
            );
        }
        for kind in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/graphql",
            "application/json; charset=latin1",
            "application/json; charset=utf-16",
            "application/json; charset=utf-80",
            "application/json; charset=utf-8; charset=latin1",
            "application/json, text/plain",
            "application/jsonx",
            "",
        ] {
            let answer = send(&client, Some(kind), None, body).await;
            is_refusal(&answer, StatusCode::UNSUPPORTED_MEDIA_TYPE);
            // It would say that the body should not have been compressed (RFC 9110, 12.5.3).
            assert!(!answer.headers.contains_key(header::ACCEPT_ENCODING));
        }
        is_refusal(
            &send(&client, None, None, body).await,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_has_the_media_type_that_was_asked_for() {
    on_each_database(async |app| {
        let client = app.client();
        let body = r#"{"query": "{ __typename }"}"#;
        for (accept, kind) in [
            (None, OLD),
            (Some(""), OLD),
            (Some("*/*"), OLD),
            (
                Some("application/json;Q=0, application/graphql-response+json"),
                NEW,
            ),
            (Some("application/*"), OLD),
            (Some("application/json"), OLD),
            (Some("application/graphql-response+json"), NEW),
            (
                Some("application/graphql-response+json, application/json"),
                NEW,
            ),
            (
                Some("application/json, application/graphql-response+json;q=0.5"),
                OLD,
            ),
            (
                Some("text/html, application/json;q=0.9, application/graphql-response+json;q=0.9"),
                NEW,
            ),
        ] {
            let answer = send(&client, Some(JSON), accept, body).await;
            assert_eq!(answer.headers[header::CONTENT_TYPE], kind, "{accept:?}");
            assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
        }
        is_refusal(
            &send(&client, Some(JSON), Some("text/html"), body).await,
            StatusCode::NOT_ACCEPTABLE,
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_body_is_refused_one_byte_beyond_the_limit() {
    on_each_database(async |app| {
        let client = app.client();
        let of_size = |size: usize| {
            let body = r#"{"query": "{ __typename }"}"#;
            format!("{}{}", " ".repeat(size - body.len()), body)
        };
        assert_eq!(
            client.post_graphql(&of_size(256 * 1024)).await.status,
            StatusCode::OK
        );
        let large = client.post_graphql(&of_size(256 * 1024 + 1)).await;
        is_refusal(&large, StatusCode::PAYLOAD_TOO_LARGE);
        let huge = client.post_graphql(&of_size(10 * 1024 * 1024)).await;
        is_refusal(&huge, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(get(&client, "/healthz").await.body, json!({"status": "ok"}));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn get_runs_queries_and_never_a_mutation() {
    on_each_database(async |app| {
        let client = app.client();
        let query = "query%20A(%24t%3AString!)%7Binvitation(token%3A%24t)%7Bstatus%7D%7D";
        let rest = "variables=%7B%22t%22%3A%22x%22%7D&operationName=A";
        let answer = get(&client, &format!("/graphql?query={query}&{rest}")).await;
        assert_eq!(answer.data(), &json!({"invitation": null}));
        let logout = get(
            &client,
            "/graphql?query=mutation%7Blogout%7BloggedOut%7D%7D",
        )
        .await;
        is_refusal(&logout, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(logout.headers[header::ALLOW], "POST");
        is_refusal(&get(&client, "/graphql").await, StatusCode::BAD_REQUEST);
        is_refusal(
            &get(&client, "/graphql?query=%7B&variables=x").await,
            StatusCode::BAD_REQUEST,
        );
        let put = client
            .request(Method::PUT, "/graphql")
            .body(Body::empty())
            .expect("a request");
        assert_eq!(
            client.send(put).await.status,
            StatusCode::METHOD_NOT_ALLOWED
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_routes_and_every_answer_carry_what_they_should() {
    on_each_database(async |app| {
        let client = app.client();
        let nothing = get(&client, "/nothing").await;
        assert_eq!(nothing.status, StatusCode::NOT_FOUND);
        assert_eq!(nothing.str("/error/code"), "NOT_FOUND");
        for path in ["/nothing", "/healthz", "/readyz", "/graphql", "/graphiql"] {
            let answer = get(&client, path).await;
            assert_eq!(answer.headers["x-request-id"].len(), 24, "{path}");
            assert_eq!(
                answer.headers[header::X_CONTENT_TYPE_OPTIONS],
                "nosniff",
                "{path}"
            );
            assert!(
                answer.headers.contains_key(header::CONTENT_SECURITY_POLICY),
                "{path}"
            );
        }
        assert_eq!(get(&client, "/readyz").await.status, StatusCode::OK);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn graphiql_and_introspection_are_off_in_production() {
    for (env, on) in [("development", true), ("production", false)] {
        let settings = [("APP_ENV", env), ("BCRYPT_COST", "10")];
        crate::support::on_each_database_with(&settings, async |app| {
            let client = app.client();
            let page = get(&client, "/graphiql").await;
            assert_eq!(page.status == StatusCode::OK, on, "{env}");
            if on {
                assert!(
                    page.text.contains("<!doctype html>") || page.text.contains("<!DOCTYPE html>")
                );
                let policy = page.headers[header::CONTENT_SECURITY_POLICY]
                    .to_str()
                    .expect("text");
                assert!(
                    policy.contains("script-src 'self'") && !policy.contains("unsafe"),
                    "{policy}"
                );
            }
            let plain = get(&client, "/graphiql/plain").await;
            assert_eq!(plain.text.contains("This is the plain page."), on, "{env}");
            let sdl = get(&client, "/graphiql/schema.graphql").await;
            assert_eq!(
                sdl.text == include_str!("../../schema.graphql"),
                on,
                "{env}"
            );
            let schema = client.query("{ __schema { queryType { name } } }").await;
            assert_eq!(
                schema.body.get("errors").is_none(),
                on,
                "{env}: {}",
                schema.text
            );
            let typo = client.query("{ misions { totalCount } }").await;
            assert_eq!(
                typo.text.contains("Did you mean"),
                on,
                "{env}: {}",
                typo.text
            );
        })
        .await;
    }
}
