//! The binary at SIGTERM: it ends when it is done, and at a second signal whatever it does.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::program::Server;

const LOGIN: &str =
    "mutation { login(input: {email: \"ada@example.org\", password: \"x\"}) { expiresAt } }";

/// To count an attempt takes for ever, or until the server ends the statement after 10 s.
const ENDLESS: &str = "
    CREATE VIEW endless AS
        WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers)
        SELECT n FROM numbers;
    CREATE TRIGGER attempt AFTER INSERT ON throttles BEGIN SELECT count(*) FROM endless; END";

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_nothing_to_do_ends_when_the_grace_is_over() {
    let folder = TempDir::new().expect("a folder");
    let mut server = Server::start(&folder, &[("SHUTDOWN_GRACE", "0")]).await;
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
    let mut server = Server::start(&folder, &[]).await;
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

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_connections_does_not_wait_for_the_grace() {
    let folder = TempDir::new().expect("a folder");
    let mut server = Server::start(&folder, &[("SHUTDOWN_GRACE", "60")]).await;
    server.terminate();
    server.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_grace_goes_on_until_a_load_balancer_without_open_connections_has_noticed() {
    let folder = TempDir::new().expect("a folder");
    let mut server = Server::start(&folder, &[("SHUTDOWN_GRACE", "60")]).await;
    let mut balancer = Client::connect(&server.address)
        .await
        .expect("a connection");
    let answer = balancer.get("/readyz").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    drop(balancer);
    server.terminate();
    server.logs("stopping").await;
    // For longer than a listener takes to close.
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_millis(500) {
        let mut client = Client::connect(&server.address)
            .await
            .expect("a connection");
        client.get("/livez").await;
    }
    let mut balancer = Client::connect(&server.address)
        .await
        .expect("a connection");
    let answer = balancer.get("/readyz").await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    drop(balancer);
    server.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn during_the_grace_the_server_says_that_it_stops_and_answers_all_the_same() {
    let folder = TempDir::new().expect("a folder");
    let mut server = Server::start(&folder, &[("SHUTDOWN_GRACE", "60")]).await;
    let mut idle = Client::connect(&server.address)
        .await
        .expect("a connection");
    assert!(!idle.get("/livez").await.contains("connection: close"));
    server.terminate();
    server.logs("stopping").await;
    // A client that connects now learns it too, and so does a load balancer.
    let mut new = Client::connect(&server.address)
        .await
        .expect("a connection");
    let answer = new.get("/readyz").await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(answer.contains("The server is stopping."), "{answer}");
    for (mut client, path) in [
        (idle, "/livez"),
        (
            Client::connect(&server.address)
                .await
                .expect("a connection"),
            "/healthz",
        ),
    ] {
        let answer = client.get(path).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        assert!(answer.contains("connection: close"), "{answer}");
    }
    drop(new);
    // No connection is left, so the grace is over.
    server.ends().await;
    assert!(Client::connect(&server.address).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_of_busy_clients_fails_when_the_server_stops() {
    let folder = TempDir::new().expect("a folder");
    let mut last_ones = 0;
    // An idle connection keeps the grace going to its end.
    for grace in ["0", "1", "0", "1"] {
        let mut server = Server::start(&folder, &[("SHUTDOWN_GRACE", grace)]).await;
        let _idle = server.connect().await;
        let clients: Vec<_> = (0..16)
            .map(|_| tokio::spawn(until_refused(server.address.clone())))
            .collect();
        // The others are under way by then.
        let mut one = Client::connect(&server.address)
            .await
            .expect("a connection");
        for _ in 0..100 {
            one.get("/livez").await;
        }
        drop(one);
        server.terminate();
        for client in clients {
            last_ones += client.await.expect("no request failed");
        }
        server.ends().await;
    }
    assert!(last_ones > 0, "nobody was told to close");
}

/// Sends one request after the other until a connection is refused. Returns how many answers asked to close the
/// connection.
async fn until_refused(address: String) -> usize {
    let mut closed = 0;
    while let Some(mut client) = Client::connect(&address).await {
        while !client.get("/livez").await.contains("connection: close") {}
        closed += 1;
    }
    closed
}

/// A client on one connection.
struct Client(TcpStream);

impl Client {
    /// `None` if it is refused.
    async fn connect(address: &str) -> Option<Self> {
        match TcpStream::connect(address).await {
            Ok(stream) => Some(Self(stream)),
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => None,
            Err(error) => panic!("{error}"),
        }
    }

    /// The whole answer, which is short.
    async fn get(&mut self, path: &str) -> String {
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
        self.0.write_all(request.as_bytes()).await.expect("sent");
        let mut bytes = [0; 4_096];
        let count = self.0.read(&mut bytes).await.expect("an answer");
        assert!(count > 0, "the connection was closed without an answer");
        String::from_utf8_lossy(&bytes[..count]).into_owned()
    }
}
