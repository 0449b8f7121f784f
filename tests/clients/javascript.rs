//! Programs of others against a running server: what it promises holds for them too.

use crate::support::{Live, Need, TestApp, backends, has, run_script};

/// Runs a script of a Node package against a server on each database. It finds the server at `SERVER_URL`, and
/// moves its clock by a POST to `SERVER_URL/test/clock?<minutes>`. Pages of its own it serves at `PAGE_ORIGIN`.
async fn on_each_server(folder: &'static str, script: &str) {
    if !has(Need::Packages(folder)) {
        return;
    }
    for backend in backends() {
        println!("--- on {backend:?}");
        let origin = free_origin();
        let settings = [("CORS_ALLOW_ORIGINS", origin.as_str())];
        let app = TestApp::today(backend, &settings).await;
        let server = Live::start(&app).await;
        let url = server.url();
        let environment = [("SERVER_URL", url.as_str()), ("PAGE_ORIGIN", &origin)];
        run_script(folder, script, &environment).await;
        server.stop().await;
    }
}

/// An origin that nobody serves yet.
fn free_origin() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    format!("http://{}", listener.local_addr().expect("an address"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_web_example_works_against_a_server() {
    on_each_server("examples/web", "test").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_endpoint_passes_the_audits_of_graphql_over_http() {
    on_each_server("tests/front_end", "audit").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn graphiql_works_in_a_browser() {
    on_each_server("tests/front_end", "graphiql").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn graphql_js_judges_what_is_refused_and_answered() {
    on_each_server("tests/front_end", "judge").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn apollo_client_and_urql_run_the_operations_of_the_contract() {
    on_each_server("tests/front_end", "clients").await;
}
