//! The socket of a connection, which tells the connection's place what the client sends and accepts.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::limits::Limits;
use super::place::Place;

/// How much of an answer the system takes before the client's machine has it, in bytes. Otherwise it would take several
/// megabytes, and the server could not see how slowly the client accepts them.
#[cfg(any(target_os = "android", target_os = "linux"))]
const UNSENT: u32 = 16 * 1_024;

/// A socket that tells its place what happens.
pub struct Socket {
    stream: TcpStream,
    place: Arc<Place>,
    limits: Limits,
    is_stalled: bool,
}

impl Socket {
    pub fn new(stream: TcpStream, place: Arc<Place>, limits: Limits) -> Self {
        // Sends small answers at once instead of collecting them.
        let _ = stream.set_nodelay(true);
        #[cfg(any(target_os = "android", target_os = "linux"))]
        let _ = socket2::SockRef::from(&stream).set_tcp_notsent_lowat(UNSENT);
        Self {
            stream,
            place,
            limits,
            is_stalled: false,
        }
    }

    fn wrote(&mut self, written: &Poll<io::Result<usize>>) {
        match written {
            Poll::Pending if !self.is_stalled => {
                self.is_stalled = true;
                self.place.stall(Instant::now());
            }
            Poll::Ready(Ok(bytes)) if self.is_stalled => {
                self.is_stalled = false;
                self.place.go_on(*bytes, &self.limits, Instant::now());
            }
            _ => {}
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.is_stalled {
            // Nobody takes what is left, so the system need not keep it.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.place.received(Instant::now());
        }
        read
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.wrote(&written);
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.wrote(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
