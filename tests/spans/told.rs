//! What a span tells of its request.

use axum::body::Body;
use axum::http::Method;
use coulisses_crew::spans::Exporting;
use futures_util::FutureExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{TIMES, app_with, get};
use crate::support::{Collector, LOGIN, Posted, TestApp, World, backends};
#[cfg(unix)]
use crate::support::{Database, Running};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";
/// Stands in all that must not be exported.
const MARK: &str = "xylophone";

/// The one span with a name, without what differs from run to run.
fn only(spans: &[Value], name: &str) -> Value {
    let mut found = spans.iter().filter(|span| span["name"] == name);
    let (first, second) = (found.next(), found.next());
    assert!(second.is_none(), "{name} in {spans:#?}");
    let mut span = first
        .unwrap_or_else(|| panic!("no {name} in {spans:#?}"))
        .clone();
    let fields = span.as_object_mut().expect("an object");
    let id = fields.remove("spanId").expect("an id");
    let is_hex =
        |id: &str, digits| id.len() == digits && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    assert!(is_hex(id.as_str().expect("a text"), 16), "{id}");
    assert!(
        is_hex(fields["traceId"].as_str().expect("a text"), 32),
        "{fields:?}"
    );
    let mut nanos = |field| {
        let value = fields.remove(field).expect("a time");
        value
            .as_str()
            .and_then(|text| text.parse::<u64>().ok())
            .expect("a text of digits")
    };
    let (begin, end) = (nanos("startTimeUnixNano"), nanos("endTimeUnixNano"));
    assert!(
        begin > 1_700_000_000_000_000_000 && begin < end,
        "{begin} to {end}"
    );
    span
}

fn text(key: &str, value: &str) -> Value {
    json!({"key": key, "value": {"stringValue": value}})
}

fn status(code: u16) -> Value {
    json!({"key": "http.response.status_code", "value": {"intValue": code.to_string()}})
}

/// Does what is exported and what is not.
#[cfg(unix)]
async fn use_server(server: &Running) {
    let client = server.client();
    let query =
        format!("query Who($mark: ID = \"{MARK}\") {{ me {{ email }} user(id: $mark) {{ id }} }}");
    let request = client
        .request(Method::POST, &format!("/graphql?token={MARK}"))
        .header("content-type", "application/json")
        .header("traceparent", format!("00-{TRACE}-{PARENT}-01"))
        .header("authorization", format!("Bearer {MARK}"))
        .body(Body::from(json!({"query": query}).to_string()));
    client.send(request.expect("a request")).await;
    let person =
        json!({"email": format!("{MARK}@regie.example"), "password": format!("{MARK} {MARK}")});
    client.gql(LOGIN, person).await;
    client.query(&format!("{{ {MARK} }}")).await;
    get(&client, &format!("/nowhere?token={MARK}"), None).await;
    get(&client, "/api/v1/auth/login", Some("nonsense")).await;
    get(
        &client,
        "/unsampled",
        Some(&format!("00-{TRACE}-{PARENT}-00")),
    )
    .await;
    for probe in ["/healthz", "/livez", "/readyz"] {
        get(&client, probe, None).await;
    }
    let invented = Method::from_bytes(b"INVENTED").expect("a method");
    let request = client.request(invented, "/graphql").body(Body::empty());
    client.send(request.expect("a request")).await;
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn each_request_is_a_span_and_none_tells_what_people_sent() {
    for backend in backends() {
        let database = Database::new(backend).await;
        let collector = Collector::start(Vec::new()).await;
        let server = Running::start(&[
            ("DATABASE_URL", &database.url()),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url),
            ("OTEL_SERVICE_NAME", "Régie \"one\""),
            ("LOG_FORMAT", "json"),
        ])
        .await;
        use_server(&server).await;
        // What waits is exported when the server stops.
        let log = server.stop().await;
        // All in one, unless the requests took longer than the server waits for more.
        for posted in collector.posted() {
            check_posted(&posted, &collector.url);
        }
        let spans = collector.spans();
        check_spans(&spans);
        // The lines of the log lead to the spans.
        for span in &spans {
            let trace = span["traceId"].as_str().expect("a text");
            assert!(
                log.contains(&format!("\"trace\":\"{trace}\"")),
                "{trace} in {log}"
            );
        }
    }
}

fn check_posted(posted: &Posted, url: &str) {
    let target = (&posted.method, posted.uri.path());
    assert_eq!(target, (&Method::POST, "/v1/traces"));
    assert_eq!(posted.headers["content-type"], "application/json");
    let host = posted.headers["host"].to_str().expect("text");
    assert_eq!(url, format!("http://{host}"));
    let mut rest = posted.body.clone();
    assert!(!rest.to_string().contains(MARK), "{rest:#}");
    rest["resourceSpans"][0]["scopeSpans"][0]["spans"] = json!([]);
    let service = json!([text("service.name", "Régie \"one\"")]);
    let scope = json!({"name": "coulisses-crew", "version": env!("CARGO_PKG_VERSION")});
    let expected = json!({"resourceSpans": [{"resource": {"attributes": service}, "scopeSpans": [{"scope": scope, "spans": []}]}]});
    assert_eq!(rest, expected);
}

