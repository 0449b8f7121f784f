//! The listener. axum's own has no time limits and no limit of connections.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::task::AbortOnDropHandle;
use tower::ServiceExt;

use super::connections::{Connections, Held};
use super::limits::Limits;
use super::peer::Peer;
use super::place::Place;
use super::socket::Socket;

/// Serves until `stop` resolves. Then it accepts no more connections, and ends when accepted requests are answered.
///
/// # Errors
/// None for a single connection, whose errors are only logged.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let connections = Connections::new(limits);
    let _sweeps = AbortOnDropHandle::new(tokio::spawn(sweep(Arc::clone(&connections))));
    let mut http = http1::Builder::new();
    // The sweeps limit this time, and that of idle connections too.
    http.header_read_timeout(None);
    let graceful = GracefulShutdown::new();
    tokio::pin!(stop);
    loop {
        let (stream, peer, room) = tokio::select! {
            accepted = accept(&listener, &connections) => accepted,
            () = &mut stop => break,
        };
        let Some(held) = connections.admit(peer.ip(), room, Instant::now()) else {
            continue;
        };
        let place = Arc::clone(&held.place);
        let socket = TokioIo::new(Socket::new(stream, Arc::clone(&place), limits));
        let (router, all) = (router.clone(), Arc::clone(&connections));
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(Peer(peer));
            run(
                router.clone(),
                request,
                Arc::clone(&place),
                Arc::clone(&all),
            )
        });
        let connection = graceful.watch(http.serve_connection(socket, service));
        tokio::spawn(until_closed(connection, held));
    }
    drop(listener);
    graceful.shutdown().await;
    Ok(())
}

/// Waits until there is room for a connection, then for a connection.
async fn accept(
    listener: &TcpListener,
    connections: &Connections,
) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
    let room = connections.room().await;
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer, room),
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

/// Runs a request. hyper begins the next one of a connection when the client has taken this answer.
async fn run(
    router: Router,
    request: hyper::Request<Incoming>,
    place: Arc<Place>,
    connections: Arc<Connections>,
) -> Result<Response, Infallible> {
    if !place.begin() {
        // The connection ends before this does.
        std::future::pending::<()>().await;
    }
    let mut response = router.oneshot(request).await?;
    place.end(Instant::now());
    if connections.are_crowded() {
        let headers = response.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response)
}

/// Drives a connection to its end, and frees its place after its socket is closed.
async fn until_closed(connection: impl Future<Output = hyper::Result<()>>, held: Held) {
    tokio::pin!(connection);
    tokio::select! {
        biased;
        () = held.place.closed() => tracing::debug!("a connection was closed: it was too late, or others need its place"),
        ended = &mut connection => if let Err(error) = ended {
            tracing::debug!(%error, "a connection broke");
        },
    }
}
