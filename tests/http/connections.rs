//! Connections on a real port: what a client may hold, and for how long.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use coulisses_crew::http::limits::Limits;
use coulisses_crew::http::serve::{Stop, serve};
use coulisses_crew::workers::Workers;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;

const SHORT: Duration = Duration::from_millis(30);

/// A server whose route `/wait` answers when it is told to, and `/ever` does not. `/big` has an answer of 8 MB.
struct Server {
    address: SocketAddr,
    /// How many requests of `/big` ran.
    begun: Arc<AtomicUsize>,
    running: Arc<Notify>,
    answers: Arc<Semaphore>,
    /// Cancelled to stop it.
    stopping: CancellationToken,
}

impl Server {
    async fn start(limits: Limits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (begun, running) = (Arc::<AtomicUsize>::default(), Arc::<Notify>::default());
        let answers = Arc::new(Semaphore::new(0));
        let (count, told, waits) = (begun.clone(), running.clone(), answers.clone());
        let wait = async move || {
            told.notify_one();
            waits.acquire().await.expect("it is open").forget();
        };
        let told = running.clone();
        let ever = async move || {
            told.notify_one();
            std::future::pending::<()>().await;
        };
        let big = async move || {
            count.fetch_add(1, Ordering::SeqCst);
            vec![b'x'; 8_000_000]
        };
        let router = Router::new()
            .route("/", get(async || "answer"))
            .route("/wait", get(wait))
            .route("/ever", get(ever))
            .route("/big", get(big));
        let stopping = CancellationToken::new();
        let stop = Stop::at_once(stopping.clone());
        tokio::spawn(serve(
            listener,
            move || router.clone(),
            limits,
            Workers::default(),
            stop,
        ));
        Self {
            address,
            begun,
            running,
            answers,
            stopping,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address)
            .await
            .expect("a connection")
    }

    /// A connection whose request runs.
    async fn runs(&self, path: &str) -> TcpStream {
        let mut stream = self.connect().await;
        ask(&mut stream, path).await;
        let running = tokio::time::timeout(Duration::from_secs(30), self.running.notified());
        running.await.expect("the request runs");
        stream
    }
}

fn request(method: &str, path: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nHost: x\r\n\r\n")
}

async fn ask(stream: &mut TcpStream, path: &str) {
    let request = request("GET", path);
    stream.write_all(request.as_bytes()).await.expect("sent");
}

/// The headers of an answer and its short body.
async fn answer(stream: &mut TcpStream) -> String {
    let mut bytes = vec![0; 4_096];
    let read = stream.read(&mut bytes).await.expect("an answer");
    String::from_utf8_lossy(&bytes[..read]).into_owned()
}

