//! Programs that talk to a server on a real port, as they would at home: Node packages with tests of their own, scripts.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

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
pub fn package(folder: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let there = folder.join("node_modules").is_dir();
    there_or_not_run(there, &format!("node_modules in {}", folder.display())).then_some(folder)
}

/// Whether there is a Python that runs the scripts; the same rule as for packages.
pub async fn python() -> bool {
    let version = Command::new("python3").arg("--version").output().await;
    there_or_not_run(
        version.is_ok_and(|output| output.status.success()),
        "python3",
    )
}

#[expect(
    clippy::disallowed_methods,
    reason = "a choice of whoever runs the tests"
)]
fn there_or_not_run(there: bool, what: &str) -> bool {
    let required = std::env::var_os("REQUIRE_CLIENTS").is_some_and(|value| value == "1");
    assert!(there || !required, "no {what}");
    if !there {
        println!("not run: no {what}");
    }
    there
}

/// Runs a script of a package; fails with what it printed.
pub async fn run_script(package: &Path, script: &str, environment: &[(&str, &str)]) {
    let output = run("npm", &["run", "--silent", script], package, environment).await;
    let shown = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}:\n{shown}\n{errors}");
    println!("{shown}");
}

/// Runs a program in a folder to its end.
pub async fn run(
    program: &str,
    arguments: &[&str],
    folder: &Path,
    environment: &[(&str, &str)],
) -> Output {
    Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .expect(program)
}
