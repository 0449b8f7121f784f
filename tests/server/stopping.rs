//! The binary at SIGTERM: it ends when it is done, and at a second signal whatever it does.

use std::process::Stdio;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStderr, Command};

const LOGIN: &str =
    "mutation { login(input: {email: \"ada@example.org\", password: \"x\"}) { expiresAt } }";

/// To count an attempt takes for ever, or until the server ends the statement after 10 s.
const ENDLESS: &str = "
    CREATE VIEW endless AS
        WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers)
        SELECT n FROM numbers;
    CREATE TRIGGER attempt AFTER INSERT ON throttles BEGIN SELECT count(*) FROM endless; END";

/// The program, and what it logs.
struct Server {
    child: Child,
    log: Lines<BufReader<ChildStderr>>,
    address: String,
}

impl Server {
    async fn start(folder: &TempDir) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_coulisses-crew"))
            .current_dir(folder.path())
            .env_clear()
            .envs([("BCRYPT_COST", "4"), ("PORT", "0")])
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the binary");
        let log = BufReader::new(child.stderr.take().expect("its log")).lines();
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
    async fn logs(&mut self, words: &str) -> String {
        loop {
            let line = self.log.next_line().await.expect("a log").expect("a line");
            if line.contains(words) {
                return line;
            }
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.address)
            .await
            .expect("a connection")
    }

    fn terminate(&self) {
        let id = self.child.id().and_then(|id| id.try_into().ok());
        let pid = id.and_then(Pid::from_raw).expect("a process");
        kill_process(pid, Signal::TERM).expect("a signal");
    }

    /// Waits for its end, which must come sooner than that of a statement.
    async fn ends(&mut self) {
        let ended = tokio::time::timeout(Duration::from_secs(4), self.child.wait());
        let status = ended.await.expect("it did not wait").expect("a status");
        assert!(status.success(), "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_nothing_to_do_ends_at_once() {
    let folder = TempDir::new().expect("a folder");
    let mut server = Server::start(&folder).await;
    // Neither a new connection nor an idle one holds it up.
    let _new = server.connect().await;
    let mut idle = server.connect().await;
    let request = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    idle.write_all(request).await.expect("sent");
    idle.read_u8().await.expect("an answer");
    server.terminate();
    server.logs("stopped").await;
    server.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_the_server_in_the_middle_of_a_statement() {
    let folder = TempDir::new().expect("a folder");
    let mut server = Server::start(&folder).await;
    let path = folder.path().join("coulisses-crew.db");
    let mut conn = SqliteConnection::establish(&path.to_string_lossy()).expect("the database");
    conn.batch_execute(ENDLESS).expect("a trigger");
    let body = json!({"query": LOGIN}).to_string();
    let request = format!(
        "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = server.connect().await;
    stream.write_all(request.as_bytes()).await.expect("sent");
    // While the statement runs, nobody else can write.
    while conn.batch_execute("BEGIN IMMEDIATE; ROLLBACK").is_ok() {
        tokio::task::yield_now().await;
    }
    server.terminate();
    server.logs("stopping").await;
    server.terminate();
    server.logs("a second signal").await;
    server.ends().await;
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    assert_eq!(answer, "", "nothing was waited for");
}
