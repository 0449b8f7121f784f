//! The pages whose bash blocks run one after the other against a server: `docs/tour.md` and `docs/api.md`.

#![cfg(unix)]

use std::process::Stdio;

use tokio::process::Command;

use crate::support::{Live, TestApp, on_each_database};

#[tokio::test(flavor = "multi_thread")]
async fn the_tour_leads_to_the_board() {
    let script = script(include_str!("../../docs/tour.md"), 8);
    on_each_database(async |app| {
        let shown = run(&app, &script).await;
        let staffing = r#""staffing":{"needed":3,"invited":0,"accepted":1,"open":2}"#;
        assert!(shown.contains(staffing), "{shown}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_for_front_ends_shows_what_happens() {
    let script = script(include_str!("../../docs/api.md"), 4);
    on_each_database(async |app| {
        let shown = run(&app, &script).await;
        let counts = [
            r#"{"data":{"invitation":null}}"#,
            "PERSISTED_QUERY_NOT_FOUND",
            r#"{"data":{"__typename":"Query"}}"#,
            r#"{"access_token":"#,
            r#"{"logged_out":true}"#,
            r#""reason":"MISSING""#,
        ]
        .map(|answer| shown.matches(answer).count());
        // Nobody was signed in at first, after the logout, and where `onError` is shown.
        assert_eq!(counts, [1, 1, 2, 1, 1, 3], "{shown}");
    })
    .await;
}

/// Runs a script against a server; what it prints.
async fn run(app: &TestApp, script: &str) -> String {
    let server = Live::start(app).await;
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", script])
        .env("API", server.url())
        .stdin(Stdio::null())
        .output()
        .await
        .expect("bash");
    server.stop().await;
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{shown}\n{errors}");
    println!("{shown}");
    shown
}

/// All blocks that a page marks as bash; it has at least so many.
fn script(page: &str, least: usize) -> String {
    let page = page.replace("\r\n", "\n");
    let blocks: Vec<&str> = page
        .split("```bash\n")
        .skip(1)
        .map(|rest| rest.split("\n```").next().expect("the end of the block"))
        .collect();
    assert!(blocks.len() >= least, "the page no longer has its blocks");
    blocks.join("\n")
}
