//! Programs that talk to a server on a real port, as they would at home: Node packages with tests of their own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use axum::extract::{RawQuery, State};
use axum::routing::post;
use chrono::TimeDelta;
use coulisses_crew::clock::Clock;
use coulisses_crew::http::serve::serve;
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::TestApp;

/// The server, listening as it does in production.
pub struct Live {
    /// Where.
    pub address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Live {
    /// Starts it. `POST /test/clock?<minutes>` moves its clock.
    pub async fn start(app: &TestApp) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel();
        let clock = post(advance).with_state(app.state.clock.clone());
        let router = app.router().route("/test/clock", clock);
        let task = tokio::spawn(serve(listener, router, async {
            let _ = stopped.await;
        }));
        Self {
            address,
            stop,
            task,
        }
    }

    /// `http://127.0.0.1:<port>`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops it when all requests are answered.
    pub async fn stop(self) {
        self.stop.send(()).expect("the server still runs");
        self.task.await.expect("a task").expect("a clean stop");
    }
}

async fn advance(State(clock): State<Clock>, RawQuery(minutes): RawQuery) {
    let minutes = minutes.and_then(|text| text.parse().ok());
    clock.advance(TimeDelta::minutes(minutes.expect("a number of minutes")));
}

/// A folder with a `package.json`, or `None` where its packages are not installed: a machine without Node passes
/// the other tests all the same. With `REQUIRE_CLIENTS=1` they must be there.
#[expect(
    clippy::disallowed_methods,
    reason = "a choice of whoever runs the tests"
)]
pub fn package(folder: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    if folder.join("node_modules").is_dir() {
        return Some(folder);
    }
    let required = std::env::var_os("REQUIRE_CLIENTS").is_some_and(|value| value == "1");
    assert!(!required, "no node_modules in {}", folder.display());
    println!("not run: no node_modules in {}", folder.display());
    None
}

/// Runs a script of a package; fails with what it printed.
pub async fn run_script(package: &Path, script: &str, environment: &[(&str, &str)]) {
    let output = Command::new("npm")
        .args(["run", "--silent", script])
        .current_dir(package)
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .expect("npm");
    let shown = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}:\n{shown}\n{errors}");
    println!("{shown}");
}
