//! The program in a process of its own, with its log.

use std::net::SocketAddr;
use std::process::Stdio;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use http_body_util::BodyExt;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStderr, Command};

use super::Client;

/// A server in a process of its own.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    child: Child,
    log: Lines<BufReader<ChildStderr>>,
    read: String,
    _folder: TempDir,
}

impl Running {
    /// Starts it in a folder of its own, with these settings and without any of the machine. Waits until it listens.
    pub async fn start(settings: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().expect("a folder");
        let mut child = Command::new(env!("CARGO_BIN_EXE_coulisses-crew"))
            .current_dir(folder.path())
            .env_clear()
            .envs([("BCRYPT_COST", "4"), ("PORT", "0")])
            .envs(settings.iter().copied())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the binary");
        let log = BufReader::new(child.stderr.take().expect("its log")).lines();
        let mut server = Self {
            address: SocketAddr::from(([0, 0, 0, 0], 0)),
            child,
            log,
            read: String::new(),
            _folder: folder,
        };
        let line = server.logs("GraphQL is at http://").await;
        let (_, url) = line.split_once("http://").expect("a URL");
        let address = url.split("/graphql").next().expect("an address");
        server.address = address.parse().expect("an address");
        server
    }

    /// Waits for a line of the log.
    pub async fn logs(&mut self, words: &str) -> String {
        loop {
            let line = self.log.next_line().await.expect("a log");
            let line = line.unwrap_or_else(|| panic!("{words} never came: {}", self.read));
            self.read.extend([&line, "\n"]);
            if line.contains(words) {
                return line;
            }
        }
    }

    /// A client that is nobody yet.
    pub fn client(&self) -> Client {
        Self::client_of(self.address)
    }

    /// A client of something that listens at an address.
    pub fn client_of(address: SocketAddr) -> Client {
        Client::new(Router::new().fallback(forward).with_state(address))
    }

    /// Stops it as an operator does, and returns all that it logged.
    pub async fn stop(mut self) -> String {
        let id = self.child.id().and_then(|id| id.try_into().ok());
        let pid = id.and_then(Pid::from_raw).expect("a process");
        kill_process(pid, Signal::TERM).expect("a signal");
        while let Some(line) = self.log.next_line().await.expect("a log") {
            self.read.extend([&line, "\n"]);
        }
        assert!(self.child.wait().await.expect("a status").success());
        self.read
    }
}

/// Sends a request over a connection of its own.
async fn forward(State(to): State<SocketAddr>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.expect("a body").to_bytes();
    let path = parts.uri.path_and_query().expect("a path");
    let mut head = format!("{} {path} HTTP/1.1\r\n", parts.method).into_bytes();
    for (name, value) in &parts.headers {
        head.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    let rest = format!(
        "content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    head.extend(rest.as_bytes());
    let mut stream = TcpStream::connect(to).await.expect("a connection");
    stream
        .write_all(&[&head, &*body].concat())
        .await
        .expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("an answer");
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n");
    let body = answer.split_off(end.expect("a head") + 4);
    let head = String::from_utf8(answer).expect("text");
    let mut lines = head.trim_end().lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let status = status.and_then(|status| StatusCode::from_bytes(status.as_bytes()).ok());
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status.expect("a status");
    for line in lines {
        let (name, value) = line.split_once(": ").expect("a header");
        let name: HeaderName = name.parse().expect("a name");
        if name != header::CONNECTION {
            let value = HeaderValue::from_str(value).expect("a value");
            response.headers_mut().append(name, value);
        }
    }
    response
}
