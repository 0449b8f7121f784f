//! The server alone: memory, its start, and reading beside writers.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::common::{Http, median, quantile};
use crate::load::{Until, alone, load};
use crate::processes::Server;
use crate::works::Work;
use crate::{Plan, report};

/// Clients that ask for boards before the memory is looked at.
const MANY: usize = 256;
/// Clients that write as fast as they can.
const WRITERS: usize = 16;
/// How often the server is started.
const STARTS: usize = 9;

/// The resident memory after many boards.
pub fn memory(plan: Plan, server: &Server, board: &Work) {
    let each = Until::Asked(plan.boards.div_ceil(MANY));
    let answered = load(server.address, &board.ours(), MANY, each);
    let (count, refused) = (answered.requests, answered.refused);
    let after = format!("{count} boards at {MANY} clients ({refused} refused as too many)");
    report::memory(&after, server.memory());
}

/// From the start of the program to the first answer, on a database that is up to date.
pub fn start(database: &str, database_url: &str) {
    let start = |_| Server::ours(database_url).started_in;
    let times: Vec<Duration> = (0..STARTS).map(start).collect();
    println!(
        "Start on {database}: median {:.0?}, slowest {:.0?} of {STARTS}",
        median(&times),
        quantile(&times, 1000),
    );
}

/// The boards of one organisation beside writers of another one, by turns with the boards alone.
pub fn beside_writers(plan: Plan, server: &Server, works: &[Work]) {
    let boards = works[0].of_first();
    let writes = works
        .iter()
        .find(|work| work.writes())
        .expect("a write")
        .of_last();
    let (mut idle, mut busy, mut written) = (Vec::new(), Vec::new(), 0);
    for _ in 0..plan.rounds {
        idle.extend(alone(server.address, &boards, Until::Passed(plan.round)));
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..WRITERS)
                .map(|_| scope.spawn(|| write_until(server, &writes, &done)))
                .collect();
            busy.extend(alone(server.address, &boards, Until::Passed(plan.round)));
            done.store(true, Ordering::SeqCst);
            let counts = threads
                .into_iter()
                .map(|writer| writer.join().expect("a writer"));
            written += counts.sum::<usize>();
        });
    }
    let p99 = |times: &[Duration]| quantile(times, 990);
    println!(
        "A board on SQLite: p50 {:.2?}, p99 {:.2?} (n {}); beside {WRITERS} writers: p50 {:.2?}, p99 {:.2?} (n {}, {} \
         missions written); ratio of p99 {:.2}",
        median(&idle),
        p99(&idle),
        idle.len(),
        median(&busy),
        p99(&busy),
        busy.len(),
        written,
        p99(&busy).as_secs_f64() / p99(&idle).as_secs_f64(),
    );
}

fn write_until(server: &Server, writes: &[String], done: &AtomicBool) -> usize {
    let mut http = Http::connect(server.address);
    let mut written = 0;
    while !done.load(Ordering::SeqCst) {
        let (status, body) = http.send(&writes[written % writes.len()]);
        assert!(
            status == 200 && body.starts_with("{\"data\":{"),
            "{status} {body}"
        );
        written += 1;
    }
    written
}
