//! The busiest page: `cargo bench --bench board`, and on PostgreSQL too `tests/with-postgres cargo bench --bench board`.
//!
//! Times depend on the machine and on who else uses it. The statements do not.

mod common;
#[expect(
    dead_code,
    unused_imports,
    reason = "the tests use more of it than the benchmarks"
)]
#[path = "../tests/support/mod.rs"]
mod support;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use common::{Http, board, median, post, quantile};
use support::{Live, TestApp, World, backends};

fn main() {
    if !common::wanted() {
        return;
    }
    let runtime = common::runtime();
    for backend in backends() {
        println!("\n=== {backend:?}, {} cores", common::cores());
        runtime.block_on(async {
            let app = TestApp::with(backend, &[]).await;
            let world = World::new(&app, "regie").await;
            let server = Live::start(&app).await;
            for missions in [5, 50] {
                let body = board(&world, &format!("Festival of {missions}"), missions).await;
                let (statements, alone) = one_by_one(&app, &world, &body).await;
                let request = post("/graphql", world.owner.token.as_deref(), &body);
                let rate = at_once(server.address, &request);
                println!(
                    "Board of {missions}: {statements} statements; median {:.2?}, p99 {:.2?}; \
                     8 clients: {rate:.0} requests/s",
                    median(&alone),
                    quantile(&alone, 990),
                );
            }
            server.stop().await;
        });
    }
}

/// The statements of a request, and the times of many through the router.
async fn one_by_one(app: &TestApp, world: &World<'_>, body: &str) -> (u64, Vec<Duration>) {
    let before = app.db.statements();
    world.owner.post_graphql(body).await.data();
    let statements = app.db.statements() - before;
    let mut times = Vec::new();
    for _ in 0..500 {
        let started = Instant::now();
        let answer = world.owner.post_graphql(body).await;
        times.push(started.elapsed());
        answer.data();
    }
    (statements, times)
}

/// Requests a second of 8 clients, each on a connection of its own: the median of some rounds.
fn at_once(address: SocketAddr, request: &str) -> f64 {
    const CLIENTS: u32 = 8;
    const EACH: u32 = 50;
    let rounds: Vec<Duration> = (0..7)
        .map(|_| {
            let started = Instant::now();
            std::thread::scope(|scope| {
                for _ in 0..CLIENTS {
                    scope.spawn(|| {
                        let mut http = Http::connect(address);
                        for _ in 0..EACH {
                            http.time(request);
                        }
                    });
                }
            });
            started.elapsed()
        })
        .collect();
    f64::from(CLIENTS * EACH) / median(&rounds).as_secs_f64()
}
