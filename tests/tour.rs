//! `docs/tour.md`: its bash blocks, run one after the other against a server.

#![cfg(unix)]

use std::process::Stdio;

use tokio::process::Command;

use crate::support::{Live, on_each_database};

#[tokio::test(flavor = "multi_thread")]
async fn the_tour_leads_to_the_board() {
    on_each_database(async |app| {
        let server = Live::start(&app).await;
        let output = Command::new("bash")
            .args(["-euo", "pipefail", "-c", &script()])
            .env("API", server.url())
            .stdin(Stdio::null())
            .output()
            .await
            .expect("bash");
        server.stop().await;
        let shown = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{shown}\n{errors}");
        let staffing = r#""staffing":{"needed":3,"invited":0,"accepted":1,"open":2}"#;
        assert!(shown.contains(staffing), "{shown}\n{errors}");
        println!("{shown}");
    })
    .await;
}

/// All blocks that the page marks as bash.
fn script() -> String {
    let page = include_str!("../docs/tour.md").replace("\r\n", "\n");
    let blocks: Vec<&str> = page
        .split("```bash\n")
        .skip(1)
        .map(|rest| rest.split("\n```").next().expect("the end of the block"))
        .collect();
    assert!(
        blocks.len() >= 8,
        "the page no longer has its blocks: {}",
        blocks.len()
    );
    blocks.join("\n")
}
