//! `/metrics`: what Prometheus reads, and what never becomes a label.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Answer, Client, Database, LOGIN, Running, backends};

const PASSWORD: &str = "correct horse battery staple";

const SIGN_UP: &str = "
    mutation Begin($input: SignUpInput!) { signUp(input: $input) { accessToken account { id } org { id } } }
";

/// The files for Prometheus and Grafana.
const RULES: &str = include_str!("../../deploy/prometheus/rules.yml");
const RULES_TEST: &str = include_str!("../../deploy/prometheus/rules.test.yml");
const DASHBOARD: &str = include_str!("../../deploy/prometheus/dashboard.json");

async fn get(client: &Client, path: &str) -> Answer {
    let request = client.request(Method::GET, path).body(Body::empty());
    client.send(request.expect("a request")).await
}

/// A server that shows its metrics, and somebody who reads them.
async fn start(settings: &[(&str, &str)]) -> (Running, Client) {
    let settings = [&[("METRICS_LISTEN", "127.0.0.1:0")], settings].concat();
    let mut server = Running::start(&settings).await;
    let line = server.logs("metrics are at http://").await;
    let url = line.split("http://").nth(1).expect("a URL");
    let address = url.split("/metrics").next().expect("an address");
    let reader = Running::client_of(address.parse().expect("an address"));
    (server, reader)
}

async fn scrape(reader: &Client) -> String {
    let answer = get(reader, "/metrics").await;
    assert_eq!(answer.status, StatusCode::OK);
    let kind = answer.headers["content-type"].to_str().expect("text");
    assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
    assert!(answer.text.ends_with("# EOF\n"), "{}", answer.text);
    answer.text
}

/// The value of a sample.
fn value(scrape: &str, sample: &str) -> f64 {
    let found = scrape
        .lines()
        .find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '));
    found
        .unwrap_or_else(|| panic!("no {sample} in {scrape}"))
        .parse()
        .expect("a number")
}

