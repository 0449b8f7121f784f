//! The binary when nobody reads what it logs.

use std::io::{Read as _, Write as _};
use std::process::Stdio;
use std::time::Duration;

use rustix::fs::{OFlags, fcntl_setfl};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::Command;

/// A line of the log takes 100 bytes at least, and a pipe of Linux holds 64 KiB.
const REQUESTS: usize = 5_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_log_nobody_reads_answers_and_stops() {
    let folder = TempDir::new().expect("a folder");
    let mut child = Command::new(env!("CARGO_BIN_EXE_coulisses-crew"))
        .current_dir(folder.path())
        .env_clear()
        .envs([("PORT", "0"), ("LOG_LEVEL", "trace")])
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the binary");
    let mut log = BufReader::new(child.stderr.take().expect("its log"));
    let address = loop {
        let mut line = String::new();
        log.read_line(&mut line).await.expect("a line");
        if let Some((_, url)) = line.split_once("GraphQL is at http://") {
            break url.trim().trim_end_matches("/graphql").to_owned();
        }
    };

    // From here on nobody reads.
    let mut stream = TcpStream::connect(&address).await.expect("a connection");
    let (mut answers, mut requests) = stream.split();
    let ask = async {
        for _ in 0..REQUESTS {
            let request = b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n";
            requests.write_all(request).await.expect("sent");
        }
    };
    let count = async {
        let (mut text, mut answered) = (Vec::new(), 0);
        while answered < REQUESTS {
            let read = answers.read_buf(&mut text).await.expect("answers");
            assert!(read > 0, "{answered} answers");
            let shown = String::from_utf8_lossy(&text).into_owned();
            answered += shown.matches("HTTP/1.1 404 ").count();
            text = shown[shown.rfind("HTTP/1.1 404 ").map_or(0, |at| at + 13)..].into();
        }
    };
    tokio::join!(ask, count);

    let pid = child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?));
    kill_process(pid.expect("a process"), Signal::TERM).expect("a signal");
    assert!(child.wait().await.expect("a status").success());
    // The pipe is full: what came later was not waited for.
    let left = log.into_inner().into_owned_fd().expect("the pipe");
    let mut left = std::fs::File::from(left);
    let mut text = Vec::new();
    left.read_to_end(&mut text).expect("the log");
    assert!((60_000..200_000).contains(&text.len()), "{}", text.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_fails_ends_although_nobody_reads_why() {
    let folder = TempDir::new().expect("a folder");
    let (unread, mut full) = std::io::pipe().expect("a pipe");
    fcntl_setfl(&full, OFlags::NONBLOCK).expect("a setting");
    while full.write(&[b'x'; 4_096]).is_ok() {}
    fcntl_setfl(&full, OFlags::empty()).expect("a setting");
    for settings in [
        ("DATABASE_URL", "sqlite:////dev/null/crew.db"),
        ("PORT", "nonsense"),
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_coulisses-crew"))
            .current_dir(folder.path())
            .env_clear()
            .envs([settings])
            .stderr(full.try_clone().expect("the pipe"))
            .kill_on_drop(true)
            .spawn()
            .expect("the binary");
        let ended = tokio::time::timeout(Duration::from_secs(10), child.wait());
        let status = ended.await.expect("it did not wait").expect("a status");
        assert_eq!(status.code(), Some(1));
    }
    drop(unread);
}