fn check_spans(spans: &[Value]) {
    assert_eq!(spans.len(), 6, "{spans:#?}");
    let expected = json!({
        "traceId": TRACE,
        "parentSpanId": PARENT,
        "name": "query me, …",
        "kind": 2,
        "attributes": [
            text("http.request.method", "POST"), text("http.route", "/graphql"), status(200),
            text("url.path", "/graphql"), text("url.scheme", "http"),
            text("graphql.operation.type", "query"), text("graphql.operation.name", "Who"),
            text("error.type", "UNAUTHENTICATED"),
        ],
        "status": {"code": 0},
    });
    assert_eq!(only(spans, "query me, …"), expected);
    for (name, attributes) in [
        (
            "mutation login",
            vec![
                text("http.request.method", "POST"),
                text("http.route", "/graphql"),
                status(200),
                text("url.path", "/graphql"),
                text("url.scheme", "http"),
                text("graphql.operation.type", "mutation"),
                text("error.type", "INVALID_CREDENTIALS"),
            ],
        ),
        (
            "POST /graphql",
            vec![
                text("http.request.method", "POST"),
                text("http.route", "/graphql"),
                status(400),
                text("url.path", "/graphql"),
                text("url.scheme", "http"),
                text("error.type", "BAD_REQUEST"),
            ],
        ),
        (
            "GET",
            vec![
                text("http.request.method", "GET"),
                status(404),
                text("url.path", "/nowhere"),
                text("url.scheme", "http"),
                text("error.type", "NOT_FOUND"),
            ],
        ),
        (
            "GET /api/v1/auth/login",
            vec![
                text("http.request.method", "GET"),
                text("http.route", "/api/v1/auth/login"),
                status(405),
                text("url.path", "/api/v1/auth/login"),
                text("url.scheme", "http"),
                text("error.type", "BAD_REQUEST"),
            ],
        ),
        (
            "HTTP /graphql",
            vec![
                text("http.request.method", "_OTHER"),
                text("http.route", "/graphql"),
                status(405),
                text("url.path", "/graphql"),
                text("url.scheme", "http"),
                text("error.type", "BAD_REQUEST"),
            ],
        ),
    ] {
        let span = only(spans, name);
        assert_ne!(span["traceId"], TRACE, "a trace of its own");
        let trace = &span["traceId"];
        let expected = json!({"traceId": trace, "name": name, "kind": 2, "attributes": attributes, "status": {"code": 0}});
        assert_eq!(span, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_defect_is_an_error_of_its_span_whatever_the_http_status() {
    for backend in backends() {
        let collector = Collector::start(Vec::new()).await;
        let app = TestApp::with(backend, &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url)]).await;
        let exporting = Exporting::start(&app.state, TIMES).expect("an export");
        let world = World::new(&app, "regie").await;
        let project = world.project("Tour").await;
        let part = format!("{{ myRole project(id: \"{project}\") {{ id }} }}");
        // Nobody can be signed in without the second table.
        for (table, query, status) in [("projects", &*part, 200), ("users", "{ me { id } }", 500)] {
            let break_it = format!("ALTER TABLE {table} RENAME TO broken_{table}");
            let break_it = diesel::sql_query(break_it);
            let db = &app.state.db;
            db.write(async |conn| conn.execute(break_it).await)
                .await
                .expect("broken");
            let answer = world.owner.query(query).await;
            assert_eq!(
                (answer.status.as_u16(), answer.code()),
                (status, "INTERNAL")
            );
        }
        exporting.finish().await;
        for name in ["query myRole, …", "query me"] {
            let span = only(&collector.spans(), name);
            assert_eq!(span["status"], json!({"code": 2}));
            let attributes = span["attributes"].as_array().expect("a list");
            assert!(
                attributes.contains(&text("error.type", "INTERNAL")),
                "{span}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_span_of_a_client_that_disconnects_has_no_status() {
    let collector = Collector::start(Vec::new()).await;
    let app = app_with(&collector.url).await;
    let exporting = Exporting::start(&app.state, TIMES).expect("an export");
    let never = futures_util::stream::pending::<Result<String, std::io::Error>>();
    let request = app.client().request(Method::POST, "/graphql");
    let request = request
        .header("content-type", "application/json")
        .body(Body::from_stream(never));
    let answer = app
        .router()
        .oneshot(request.expect("a request"))
        .now_or_never();
    assert!(answer.is_none());
    exporting.finish().await;
    let span = only(&collector.spans(), "POST /graphql");
    assert!(!span.to_string().contains("status_code"), "{span}");
}
