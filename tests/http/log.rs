//! What a request can make the server write to its log.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use futures_util::FutureExt;
use tower::ServiceExt;

use crate::support::{Backend, TestApp, logged, on_each_database};

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_disconnects_leaves_a_line() {
    on_each_database(async |app| {
        let text = logged(async {
            let never = futures_util::stream::pending::<Result<String, std::io::Error>>();
            let request = app.client().request(Method::POST, "/graphql");
            let request = request
                .header("content-type", "application/json")
                .body(Body::from_stream(never))
                .expect("a request");
            // The client is gone before its body is.
            let answer = app.router().oneshot(request).now_or_never();
            assert!(answer.is_none());
        });
        let text = text.await;
        assert!(
            text.contains("the client disconnected before the answer"),
            "{text}"
        );
        assert!(
            text.contains("path=\"/graphql\"") && !text.contains("status"),
            "{text}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_path_or_method_is_cut_in_the_log() {
    on_each_database(async |app| {
        let text = logged(async {
            let name = "é".repeat(16_000);
            let method = Method::from_bytes("M".repeat(10_000).as_bytes()).expect("a method");
            for (method, path) in [(Method::GET, format!("/{name}")), (method, "/".to_owned())] {
                let request = app.client().request(method, &path);
                let request = request.body(Body::empty()).expect("a request");
                let answer = app.client().send(request).await;
                assert_eq!(answer.status, StatusCode::NOT_FOUND);
            }
        });
        let text = text.await;
        assert_eq!(text.matches("answered").count(), 2, "{text}");
        assert!(text.len() < 3_000, "{} bytes", text.len());
        assert!(text.contains("path=\"/éé"), "{text}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_takes_too_long_to_arrive_is_no_warning() {
    let app = TestApp::with(Backend::Sqlite, &[]).await;
    let text = logged(async {
        let never = futures_util::stream::pending::<Result<String, std::io::Error>>();
        let request = app.client().request(Method::POST, "/graphql");
        let request = request
            .header("content-type", "application/json")
            .body(Body::from_stream(never))
            .expect("a request");
        let answer = app.router().oneshot(request).await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::REQUEST_TIMEOUT);
    });
    let text = text.await;
    assert!(
        text.contains(" answered ") && !text.contains("WARN"),
        "{text}"
    );
}
