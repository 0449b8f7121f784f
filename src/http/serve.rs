//! The server's connections, from the first one to the last one. axum's own server has no time limits and no limit of
//! connections.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tower::ServiceExt;

use super::connections::{Connections, Held};
use super::health;
use super::limits::Limits;
use super::listen;
use super::peer::Peer;
use super::place::Place;
use super::socket::Socket;
use crate::state::Probed;
use crate::workers::Workers;

/// How long a request that was sent before the listener closed has to arrive.
const ARRIVAL: Duration = Duration::from_secs(1);

/// The most bytes of a request's path and headers: a GET with a long document, and what browsers and proxies add. hyper
/// looks at it between two reads, so the last of them may exceed it.
const MAX_HEAD: usize = 96 * 1024;

/// How the server stops.
#[derive(Clone, Debug)]
pub struct Stop {
    /// Cancelled when it begins to stop.
    pub begun: CancellationToken,
    /// How long it goes on to accept connections and to answer what comes on open ones.
    pub grace: Duration,
    /// Whether load balancers know it.
    pub probed: Probed,
}

impl Stop {
    /// Stops nothing until its token is cancelled, and then without a grace.
    #[must_use]
    pub fn at_once(begun: CancellationToken) -> Self {
        Self {
            begun,
            grace: Duration::ZERO,
            probed: Probed::default(),
        }
    }
}

/// Serves until it is told to stop, and ends when all accepted requests are answered.
///
/// From the begin of the stop each answer says `Connection: close`, so that no client sends a request on a connection
/// that is just being closed (RFC 9112, 9.6). Load balancers have the grace to notice that `/readyz` answers 503. It ends
/// early when `/readyz` has said so, or was never asked, and no connection is left. Then the listener closes, and with it
/// the connections on which no request is under way. Connections that wait for a place get a 503.
///
/// Each worker has a router of its own.
pub async fn serve(
    listener: TcpListener,
    router: impl Fn() -> Router,
    limits: Limits,
    workers: Workers,
    stop: Stop,
) {
    let connections = Connections::new(limits);
    let _sweeps = AbortOnDropHandle::new(tokio::spawn(sweep(Arc::clone(&connections))));
    let closed = CancellationToken::new();
    let server = || Server {
        router: router(),
        connections: Arc::clone(&connections),
        stopping: stop.begun.clone(),
        closed: closed.clone(),
    };
    let front = Front {
        servers: (0..workers.count()).map(|_| server()).collect(),
        connections: Arc::clone(&connections),
        workers,
    };
    let over = async {
        stop.begun.cancelled().await;
        let noticed = async {
            stop.probed.is_told().await;
            connections.none_left().await;
        };
        let _ = tokio::time::timeout(stop.grace, noticed).await;
    };
    front.accept_until(&listener, over).await;
    // Whoever connects from here on is refused, and whoever has connected is answered.
    listen::refuse(&listener);
    front.accept_last(&listener).await;
    drop(listener);
    closed.cancel();
    connections.none_left().await;
}

/// Accepts connections and gives them to the workers.
struct Front {
    connections: Arc<Connections>,
    workers: Workers,
    /// One for each worker.
    servers: Vec<Server>,
}

/// What each connection needs.
#[derive(Clone)]
struct Server {
    router: Router,
    connections: Arc<Connections>,
    stopping: CancellationToken,
    /// Cancelled when the listener is closed.
    closed: CancellationToken,
}

impl Front {
    async fn accept_until(&self, listener: &TcpListener, end: impl Future<Output = ()>) {
        tokio::pin!(end);
        loop {
            let room_and_stream = async {
                let room = self.connections.room().await;
                (room, accept(listener).await)
            };
            let (room, (stream, peer)) = tokio::select! {
                accepted = room_and_stream => accepted,
                () = &mut end => return,
            };
            if let Some(held) = self.connections.admit(peer.ip(), room, Instant::now()) {
                self.begin(stream, peer, held);
            }
        }
    }

    /// Accepts the connections that the system has made already, whether or not there is room for them. Closing the
    /// listener would reset those that are left.
    async fn accept_last(&self, listener: &TcpListener) {
        let mut made = pin!(tokio::time::sleep(listen::HANDSHAKE));
        loop {
            let (stream, peer) = tokio::select! {
                biased;
                accepted = accept(listener) => accepted,
                () = &mut made => return,
            };
            let held = self.connections.admit_last(peer.ip(), Instant::now());
            self.begin(stream, peer, held);
        }
    }

    fn begin(&self, stream: TcpStream, peer: SocketAddr, held: Held) {
        self.workers.serve(stream, |worker| {
            let server = self.servers[worker].clone();
            move |stream| server.until_closed(stream, peer, held)
        });
    }
}

impl Server {
    /// Drives a connection to its end, and frees its place after its socket is closed.
    async fn until_closed(self, stream: TcpStream, peer: SocketAddr, held: Held) {
        let place = &held.place;
        let socket = Socket::new(stream, Arc::clone(place), self.connections.limits);
        let service = service_fn(|mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(Peer(peer));
            self.run(request, &held)
        });
        let mut http = http1::Builder::new();
        // The sweeps limit this time, and that of idle connections too.
        http.header_read_timeout(None);
        http.max_buf_size(MAX_HEAD);
        let mut connection = pin!(http.serve_connection(TokioIo::new(socket), service));
        let ended = tokio::select! {
            biased;
            () = place.closed() => None,
            ended = &mut connection => Some(ended),
            () = self.no_request_comes(place) => {
                connection.as_mut().graceful_shutdown();
                tokio::select! {
                    () = place.closed() => None,
                    ended = &mut connection => Some(ended),
                }
            }
        };
        match ended {
            Some(Ok(())) => {}
            Some(Err(error)) => tracing::debug!(%error, "a connection broke"),
            None => tracing::debug!(
                "a connection was closed: it was too late, or others need its place"
            ),
        }
    }

    /// Runs a request. hyper begins the next one of a connection when the client has taken this answer.
    async fn run(
        &self,
        request: hyper::Request<Incoming>,
        held: &Held,
    ) -> Result<Response, Infallible> {
        let place = &held.place;
        if !place.begin() {
            // The connection ends before this does.
            std::future::pending::<()>().await;
        }
        let mut response = match held.is_beyond() {
            true => health::stopping(),
            false => self.router.clone().oneshot(request).await?,
        };
        place.end(Instant::now());
        if self.connections.are_crowded() || self.stopping.is_cancelled() {
            let headers = response.headers_mut();
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        Ok(response)
    }

    /// Resolves when the listener is closed and the connection expects no request. What was sent before has a moment to
    /// arrive.
    async fn no_request_comes(&self, place: &Place) {
        self.closed.cancelled().await;
        if let Some(since) = place.receives_since() {
            tokio::time::sleep_until((since + ARRIVAL).into()).await;
        }
    }
}

/// Waits for a connection.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) => {
                // There are no free file descriptors, or the client has disconnected. The next connection may succeed.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn sweep(connections: Arc<Connections>) {
    let mut times = tokio::time::interval(connections.limits.sweep);
    loop {
        times.tick().await;
        connections.sweep(Instant::now());
    }
}
