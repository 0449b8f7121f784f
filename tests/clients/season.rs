//! A month of a theatre with 60 people, which a script plays against a running server: `season/season.py`.

use std::path::Path;

use crate::support::{Live, Need, TestApp, backends, has, run};

#[tokio::test(flavor = "multi_thread")]
async fn the_board_of_a_season_is_what_a_sheet_beside_it_counts() {
    if !has(Need::Python) {
        return;
    }
    let mut boards = Vec::new();
    for backend in backends() {
        println!("--- on {backend:?}");
        let app = TestApp::with(backend, &[]).await;
        boards.push(played(&app).await);
    }
    assert!(boards[0].ends_with(" are as the sheet counts them\n"));
    assert!(boards.iter().all(|board| *board == boards[0]), "{boards:?}");
}

/// What the script prints: the board.
async fn played(app: &TestApp) -> String {
    let server = Live::start(app).await;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let url = server.url();
    let environment = [
        ("COULISSES_URL", url.as_str()),
        ("NO_PROXY", "*"),
        ("PYTHONPATH", "examples/roster"),
        ("PYTHONDONTWRITEBYTECODE", "1"),
    ];
    let script = ["tests/clients/season/season.py"];
    let output = run("python3", &script, root, &environment).await;
    server.stop().await;
    let printed = String::from_utf8(output.stdout).expect("UTF-8");
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{printed}\n{complaints}");
    println!("{printed}");
    printed
}