/// Signs up; returns a client and the ids of its account and organisation.
async fn begin(server: &Running) -> (Client, [String; 2]) {
    let mut owner = server.client();
    let person = json!({
        "email": "ada@regie.example", "password": PASSWORD, "displayName": "Ada", "orgName": "Régie",
    });
    let begun = owner.gql(SIGN_UP, json!({"input": person})).await;
    owner.sign_in(&begun, "signUp");
    let ids = ["/data/signUp/account/id", "/data/signUp/org/id"].map(|id| begun.str(id).to_owned());
    (owner, ids)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scrape_shows_what_the_server_did() {
    for backend in backends() {
        let database = Database::new(backend).await;
        let (server, reader) = start(&[("DATABASE_URL", &database.url())]).await;
        let (owner, _) = begin(&server).await;
        for _ in 0..3 {
            owner.query("query Who { me { email } }").await.data();
        }
        owner.query("{ org { id }").await;
        for email in ["ada@regie.example", "nobody@regie.example"] {
            let login = json!({"email": email, "password": "wrong"});
            server.client().gql(LOGIN, login).await;
        }
        let shown = scrape(&reader).await;
        for (sample, expected) in [
            (
                r#"coulisses_request_duration_seconds_count{operation="query me",status="200"}"#,
                3.0,
            ),
            (
                r#"coulisses_request_duration_seconds_bucket{le="+Inf",operation="query me",status="200"}"#,
                3.0,
            ),
            (
                r#"coulisses_request_duration_seconds_count{operation="(not run)",status="400"}"#,
                1.0,
            ),
            (
                r#"coulisses_request_errors_total{operation="(not run)",code="BAD_REQUEST"}"#,
                1.0,
            ),
            (
                r#"coulisses_request_errors_total{operation="mutation login",code="INVALID_CREDENTIALS"}"#,
                2.0,
            ),
            (
                r#"coulisses_request_statements_count{operation="query me"}"#,
                3.0,
            ),
            (
                r#"coulisses_sign_ins_refused_total{reason="wrong password"}"#,
                1.0,
            ),
            (
                r#"coulisses_sign_ins_refused_total{reason="unknown address"}"#,
                1.0,
            ),
            ("coulisses_requests_in_flight", 0.0),
            ("coulisses_log_lines_dropped_total", 0.0),
            ("coulisses_spans_dropped_total", 0.0),
            ("coulisses_password_hashes_running", 0.0),
            (r#"coulisses_password_queue{kind="strangers"}"#, 0.0),
            ("coulisses_documents_kept", 3.0),
            ("coulisses_database_answers", 1.0),
            ("coulisses_database_writable", 1.0),
            (r#"coulisses_database_connections_held{kind="second"}"#, 0.0),
            (
                r#"coulisses_database_connections_waited_for{kind="second"}"#,
                0.0,
            ),
            (r#"coulisses_mails_waiting{kind="outbox"}"#, 0.0),
            (r#"coulisses_mails_waiting{kind="password reset"}"#, 0.0),
            ("coulisses_mails_given_up", 0.0),
        ] {
            let found = value(&shown, sample);
            assert!(
                (found - expected).abs() < 0.1,
                "{sample} is {found}: {shown}"
            );
        }
        let took = value(
            &shown,
            r#"coulisses_request_statements_sum{operation="query me"}"#,
        );
        assert!(
            took >= 3.0 && value(&shown, "coulisses_database_statements_total") > took,
            "{shown}"
        );
        // The port of the API does not show them.
        assert_eq!(
            get(&server.client(), "/metrics").await.status,
            StatusCode::NOT_FOUND
        );
        assert_eq!(get(&reader, "/graphql").await.status, StatusCode::NOT_FOUND);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_clients_choose_becomes_a_label() {
    let (server, reader) = start(&[]).await;
    let (owner, ids) = begin(&server).await;
    let before = scrape(&reader).await.lines().count();
    let nobody = server.client();
    for number in 0..150 {
        for client in [&owner, &nobody] {
            let name = format!("Hostile{number}");
            let query = format!("query {name} {{ {name}: me {{ email }} }}");
            client.query(&query).await;
            client.query(&format!("query {name} {{ {name} }}")).await;
            let body = json!({"query": query, "operationName": format!("{name}x"), "extensions": {name.as_str(): 1}});
            client.post_graphql(&body.to_string()).await;
            get(client, &format!("/{name}?{name}")).await;
            get(client, &format!("/graphql/{name}")).await;
        }
        let method = Method::from_bytes(format!("HOSTILE{number}").as_bytes()).expect("a method");
        let request = nobody
            .request(method, "/graphql")
            .header("accept", "Hostile")
            .body(Body::empty());
        nobody.send(request.expect("a request")).await;
    }
    let shown = scrape(&reader).await;
    assert!(!shown.to_lowercase().contains("hostile"), "{shown}");
    for id in ids {
        assert!(!shown.contains(&id), "{shown}");
    }
    // Few operations with few statuses: each has a histogram of at most 16 lines.
    let added = shown.lines().count() - before;
    assert!(added < 150, "{added} lines: {shown}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn trusted_operations_are_known_by_their_names() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let list = folder.path().join("documents.json");
    let document = "query WhoAmI { me { email } }";
    std::fs::write(&list, json!({"who": document}).to_string()).expect("a file");
    let list = list.to_string_lossy().into_owned();
    let (server, reader) = start(&[("TRUSTED_DOCUMENTS", &list)]).await;
    server.client().query(document).await;
    server.client().query("query Other { me { email } }").await;
    let shown = scrape(&reader).await;
    let count = |labels: &str| {
        value(
            &shown,
            &format!("coulisses_request_statements_count{{operation=\"{labels}\"}}"),
        )
    };
    assert!((count("WhoAmI") - 1.0).abs() < 0.1 && (count("(not run)") - 1.0).abs() < 0.1);
    assert!(!shown.contains("Other"), "{shown}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_and_dashboard_name_metrics_that_exist() {
    let (server, reader) = start(&[]).await;
    begin(&server).await;
    let wrong = json!({"email": "ada@regie.example", "password": "wrong"});
    server.client().gql(LOGIN, wrong).await;
    let shown = scrape(&reader).await;
    let names = |text: &str| -> BTreeSet<String> {
        let words = text.split(|c: char| c != '_' && !c.is_ascii_alphanumeric());
        words
            .filter(|word| word.starts_with("coulisses_"))
            .map(str::to_owned)
            .collect()
    };
    let samples = shown.lines().filter(|line| !line.starts_with('#'));
    let exist: BTreeSet<String> = samples.flat_map(names).collect();
    serde_json::from_str::<Value>(DASHBOARD).expect("JSON");
    for (text, least) in [(RULES, 10), (RULES_TEST, 10), (DASHBOARD, 18)] {
        let used = names(text);
        assert!(used.len() >= least, "{used:?}");
        let missing: Vec<_> = used.difference(&exist).collect();
        assert!(missing.is_empty(), "{missing:?} are not in {exist:?}");
    }
    // Each alert is tried.
    for alert in RULES
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "))
    {
        assert!(
            RULES_TEST.contains(&format!("alertname: {alert}\n")),
            "{alert}"
        );
    }
    server.stop().await;
}
