//! The binary, started as its operator starts it.

use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// The program, and what it logs.
pub struct Server {
    child: Child,
    log: UnboundedReceiver<String>,
    pub address: String,
}

impl Server {
    /// Starts it on a SQLite file in this folder, and waits until it listens.
    pub async fn start(folder: &TempDir, settings: &[(&str, &str)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_coulisses-crew"))
            .current_dir(folder.path())
            .env_clear()
            .envs([("BCRYPT_COST", "4"), ("PORT", "0")])
            .envs(settings.iter().copied())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the binary");
        let mut lines = BufReader::new(child.stderr.take().expect("its log")).lines();
        let (said, log) = unbounded_channel();
        // It is always read, whether or not a test waits for a line.
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                let _ = said.send(line);
            }
        });
        let mut server = Self {
            child,
            log,
            address: String::new(),
        };
        let line = server.logs("GraphQL is at http://").await;
        let (_, url) = line.split_once("http://").expect("a URL");
        url.trim_end_matches("/graphql")
            .clone_into(&mut server.address);
        server
    }

    /// Waits for a line of the log.
    pub async fn logs(&mut self, words: &str) -> String {
        loop {
            let line = self.log.recv().await.expect("a line");
            if line.contains(words) {
                return line;
            }
        }
    }

    pub async fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.address)
            .await
            .expect("a connection")
    }

    pub fn terminate(&self) {
        let id = self.child.id().and_then(|id| id.try_into().ok());
        let pid = id.and_then(Pid::from_raw).expect("a process");
        kill_process(pid, Signal::TERM).expect("a signal");
    }

    /// Waits for its end. It must come before a statement would end, which is after 10 s.
    pub async fn ends(&mut self) {
        let ended = tokio::time::timeout(Duration::from_secs(8), self.child.wait());
        let status = ended.await.expect("it did not wait").expect("a status");
        assert!(status.success(), "{status}");
    }
}
