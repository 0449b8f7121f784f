//! What a document costs before it runs: `cargo bench --bench endpoint`. No statement is sent, so one database will do.
//!
//! Times depend on the machine and on who else uses it. What counts are the ratios to a plain query of the same round.

#[expect(dead_code, reason = "the other benchmarks use more of it")]
mod common;
#[expect(
    dead_code,
    unused_imports,
    reason = "the tests use more of it than the benchmarks"
)]
#[path = "../tests/support/mod.rs"]
mod support;

use std::net::SocketAddr;
use std::time::Duration;

use async_graphql::{EmptyMutation, EmptySubscription};
use async_graphql_axum::GraphQL;
use common::{Http, median, post, quantile};
use serde_json::json;
use support::{Backend, Live, TestApp};
use tokio::net::TcpListener;

/// Rounds of all requests.
const ROUNDS: usize = 300;

fn main() {
    if !common::wanted() {
        return;
    }
    common::runtime().block_on(async {
        let app = TestApp::with(Backend::Sqlite, &[]).await;
        let server = Live::start(&app).await;
        let mut http = Http::connect(server.address);
        println!(
            "\n=== The stock handler of async-graphql-axum, with a schema of one field and nothing \
             around it"
        );
        let mut stock = Http::connect(stock().await);
        let plain: Body = Box::new(|_| body("{ __typename }"));
        compare(&mut http, Some(&mut stock), &[("stock".to_owned(), plain)]);
        println!("\n=== Attacks");
        compare(&mut http, None, &attacks());
        println!(
            "\n=== A file of 12 operations, of which one runs as nobody: known, and new each time"
        );
        let all = include_str!("../tests/contract/operations/session.graphql");
        let known: Body = Box::new(move |_| viewer(all));
        let new: Body = Box::new(move |round| viewer(&format!("{all}#{round}")));
        compare(
            &mut http,
            None,
            &[("known".to_owned(), known), ("new".to_owned(), new)],
        );
        server.stop().await;
    });
}

/// A body for each round.
type Body = Box<dyn Fn(usize) -> String>;

struct Nothing;

#[async_graphql::Object]
impl Nothing {
    async fn nothing(&self) -> bool {
        false
    }
}

/// A server of another schema, as async-graphql-axum serves it.
async fn stock() -> SocketAddr {
    let schema = async_graphql::Schema::new(Nothing, EmptyMutation, EmptySubscription);
    let router = axum::Router::new().route_service("/graphql", GraphQL::new(schema));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// Times requests, of another server if there is one, by turns with a plain one: medians, the slowest, and the ratio of
/// the medians.
fn compare(http: &mut Http, mut other: Option<&mut Http>, requests: &[(String, Body)]) {
    let (mut plain, mut times) = (Vec::new(), vec![Vec::new(); requests.len()]);
    for round in 0..ROUNDS {
        plain.push(http.time(&post("/graphql", None, &body("{ __typename }"))));
        for ((_, body), times) in requests.iter().zip(&mut times) {
            let to = other.as_deref_mut().unwrap_or(http);
            times.push(to.time(&post("/graphql", None, &body(round))));
        }
    }
    let line = |name: &str, times: &[Duration]| {
        let ratio = median(times).as_secs_f64() / median(&plain).as_secs_f64();
        let (middle, slowest) = (median(times), quantile(times, 1000));
        println!("{name:>24}: median {middle:>9.2?}, slowest {slowest:>9.2?}, ratio {ratio:.2}");
    };
    line("{ __typename }", &plain);
    for ((name, _), times) in requests.iter().zip(&times) {
        line(name, times);
    }
}

fn viewer(document: &str) -> String {
    json!({"query": document, "operationName": "Viewer"}).to_string()
}

fn body(document: &str) -> String {
    json!({"query": document}).to_string()
}

/// The documents of security.md, and some that go to the limits.
fn attacks() -> Vec<(String, Body)> {
    let mut all: Vec<(String, Body)> = Vec::new();
    for depth in [500, 2_000, 5_000, 10_000] {
        let value = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let text = body(&format!("{{ users(filter: {value}) {{ totalCount }} }}"));
        all.push((format!("{depth} brackets"), Box::new(move |_| text.clone())));
    }
    for fragments in [8, 16, 24, 32, 48, 64] {
        let spread = |i: usize| format!("fragment F{i} on Query {{...F{0} ...F{0}}} ", i + 1);
        let doubled: String = (0..fragments).map(spread).collect();
        let text = format!("{{...F0}} {doubled} fragment F{fragments} on Query {{__typename}}");
        all.push((
            format!("{fragments} fragments"),
            Box::new(move |_| body(&text)),
        ));
    }
    all
}
