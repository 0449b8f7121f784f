//! Signing in, and what it does to everybody else: `cargo bench --bench sessions`.
//!
//! Times depend on the machine and on who else uses it. What counts are the ratios, each within one run, and medians.
//! On PostgreSQL too: `tests/with-postgres cargo bench --bench sessions`.

mod common;
#[expect(
    dead_code,
    unused_imports,
    reason = "the tests use more of it than the benchmarks"
)]
#[path = "../tests/support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use common::{Http, board, cores, median, post, quantile};
use futures_util::future::join_all;
use serde_json::json;
use support::{Client, Live, PASSWORD, TestApp, World, backends};

const LOGIN: &str = "mutation($input: LoginInput!) { login(input: $input) { accessToken } }";
const OWNER: &str = "owner@regie.example";

fn main() {
    if !common::wanted() {
        return;
    }
    let runtime = common::runtime();
    for backend in backends() {
        println!("\n=== {backend:?}, {} cores", cores());
        runtime.block_on(async {
            let app = TestApp::with(backend, &[("BCRYPT_COST", "12")]).await;
            let world = World::new(&app, "regie").await;
            throughput(&app).await;
            enumeration(&app, 12, 30).await;
            storm(&app, &world).await;
            attacks(&app).await;
            drop(app);
            // Hashes sixteen times as fast leave less room for a difference elsewhere to hide in.
            let app = TestApp::with(backend, &[("BCRYPT_COST", "8")]).await;
            World::new(&app, "regie").await;
            enumeration(&app, 8, 300).await;
        });
    }
}

async fn login(client: &Client, email: &str, password: &str) -> support::Answer {
    let input = json!({"email": email, "password": password});
    client.gql(LOGIN, json!({"input": input})).await
}

/// Logins a second through the router, against bare bcrypt on a thread for each core. Both in turn, so that what else
/// goes on on the machine slows down both.
async fn throughput(app: &TestApp) {
    const ROUNDS: usize = 7;
    const EACH: usize = 6;
    let hash = bcrypt::non_truncating_hash(PASSWORD, 12).expect("a hash");
    let (mut bare, mut served) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let started = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..cores() {
                scope.spawn(|| {
                    for _ in 0..EACH {
                        assert!(bcrypt::non_truncating_verify(PASSWORD, &hash).expect("a hash"));
                    }
                });
            }
        });
        bare.push(started.elapsed());

        let started = Instant::now();
        let client = app.client();
        let logins = (0..cores() * EACH).map(|_| {
            let client = client.clone();
            tokio::spawn(async move { login(&client, OWNER, PASSWORD).await })
        });
        for answer in join_all(logins).await {
            answer.expect("a task").data();
        }
        served.push(started.elapsed());
    }
    let mut ratios: Vec<f64> = bare
        .iter()
        .zip(&served)
        .map(|(b, s)| ratio(*b, *s))
        .collect();
    ratios.sort_by(f64::total_cmp);
    let rate = |times: &[Duration]| {
        let count = u32::try_from(cores() * EACH).expect("a few");
        f64::from(count) / median(times).as_secs_f64()
    };
    println!(
        "throughput at cost 12: bare bcrypt {:.2}/s, logins {:.2}/s, ratio {:.3} (rounds: {:.3} to {:.3})",
        rate(&bare),
        rate(&served),
        ratios[ROUNDS / 2],
        ratios[0],
        ratios[ROUNDS - 1],
    );
}

/// Wrong passwords for an address that somebody has, and for addresses that nobody has, in turn.
async fn enumeration(app: &TestApp, cost: u32, each: usize) {
    let client = app.client();
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..each {
        // Which comes first changes from round to round.
        for turn in 0..2 {
            let unknown = (round + turn) % 2;
            let email = match unknown {
                0 => OWNER.to_owned(),
                _ => format!("n{round:04}@regie.example"),
            };
            let started = Instant::now();
            let answer = login(&client, &email, "not the password of anybody").await;
            times[unknown].push(started.elapsed());
            assert_eq!(answer.code(), "INVALID_CREDENTIALS");
        }
    }
    let [known, unknown] = times.map(|times| median(&times));
    println!(
        "enumeration at cost {cost}, {each} + {each}: known {known:.2?}, unknown {unknown:.2?}, ratio {:.4}",
        ratio(unknown, known),
    );
}

