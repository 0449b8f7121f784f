//! The server against a bare handler on the same rows: `tests/with-postgres cargo bench --bench ceiling`.
//!
//! Both are processes of their own, with a worker for each core and the same number of connections. The handler does
//! what somebody would write by hand for four requests, so its figures are about what the server could reach. Without
//! PostgreSQL only SQLite is measured. `-- --quick` takes a short look, and `-- --long` asks for 100,000 boards before
//! it looks at the memory. `-- --binary PATH` measures a program that was built before, such as that of deploy/build.
//!
//! Times depend on the machine and on who else uses it. Ratios within one run do not.

mod bare;
#[expect(dead_code, reason = "the other benchmarks use more of it")]
#[path = "../common/mod.rs"]
mod common;
mod compare;
mod contest;
mod load;
mod processes;
mod report;
mod rows;
mod sides;
mod sql;
#[expect(
    dead_code,
    unused_imports,
    reason = "the tests use more of it than the benchmarks"
)]
#[path = "../../tests/support/mod.rs"]
mod support;
mod works;

use std::time::Duration;

use compare::compare;
use contest::{Contestant, contest};
use processes::{Postgres, Server};
use rows::Rows;
use support::{Backend, Database, backends};
use works::Work;

/// Connections of either to PostgreSQL.
const CONNECTIONS: usize = 10;
/// Clients that ask at the same time.
const CLIENTS: usize = 32;

/// How long to measure.
#[derive(Clone, Copy)]
struct Plan {
    rounds: usize,
    round: Duration,
    warm_up: Duration,
    /// Boards before the memory is looked at.
    boards: usize,
}

impl Plan {
    /// The plan that the arguments ask for.
    fn read() -> Self {
        let asked = |option: &str| std::env::args().any(|argument| argument == option);
        let quick = asked("--quick");
        Self {
            rounds: if quick { 1 } else { 5 },
            round: Duration::from_secs(if quick { 1 } else { 3 }),
            warm_up: Duration::from_secs(if quick { 1 } else { 2 }),
            boards: if asked("--long") { 100_000 } else { 3_000 },
        }
    }
}

fn main() {
    if std::env::args().any(|argument| argument == bare::ARGUMENT) {
        return bare::serve();
    }
    if !common::wanted() {
        return;
    }
    let plan = Plan::read();
    println!("{} cores, {CLIENTS} clients", common::cores());
    common::runtime().block_on(async {
        let rows = Rows::new();
        let sqlite = Site::new(Backend::Sqlite, &rows).await;
        if backends().contains(&Backend::Postgres) {
            on_postgres(plan, &rows, &sqlite).await;
        } else {
            println!("There is no PostgreSQL, so the bare handler is left out.");
            report::head("SQLite", &["server"]);
            for work in sqlite.reads() {
                let alone = [Contestant::new(&sqlite.server, work.ours(), None)];
                report::line(work.name, &contest(plan, &alone, async || ()).await);
            }
        }
        println!();
        sides::memory(plan, &sqlite.server, &sqlite.works[0]);
        sides::start("SQLite", &sqlite.database.url());
        sides::beside_writers(plan, &sqlite.server, &sqlite.works);
    });
}

/// The server on a database, and what to ask it.
struct Site {
    // Stops before its database goes.
    server: Server,
    works: [Work; 4],
    database: Database,
}

impl Site {
    async fn new(backend: Backend, rows: &Rows) -> Self {
        let database = Database::new(backend).await;
        rows.fill(&database).await;
        let server = Server::ours(&database.url());
        let works = works::all(rows, &server.sign_in(rows));
        Self {
            server,
            works,
            database,
        }
    }

    fn reads(&self) -> impl Iterator<Item = &Work> {
        self.works.iter().filter(|work| !work.writes())
    }
}

/// The server against the bare handler, and then against itself on SQLite.
async fn on_postgres(plan: Plan, rows: &Rows, sqlite: &Site) {
    let site = Site::new(Backend::Postgres, rows).await;
    let postgres = Postgres::connect(&site.database.url_of_tests()).await;
    let bare = Server::bare(&site.database.url());
    compare(&site.server, &bare, &site.works, &postgres).await;
    report::head(
        "PostgreSQL: the server and the bare handler",
        &["server", "bare"],
    );
    let mut after_boards = None;
    for work in &site.works {
        let contestants = [
            Contestant::new(&site.server, work.ours(), Some(&postgres)),
            Contestant::new(&bare, work.bare(), Some(&postgres)),
        ];
        let tidy = async || {
            if work.writes() {
                postgres.tidy().await;
            }
        };
        let figures = contest(plan, &contestants, tidy).await;
        report::line(work.name, &figures);
        after_boards = after_boards.or(site.server.memory());
    }
    drop(bare);
    report::head(
        "The server on SQLite and on PostgreSQL",
        &["SQLite", "PostgreSQL"],
    );
    for (work, same) in sqlite.reads().zip(site.reads()) {
        let contestants = [
            Contestant::new(&sqlite.server, work.ours(), None),
            Contestant::new(&site.server, same.ours(), Some(&postgres)),
        ];
        report::line(work.name, &contest(plan, &contestants, async || ()).await);
    }
    println!();
    report::memory("W1 on PostgreSQL", after_boards);
    sides::memory(plan, &site.server, &site.works[0]);
    sides::start("PostgreSQL", &site.database.url());
}
