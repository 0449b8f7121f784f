//! Closing the listener without breaking a connection.
//!
//! Closing it resets the connections that the system has made and the server has not accepted. So the system is told
//! first to make no more of them, and then those that it has made are accepted.

use std::time::Duration;

use tokio::net::TcpListener;

/// The time that a handshake under way has to complete.
pub const HANDSHAKE: Duration = Duration::from_millis(100);

/// Has the system ignore whoever wants to connect. A client that tries again after the listener is closed is refused.
#[cfg(any(target_os = "android", target_os = "linux"))]
pub fn refuse(listener: &TcpListener) {
    use socket2::{SockFilter, SockRef};
    // A program for the system's packet filter, which sees the TCP header: it drops a SYN without an ACK (RFC 9293,
    // 3.1) and lets everything else pass. The codes are those of <linux/bpf_common.h>.
    const FLAGS: u32 = 13;
    const SYN: u32 = 0x02;
    const ACK: u32 = 0x10;
    let filter = [
        SockFilter::new(0x30, 0, 0, FLAGS),     // load this byte
        SockFilter::new(0x54, 0, 0, SYN | ACK), // keep these bits
        SockFilter::new(0x15, 0, 1, SYN),       // go on if they are so, else leave out one
        SockFilter::new(0x06, 0, 0, 0),         // drop it
        SockFilter::new(0x06, 0, 0, u32::MAX),  // let it pass
    ];
    if let Err(error) = SockRef::from(listener).attach_filter(&filter) {
        tracing::debug!(%error, "the listener takes connections until it is closed");
    }
}

#[cfg(not(any(target_os = "android", target_os = "linux")))]
pub fn refuse(_: &TcpListener) {}