/// How long others wait while 200 people sign in at once, each on a connection of their own. "Too many people" is
/// refused at once, beyond the queue; any other `UNAVAILABLE` waited until the request timeout.
async fn storm(app: &TestApp, world: &World<'_>) {
    const LOGINS: usize = 200;
    const IDLE: usize = 2_000;
    let body = board(world, "Festival", 20).await;
    let healthz = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned();
    let board = post("/graphql", world.owner.token.as_deref(), &body);
    let probes = [("GET /healthz", healthz), ("Board of 20", board)];
    let server = Live::start(app).await;
    let address = server.address;

    // This thread is none of the runtime's workers, so it may wait.
    let idle = probe(address, &probes, |count| count < IDLE);

    let open = Arc::new(AtomicUsize::new(LOGINS));
    let logins: Vec<_> = (0..LOGINS)
        .map(|_| {
            let open = Arc::clone(&open);
            std::thread::spawn(move || {
                let input = json!({"email": OWNER, "password": PASSWORD});
                let body = json!({"query": LOGIN, "variables": {"input": input}});
                let answer =
                    Http::connect(address).send(&post("/graphql", None, &body.to_string()));
                open.fetch_sub(1, Ordering::SeqCst);
                answer
            })
        })
        .collect();
    let started = Instant::now();
    let busy = probe(address, &probes, |_| open.load(Ordering::SeqCst) > 0);
    let lasted = started.elapsed();
    let mut answers = BTreeMap::new();
    for login in logins {
        let (status, body) = login.join().expect("a thread");
        let code = ["accessToken", "Too many people", "UNAVAILABLE"]
            .into_iter()
            .find(|word| body.contains(word));
        *answers
            .entry((status, code.unwrap_or("other")))
            .or_insert(0) += 1;
    }
    println!("a storm of {LOGINS} logins at cost 12 lasted {lasted:.1?}; answers: {answers:?}");
    for (((name, _), idle), busy) in probes.iter().zip(idle).zip(busy) {
        let quantiles = |times: &[Duration]| [500, 990, 1000].map(|part| quantile(times, part));
        let ([i50, i99, i100], [b50, b99, b100]) = (quantiles(&idle), quantiles(&busy));
        println!(
            "{name}: idle p50 {i50:.2?} p99 {i99:.2?} max {i100:.2?} (n {}); storm p50 {b50:.2?} p99 {b99:.2?} max {b100:.2?} (n {}); p99 ratio {:.1}",
            idle.len(),
            busy.len(),
            ratio(b99, i99),
        );
    }
    server.stop().await;
    // Logins that ran into the request timeout go on hashing: they must not slow down what is measured next.
    app.state.tasks.close();
    app.state.tasks.wait().await;
    app.state.tasks.reopen();
}

/// Sends requests in turn on one connection while `go_on`; the times of each.
fn probe(
    address: SocketAddr,
    requests: &[(&str, String); 2],
    go_on: impl Fn(usize) -> bool,
) -> [Vec<Duration>; 2] {
    let mut http = Http::connect(address);
    let mut times = [Vec::new(), Vec::new()];
    while go_on(times[0].len()) {
        for ((_, request), times) in requests.iter().zip(&mut times) {
            times.push(http.time(request));
        }
    }
    times
}

/// How long documents take to refuse that would otherwise take the server down, against the smallest query there is.
async fn attacks(app: &TestApp) {
    let client = app.client();
    let plain = time(&client, "{ __typename }", None).await;
    println!("{{ __typename }}: {plain:.2?}");
    for depth in [500, 2_000, 10_000] {
        let document = format!("{{a(b:{}1{})}}", "[".repeat(depth), "]".repeat(depth));
        let took = time(&client, &document, Some("BAD_REQUEST")).await;
        println!(
            "refusing {depth} nested brackets ({} bytes): {took:.2?}, ratio {:.2}",
            document.len(),
            ratio(took, plain),
        );
    }
    for count in [24, 64] {
        let doubling: Vec<String> = (1..count)
            .map(|at| format!("fragment f{at} on Query{{...f{0} ...f{0}}}", at + 1))
            .collect();
        let doubling = doubling.concat();
        let document = format!("{{...f1}}{doubling}fragment f{count} on Query{{__typename}}");
        let took = time(&client, &document, Some("BAD_REQUEST")).await;
        println!(
            "refusing {count} doubling fragments ({} bytes): {took:.2?}, ratio {:.2}",
            document.len(),
            ratio(took, plain),
        );
    }
}

/// The median of many answers to a document, which is refused with this code if with any.
async fn time(client: &Client, document: &str, refused: Option<&str>) -> Duration {
    let mut times = Vec::new();
    for _ in 0..1_000 {
        let started = Instant::now();
        let answer = client.query(document).await;
        times.push(started.elapsed());
        match refused {
            Some(code) => assert_eq!(answer.code(), code),
            None => assert_eq!(answer.data()["__typename"], "Query"),
        }
    }
    median(&times)
}

/// One duration in terms of another.
fn ratio(of: Duration, to: Duration) -> f64 {
    of.as_secs_f64() / to.as_secs_f64()
}
