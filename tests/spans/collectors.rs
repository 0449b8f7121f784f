//! Collectors that take spans, refuse them, or do not answer.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Response, StatusCode};
use coulisses_crew::spans::{BATCH, Exporting, MOST_WAITING, Times};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use super::{TIMES, app_with, get};
use crate::support::Collector;
#[cfg(unix)]
use crate::support::Running;

fn answer(status: u16, body: impl Into<Body>) -> Response<Body> {
    let response = Response::builder().status(status);
    response.body(body.into()).expect("an answer")
}

/// Exports one span, and returns how many were lost.
async fn export_one(collector: &str) -> u64 {
    let app = app_with(collector).await;
    let exporting = Exporting::start(&app.state, TIMES).expect("an export");
    get(&app.client(), "/nowhere", None).await;
    exporting.finish().await;
    app.state.metrics.spans_dropped.get()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_collector_is_asked_once_more_and_no_other_one_is() {
    let elsewhere = || {
        let mut answer = answer(307, "");
        answer
            .headers_mut()
            .insert("location", "/v1/elsewhere".parse().expect("a path"));
        answer
    };
    let partly = r#"{"partialSuccess": {"rejectedSpans": "1", "errorMessage": "too old"}}"#;
    let endless =
        || futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b'{'; 1024]));
    for (answers, posts, lost) in [
        (vec![answer(200, "{}")], 1, 0),
        (vec![answer(202, "nonsense")], 1, 0),
        (vec![answer(200, Body::from_stream(endless()))], 1, 0),
        (vec![answer(503, "")], 2, 0),
        (vec![answer(429, "")], 2, 0),
        (
            vec![answer(502, Body::from_stream(endless())), answer(504, "")],
            2,
            1,
        ),
        (vec![answer(400, "{}")], 1, 1),
        (vec![answer(500, "{}")], 1, 1),
        (vec![elsewhere()], 1, 1),
        (vec![answer(200, partly)], 1, 1),
        (vec![answer(200, partly.replace("\"1\"", "99"))], 1, 1),
    ] {
        let shown = format!("{answers:?}");
        let collector = Collector::start(answers).await;
        assert_eq!(export_one(&collector.url).await, lost, "{shown}");
        let posted = collector.posted();
        assert_eq!(posted.len(), posts, "{shown}");
        for post in &posted {
            assert_eq!(
                (post.uri.path(), &post.body),
                ("/v1/traces", &posted[0].body),
                "{shown}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_for_something_that_is_no_collector_are_lost() {
    for words in ["", "SSH-2.0-nothing\r\n", "HTTP/1.1 200 OK\r\nx: "] {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.write_all(words.as_bytes()).await;
                // A head without an end.
                while words.ends_with(": ") && stream.write_all(&[b'x'; 1024]).await.is_ok() {}
            }
        });
        assert_eq!(export_one(&url).await, 1, "{words}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_waits_for_a_collector_that_never_answers() {
    // Its connections are made by the system, and nobody accepts them.
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let app = app_with(&format!(
        "http://{}",
        listener.local_addr().expect("an address")
    ))
    .await;
    let times = Times {
        post: Duration::from_hours(1),
        end: Duration::ZERO,
        ..TIMES
    };
    let exporting = Exporting::start(&app.state, times).expect("an export");
    let client = app.client();
    let beyond = 5;
    for _ in 0..BATCH + MOST_WAITING + beyond {
        assert_eq!(get(&client, "/nowhere", None).await, StatusCode::NOT_FOUND);
    }
    let lost = app.state.metrics.spans_dropped.get();
    assert!(lost >= beyond as u64, "{lost}");
    exporting.finish().await;
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn the_log_says_that_spans_are_lost_and_why() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let server = Running::start(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &url)]).await;
    get(&server.client(), "/nowhere", None).await;
    let log = server.stop().await;
    assert!(
        log.contains(&format!("spans go to {url}/v1/traces")),
        "{log}"
    );
    let lost = "spans are lost: the collector does not take them lost=1 cause=\"Connection refused";
    assert_eq!(log.matches(lost).count(), 1, "{log}");
}
