//! The pages whose bash blocks run one after the other against a server: `docs/tour.md`, `docs/planning.md` and
//! `docs/api.md`.

#![cfg(unix)]

use std::process::Stdio;

use tokio::process::Command;

use crate::support::{Live, TestApp, on_each_database};

const TOUR: &str = include_str!("../../docs/tour.md");

#[tokio::test(flavor = "multi_thread")]
async fn the_tour_leads_to_the_board() {
    let script = blocks(TOUR, 12).join("\n");
    on_each_database(async |app| {
        let shown = run(&app, &script).await;
        let parts = [
            r#""staffing":{"needed":3,"invited":0,"accepted":1,"open":2}"#,
            r#"{"data":{"conflicts":[]}}"#,
            r#""applied":false"#,
            r#""effect":"RECONFIRM""#,
            // The clock stands still here, so the newest entries are any of them.
            r#"{"data":{"auditLog":{"nodes":[{"action":"#,
        ];
        assert_eq!(counts(&shown, parts), [3, 1, 1, 2, 1], "{shown}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rules_of_planning_are_as_the_page_tells_them() {
    // The page says that its blocks use the helpers of the tour.
    let mut script = blocks(TOUR, 1)[..1].to_vec();
    script.extend(blocks(include_str!("../../docs/planning.md"), 15));
    let script = script.join("\n");
    on_each_database(async |app| {
        let shown = run(&app, &script).await;
        for (part, count) in RULES {
            assert_eq!(shown.matches(part).count(), count, "{part}: {shown}");
        }
    })
    .await;
}

/// What the examples of `docs/planning.md` show, and how often.
const RULES: [(&str, usize); 13] = [
    // Nine hours, in the night on which summer time ends.
    (
        r#""startsAt":"2031-10-25T20:00:00Z","endsAt":"2031-10-26T05:00:00Z""#,
        1,
    ),
    (r#""hasSkill":true,"availability":"UNAVAILABLE""#, 1),
    (
        r#"{"code":"UNAVAILABLE","user":{"displayName":"Sam Diallo"}}"#,
        1,
    ),
    (
        r#"{"code":"MISSING_SKILL","user":{"displayName":"Noé Petit"}}"#,
        1,
    ),
    (r#""code":"SCHEDULE_CONFLICT""#, 1),
    (r#""warnings":[{"code":"OVERLAP"}]"#, 1),
    (
        r#""conflicts":[{"startsAt":"2031-10-26T04:30:00Z","endsAt":"2031-10-26T05:00:00Z""#,
        1,
    ),
    // First the dry run, then the move itself.
    (
        r#""effect":"CONFLICT","assignment":{"status":"ACCEPTED""#,
        1,
    ),
    (r#""effect":"CONFLICT","assignment":{"status":"INVITED""#, 1),
    (
        r#""effect":"RECONFIRM","assignment":{"status":"INVITED""#,
        2,
    ),
    (r#""code":"IN_USE","dependents":2"#, 1),
    (r#""code":"VERSION_CONFLICT""#, 1),
    (
        r#""action":"rescheduleMission","actor":{"displayName":"Mila Roche"}"#,
        1,
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_page_for_front_ends_shows_what_happens() {
    let script = blocks(include_str!("../../docs/api.md"), 4).join("\n");
    on_each_database(async |app| {
        let shown = run(&app, &script).await;
        let parts = [
            r#"{"data":{"invitation":null}}"#,
            "PERSISTED_QUERY_NOT_FOUND",
            r#"{"data":{"__typename":"Query"}}"#,
            r#"{"access_token":"#,
            r#"{"logged_out":true}"#,
            r#""reason":"MISSING""#,
        ];
        // Nobody was signed in at first, after the logout, and where `onError` is shown.
        assert_eq!(counts(&shown, parts), [1, 1, 2, 1, 1, 3], "{shown}");
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

/// How often each part stands in a text.
fn counts<const N: usize>(text: &str, parts: [&str; N]) -> [usize; N] {
    parts.map(|part| text.matches(part).count())
}

/// All blocks that a page marks as bash; it has at least so many.
fn blocks(page: &str, least: usize) -> Vec<String> {
    let page = page.replace("\r\n", "\n");
    let block = |rest: &str| rest.split_once("\n```").expect("the end").0.to_owned();
    let blocks: Vec<String> = page.split("```bash\n").skip(1).map(block).collect();
    assert!(blocks.len() >= least, "the page no longer has its blocks");
    blocks
}
