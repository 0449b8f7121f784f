//! What the benchmarks share: a small HTTP client, a project to look at, and figures.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::World;

// The server's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Whether `cargo bench` runs this, and not `cargo test --all-targets`, which only wants to know that it builds.
pub fn wanted() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}

/// The server's runtime: a worker for each core.
pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

/// How many cores there are.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// A connection that is kept open. It blocks, so it has a thread of its own and adds no runtime to what is measured.
pub struct Http(BufReader<TcpStream>);

impl Http {
    pub fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_nodelay(true).expect("an option");
        Self(BufReader::new(stream))
    }

    /// Sends a request and reads the answer's status and body.
    pub fn send(&mut self, request: &str) -> (u16, String) {
        let stream = self.0.get_mut();
        stream.write_all(request.as_bytes()).expect("a request");
        let (mut status, mut length) = (0, 0);
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).expect("an answer");
            let line = line.trim_end().to_ascii_lowercase();
            if let Some(rest) = line.strip_prefix("http/1.1 ") {
                status = rest[..3].parse().expect("a status");
            } else if let Some(rest) = line.strip_prefix("content-length: ") {
                length = rest.parse().expect("a length");
            } else if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).expect("a body");
        (status, String::from_utf8(body).expect("text"))
    }

    /// How long a request took that must be answered with 200.
    pub fn time(&mut self, request: &str) -> Duration {
        let started = Instant::now();
        let (status, body) = self.send(request);
        let time = started.elapsed();
        assert_eq!(status, 200, "{body}");
        time
    }
}

/// A request with a JSON body.
pub fn post(path: &str, token: Option<&str>, body: &str) -> String {
    let token = token.map_or_else(String::new, |token| {
        format!("Authorization: Bearer {token}\r\n")
    });
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{token}Content-Length: {length}\r\n\r\n{body}"
    )
}

/// A project of so many missions, each with two people invited; the body that asks for its board.
pub async fn board(world: &World<'_>, name: &str, missions: usize) -> String {
    let people = [
        world.user(&format!("Léa of {name}"), &[]).await,
        world.user(&format!("Max of {name}"), &[]).await,
    ];
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    let project = world.project(name).await;
    for day in 0..missions {
        let starts_at = format!("2027-{:02}-{:02}T08:00:00Z", day / 28 + 1, day % 28 + 1);
        let ends_at = starts_at.replace("T08", "T18");
        let (_, role) = world.place(&project, (&starts_at, &ends_at), 2).await;
        world.invite(&role, &people).await;
    }
    // Without the other operations of the file.
    let file = include_str!("../../tests/contract/operations/planning.graphql");
    let from = file.find("query Board").expect("the operation");
    let to = file.find("query Agenda").expect("the next operation");
    let card = file
        .lines()
        .find(|line| line.starts_with("fragment ProjectCard"))
        .expect("its fragment");
    let document = format!("{}{card}", &file[from..to]);
    json!({"query": document, "variables": {"projectId": project}}).to_string()
}

/// The value that so many thousandths of a sample do not exceed.
pub fn quantile(sample: &[Duration], thousandths: usize) -> Duration {
    let mut sample = sample.to_vec();
    sample.sort_unstable();
    sample[(sample.len() * thousandths / 1000).min(sample.len() - 1)]
}

/// The middle of a sample.
pub fn median(sample: &[Duration]) -> Duration {
    quantile(sample, 500)
}