/// Waits until the server closes a connection. Nothing more comes on it.
async fn is_closed(stream: &mut TcpStream) {
    let mut rest = Vec::new();
    // A connection that the server gives up is reset.
    let _ = stream.read_to_end(&mut rest).await;
    assert_eq!(String::from_utf8_lossy(&rest), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_without_a_request_is_closed() {
    let limits = Limits {
        headers: SHORT,
        idle: SHORT,
        sweep: SHORT,
        ..Limits::default()
    };
    let server = Server::start(limits).await;
    let mut silent = server.connect().await;
    is_closed(&mut silent).await;
    let mut begun = server.connect().await;
    begun
        .write_all(b"GET / HTTP/1.1\r\nHo")
        .await
        .expect("sent");
    is_closed(&mut begun).await;
}

/// An answered connection is idle, also if its answer took some time.
#[tokio::test(flavor = "multi_thread")]
async fn an_idle_connection_is_closed() {
    let limits = Limits {
        idle: SHORT,
        sweep: SHORT,
        ..Limits::default()
    };
    let server = Server::start(limits).await;
    let mut idle = server.connect().await;
    ask(&mut idle, "/").await;
    assert!(answer(&mut idle).await.ends_with("answer"));
    is_closed(&mut idle).await;
    let mut idle = server.runs("/wait").await;
    server.answers.add_permits(1);
    assert!(answer(&mut idle).await.starts_with("HTTP/1.1 200"));
    is_closed(&mut idle).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_head_of_a_request_has_a_limit() {
    let server = Server::start(Limits::default()).await;
    let ask = async |length: usize| {
        let mut stream = server.connect().await;
        let value = "x".repeat(length);
        let head = format!("GET / HTTP/1.1\r\nHost: x\r\nX: {value}\r\n\r\n");
        // The server may close the connection before it has all of it, which can lose its answer.
        let _ = stream.write_all(head.as_bytes()).await;
        let mut answer = vec![0; 12];
        match stream.read_exact(&mut answer).await {
            Ok(_) => String::from_utf8_lossy(&answer).into_owned(),
            Err(_) => "closed".to_owned(),
        }
    };
    assert_eq!(ask(90 * 1024).await, "HTTP/1.1 200");
    // What comes at once may be longer by as much again.
    let refused = ask(400 * 1024).await;
    assert!(["HTTP/1.1 431", "closed"].contains(&&*refused), "{refused}");
}

/// Sends one request after the other and reads no answer, until the server closes the connection.
async fn never_reads(server: &Server, request: &str) {
    let mut stream = server.connect().await;
    while stream.write_all(request.as_bytes()).await.is_ok() {}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_never_reads_loses_its_connection_after_one_answer() {
    let limits = Limits {
        stall: SHORT,
        sweep: SHORT,
        ..Limits::default()
    };
    let server = Server::start(limits).await;
    never_reads(&server, &request("GET", "/big")).await;
    assert_eq!(server.begun.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_without_a_body_are_not_collected_either() {
    let limits = Limits {
        stall: SHORT,
        sweep: SHORT,
        ..Limits::default()
    };
    let server = Server::start(limits).await;
    let head = "HEAD /big HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx";
    never_reads(&server, head).await;
    // What both systems keep of the answers, which have about 100 bytes.
    let begun = server.begun.load(Ordering::SeqCst);
    assert!(begun < 10_000, "{begun} answers were collected");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_has_its_share_of_the_connections() {
    let limits = Limits {
        by_address: Some(2),
        ..Limits::default()
    };
    let server = Server::start(limits).await;
    let mut first = server.runs("/wait").await;
    let _second = server.runs("/ever").await;
    is_closed(&mut server.connect().await).await;
    server.answers.add_permits(1);
    assert!(answer(&mut first).await.starts_with("HTTP/1.1 200"));
    // It is idle now, so it makes room for another one.
    let _third = server.runs("/ever").await;
    is_closed(&mut first).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_make_room_and_then_others_wait() {
    let limits = Limits {
        all: 3,
        ..Limits::default()
    };
    let server = Server::start(limits).await;
    let mut idle = server.connect().await;
    ask(&mut idle, "/").await;
    let kept = answer(&mut idle).await;
    assert!(!kept.contains("connection: close"), "{kept}");
    let mut running = [server.runs("/wait").await, server.runs("/wait").await];
    is_closed(&mut idle).await;
    let _last = server.runs("/ever").await;
    // Nothing is left for this one, until another one has its answer. That one is closed after it.
    let mut waits = server.connect().await;
    ask(&mut waits, "/").await;
    server.answers.add_permits(2);
    for stream in &mut running {
        assert!(answer(stream).await.contains("connection: close"));
        is_closed(stream).await;
    }
    assert!(answer(&mut waits).await.ends_with("answer"));
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_wait_for_a_place_when_the_server_stops_are_told_so() {
    let limits = Limits {
        all: 2,
        by_address: None,
        ..Limits::default()
    };
    let server = Server::start(limits).await;
    let mut busy = [server.runs("/wait").await, server.runs("/wait").await];
    let mut waiting = Vec::new();
    for _ in 0..5 {
        let mut stream = server.connect().await;
        ask(&mut stream, "/").await;
        waiting.push(stream);
    }
    server.stopping.cancel();
    for mut stream in waiting {
        let refused = answer(&mut stream).await.to_lowercase();
        assert!(refused.starts_with("http/1.1 503 "), "{refused}");
        assert!(refused.contains("connection: close"), "{refused}");
        assert!(refused.contains("the server is stopping."), "{refused}");
        is_closed(&mut stream).await;
    }
    // Those that have a place are served to their end.
    server.answers.add_permits(2);
    for stream in &mut busy {
        assert!(answer(stream).await.starts_with("HTTP/1.1 200 "));
    }
}

/// How many threads serve connections.
const WORKERS: usize = 2;

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_stays_with_its_worker_and_each_has_as_many() {
    let (workers, _running) = Workers::start(WORKERS, 1).expect("threads");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let runtime = async || Handle::current().id().to_string();
    let router = move || Router::new().route("/", get(runtime));
    let stop = Stop::at_once(CancellationToken::new());
    tokio::spawn(serve(listener, router, Limits::default(), workers, stop));
    let mut served: HashMap<String, usize> = HashMap::new();
    let mut open = Vec::new();
    for _ in 0..2 * WORKERS {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        let mut own = HashSet::new();
        for _ in 0..3 {
            ask(&mut stream, "/").await;
            let answer = answer(&mut stream).await;
            let (_, id) = answer.split_once("\r\n\r\n").expect("a body");
            own.insert(id.to_owned());
        }
        let own: Vec<_> = own.into_iter().collect();
        let [id] = own.try_into().expect("one worker");
        *served.entry(id).or_default() += 1;
        open.push(stream);
    }
    let served: Vec<_> = served.into_values().collect();
    assert_eq!(served, [2; WORKERS]);
}
