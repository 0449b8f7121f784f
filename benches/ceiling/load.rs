//! Clients that ask as fast as they are answered.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::common::Http;

/// What clients got.
#[derive(Default)]
pub struct Answered {
    pub requests: usize,
    /// How many more were refused, because the server was too busy.
    pub refused: usize,
    pub took: Duration,
}

impl Answered {
    pub fn rate(&self) -> f64 {
        per(self.requests, self.took)
    }
}

/// So many a second.
#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
fn per(count: usize, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

/// When a client stops.
#[derive(Clone, Copy)]
pub enum Until {
    Passed(Duration),
    /// After so many requests of each client.
    Asked(usize),
}

/// Asks with several clients at once, each on a connection and a thread of its own. They begin at different requests and
/// go round all of them.
pub fn load(address: SocketAddr, requests: &[String], clients: usize, until: Until) -> Answered {
    let started = Instant::now();
    let mut all = Answered::default();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..clients)
            .map(|client| {
                let from = client * requests.len() / clients;
                scope.spawn(move || client_from(address, requests, from, until, |_| ()))
            })
            .collect();
        for thread in threads {
            let answered = thread.join().expect("a client");
            all.requests += answered.requests;
            all.refused += answered.refused;
        }
    });
    all.took = started.elapsed();
    all
}

/// How long the requests of one client took.
pub fn alone(address: SocketAddr, requests: &[String], until: Until) -> Vec<Duration> {
    let mut times = Vec::new();
    client_from(address, requests, 0, until, |took| times.push(took));
    times
}

fn client_from(
    address: SocketAddr,
    requests: &[String],
    from: usize,
    until: Until,
    mut note: impl FnMut(Duration),
) -> Answered {
    let mut http = Http::connect(address);
    let started = Instant::now();
    let mut answered = Answered::default();
    for request in requests.iter().cycle().skip(from) {
        let goes_on = match until {
            Until::Passed(lasting) => started.elapsed() < lasting,
            Until::Asked(count) => answered.requests + answered.refused < count,
        };
        if !goes_on {
            break;
        }
        let sent = Instant::now();
        let (status, body) = http.send(request);
        if status == 503 {
            answered.refused += 1;
            continue;
        }
        note(sent.elapsed());
        assert!(
            status == 200 && body.starts_with("{\"data\":{"),
            "{status} {body}"
        );
        answered.requests += 1;
    }
    answered
}
