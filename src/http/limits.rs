//! How many connections there may be, and how long they may take.

use std::time::Duration;

/// Connections beyond this many would take more memory than they are of use: behind a proxy a few hundred are enough,
/// and one that is idle is closed when another one needs its place.
const MOST: usize = 1_024;
/// With fewer, a single browser (six connections) would hold all.
const LEAST: usize = 8;
/// One address may hold a quarter of the connections, but not more than this: enough for an office behind one address.
const MOST_BY_ADDRESS: usize = 128;
/// Descriptors for the listener, the runtime, standard streams, mail, the collector and look-ups of names.
const RESERVED: usize = 24;

/// The limits for connections.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How many connections there may be.
    pub all: usize,
    /// How many of them one address may have. `None` behind proxies, where all connections come from them.
    pub by_address: Option<usize>,
    /// How long a client may take to send the headers of a request.
    pub headers: Duration,
    /// How long a connection may be idle between two requests. Load balancers commonly keep connections for 60 s, and
    /// should be the ones to close them. Otherwise they send a request on a connection that is just being closed.
    pub idle: Duration,
    /// How long a client may take to accept the next part of an answer. It has this much time again and again as long as
    /// it accepts [`Limits::rate`].
    pub stall: Duration,
    /// How many bytes of an answer a client must accept in a second, on average. A phone on EDGE takes five times as much.
    pub rate: u32,
    /// How often the server looks for connections that are too late.
    pub sweep: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            all: MOST,
            by_address: Some(MOST_BY_ADDRESS),
            headers: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            stall: Duration::from_secs(15),
            rate: 2 * 1_024,
            sweep: Duration::from_secs(1),
        }
    }
}

impl Limits {
    /// The limits for this process: as many connections as its file descriptors allow, without those that are taken by the
    /// database and the like.
    #[must_use]
    pub fn for_this_process(taken: usize, behind_proxies: bool) -> Self {
        Self::within(descriptors(), taken, behind_proxies)
    }

    /// The limits of the listener for Prometheus, to which few connect.
    #[must_use]
    pub fn of_metrics() -> Self {
        Self {
            all: LEAST,
            by_address: None,
            ..Self::default()
        }
    }

    fn within(descriptors: Option<usize>, taken: usize, behind_proxies: bool) -> Self {
        let free = descriptors.map(|all| all.saturating_sub(RESERVED + taken));
        let all = free.unwrap_or(MOST).clamp(LEAST, MOST);
        Self {
            all,
            by_address: (!behind_proxies).then(|| (all / 4).clamp(LEAST / 2, MOST_BY_ADDRESS)),
            ..Self::default()
        }
    }
}

/// How many file descriptors the process may have (`ulimit -n`).
#[cfg(unix)]
fn descriptors() -> Option<usize> {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    limit.current.and_then(|most| most.try_into().ok())
}

#[cfg(not(unix))]
fn descriptors() -> Option<usize> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_stay_below_the_descriptors_of_the_process() {
        let limits = |descriptors, behind_proxies| {
            let limits = Limits::within(descriptors, 20, behind_proxies);
            (limits.all, limits.by_address)
        };
        assert_eq!(limits(Some(1_024), false), (980, Some(128)));
        assert_eq!(limits(Some(256), false), (212, Some(53)));
        assert_eq!(limits(Some(256), true), (212, None));
        assert_eq!(limits(Some(64), false), (20, Some(5)));
        // There must be some, and memory is limited too.
        assert_eq!(limits(Some(20), false), (8, Some(4)));
        assert_eq!(limits(Some(1_048_576), false), (1_024, Some(128)));
        assert_eq!(limits(None, true), (1_024, None));
    }
}
