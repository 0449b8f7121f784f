//! Programs that talk to a server on a real port, as they would at home: Node packages with tests of their own, scripts.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Output, Stdio};

use axum::extract::{RawQuery, State};
use axum::routing::post;
use chrono::TimeDelta;
use coulisses_crew::clock::Clock;
use coulisses_crew::http::limits::Limits;
use coulisses_crew::http::serve::{Stop, serve};
use coulisses_crew::workers::Workers;
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::TestApp;

/// The server, listening as it does in production.
pub struct Live {
    /// Where.
    pub address: SocketAddr,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Live {
    /// Starts it. `POST /test/clock?<minutes>` moves its clock.
    pub async fn start(app: &TestApp) -> Self {
        Self::within(Limits::default(), app).await
    }

    /// Starts it with other limits for its connections.
    pub async fn within(limits: Limits, app: &TestApp) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let begun = CancellationToken::new();
        let stop = Stop::at_once(begun.clone());
        let clock = post(advance).with_state(app.state.clock.clone());
        let router = app.router().route("/test/clock", clock);
        let task = tokio::spawn(serve(
            listener,
            move || router.clone(),
            limits,
            Workers::default(),
            stop,
        ));
        Self {
            address,
            stop: begun,
            task,
        }
    }

    /// `http://127.0.0.1:<port>`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops it when all requests are answered.
    pub async fn stop(self) {
        self.stop.cancel();
        self.task.await.expect("a clean stop");
    }
}

async fn advance(State(clock): State<Clock>, RawQuery(minutes): RawQuery) {
    let minutes = minutes.and_then(|text| text.parse().ok());
    clock.advance(TimeDelta::minutes(minutes.expect("a number of minutes")));
}

/// Runs a script of a folder's `package.json`; fails with what it printed.
pub async fn run_script(folder: &str, script: &str, environment: &[(&str, &str)]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let output = run("npm", &["run", "--silent", script], &folder, environment).await;
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
