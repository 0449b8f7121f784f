//! What the tests share: an application with a database of its own, and clients that talk to it as a browser would.

mod between;
mod cases;
mod client;
mod collector;
mod database;
mod invariants;
mod live;
mod logged;
mod needs;
mod operations;
mod planning;
mod post;
mod prepared;
mod rows;
#[cfg(unix)]
mod running;
mod schema;
mod smtp;
pub mod statements;
mod world;

pub use between::{Between, Mode};
pub use cases::Cases;
pub use client::{Answer, Client, hash};
pub use collector::{Collector, Posted};
pub use database::{Backend, Database, backends, judges_file, judges_url};
pub use invariants::{Request, all_at_once, assert_invariants, outcome};
pub use live::{Live, run, run_script};
pub use logged::logged;
use needs::NEEDS;
pub use needs::Need;
pub use needs::variable;
pub use operations::{
    ARCHIVE_USER, CONFIRM_RESET, CREATE_AVAILABILITY, CREATE_PROJECT, CREATE_USER, LOGIN,
    REMOVE_MEMBER, REQUEST_RESET, UPDATE_USER,
};
pub use planning::{
    archive_user, audit, cancel_mission, hour, insert_users, nobodys, refused, set_status,
};
pub use post::{Post, Sent, as_server, deliver};
pub use prepared::prepared;
pub use rows::{Rows, Tables, prefix_of, rows};
#[cfg(unix)]
pub use running::Running;
pub use schema::{Operation, Schema, listed_in, named, required};
pub use smtp::{SlowMail, smtp_sink};
pub use statements::{ON_PURPOSE, PostgresJudge, SqliteJudge, heard_until_now};
pub use world::{PASSWORD, World, accept, decline, join, key};

use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use coulisses_crew::app;
use coulisses_crew::clock::{Clock, Random};
use coulisses_crew::config::Config;
use coulisses_crew::db::types::Timestamp;
use coulisses_crew::db::{Db, DbUrl};
use coulisses_crew::state::AppState;
use coulisses_crew::workers::Workers;

/// When each test begins: a Tuesday morning.
pub const NOW: &str = "2026-09-01T08:00:00Z";
/// `SECRET_KEY` of the tests.
pub const SECRET: &str = "a secret of the tests, long enough for production";

/// How long requests wait for a connection to the database, below the 15 s that a request may take. Where many tests share
/// a slow disk, one of them may wait longer than the 2 s of production.
const PATIENCE: Duration = Duration::from_secs(12);
/// For tests that are about the 2 s.
pub const WAITS_AS_IN_PRODUCTION: (&str, &str) = ("WAITS_AS_IN_PRODUCTION", "");

/// A running application on a database of its own. Dropped with its database.
pub struct TestApp {
    /// What its requests share, but for the database: here it has connections of the tests' own, which see all rows.
    pub state: AppState,
    /// The database as the requests see it.
    pub db: Db,
    router: axum::Router,
    /// Goes away with the last application on it.
    database: Arc<Database>,
}

impl TestApp {
    /// An application with settings that differ from those of the tests.
    pub async fn with(backend: Backend, settings: &[(&str, &str)]) -> Self {
        let clock = Clock::manual(instant(NOW));
        Self::on(Arc::new(Database::new(backend).await), clock, 1, settings)
    }

    /// An application whose clock begins now: for clients that reckon with a clock of their own.
    pub async fn today(backend: Backend, settings: &[(&str, &str)]) -> Self {
        let clock = Clock::manual(Clock::System.now());
        Self::on(Arc::new(Database::new(backend).await), clock, 1, settings)
    }

    /// Another server on the same database and clock.
    pub fn beside(&self, settings: &[(&str, &str)]) -> Self {
        Self::on(
            Arc::clone(&self.database),
            self.state.clock.clone(),
            2,
            settings,
        )
    }

    fn on(database: Arc<Database>, clock: Clock, seed: u64, settings: &[(&str, &str)]) -> Self {
        let mut values: HashMap<&str, String> = HashMap::from([
            ("DATABASE_URL", database.url()),
            ("BCRYPT_COST", "4".into()),
            ("THROTTLE_ENABLED", "false".into()),
            ("SECRET_KEY", SECRET.into()),
        ]);
        values.extend(
            settings
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned())),
        );
        let mut config =
            Config::read(|name| values.get(name).cloned()).expect("settings of the tests");
        if !settings.contains(&WAITS_AS_IN_PRODUCTION) {
            config.pool.wait = PATIENCE;
        }
        let pool = config.pool;
        let mut state = AppState::new(config, clock, Random::seeded(seed), &Workers::default())
            .expect("a pool");
        let router = app::build(state.clone()).expect("an application");
        let db = state.db.clone();
        let url = DbUrl::parse(&database.url_of_tests()).expect("a URL");
        state.db = Db::new(&url, pool, state.random.clone(), &Workers::default()).expect("a pool");
        Self {
            state,
            db,
            router,
            database,
        }
    }

    /// The `DATABASE_URL` for the tests themselves: a superuser's on PostgreSQL.
    pub fn database_url(&self) -> String {
        self.database.url_of_tests()
    }

    /// The `DATABASE_URL` of the server.
    pub fn url_of_server(&self) -> String {
        self.database.url()
    }

    /// Runs statements on PostgreSQL as a superuser.
    pub async fn execute(&self, sql: &str) {
        self.database.execute(sql).await;
    }

    /// Lets new connections to the database take no writes, as those to a standby do, or take them again.
    pub async fn take_no_writes(&self, is_read_only: bool) {
        let value = if is_read_only { "on" } else { "off" };
        let set = format!(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = {value}', current_database());
             END $$"
        );
        // It may be read-only already.
        self.execute(&format!("BEGIN READ WRITE; {set}; COMMIT"))
            .await;
    }

    /// A client that is nobody yet.
    pub fn client(&self) -> Client {
        Client::new(self.router.clone())
    }

    /// The application's router.
    pub fn router(&self) -> axum::Router {
        self.router.clone()
    }
}

/// Runs a test on SQLite and, where there is one, on PostgreSQL.
pub async fn on_each_database(test: impl AsyncFn(TestApp)) {
    on_each_database_with(&[], test).await;
}

/// The same, with settings.
pub async fn on_each_database_with(settings: &[(&str, &str)], test: impl AsyncFn(TestApp)) {
    for backend in backends() {
        // Shown by a test that fails.
        println!("--- on {backend:?}");
        test(TestApp::with(backend, settings).await).await;
    }
}

/// Whether what a test needs is there. Where it is not, says that the test is left out, or fails if it must be there:
/// `REQUIRE_POSTGRES=1` and `REQUIRE_CLIENTS=1`.
pub fn has(need: Need) -> bool {
    assert!(NEEDS.contains(&need), "tests/left_out.rs would not tell");
    let there = need.is_there();
    let required = match need {
        // The programs that tests/with-postgres-16 fetches come without these.
        Need::PostgresClients if variable("TEST_POSTGRES_VERSION").is_some() => None,
        Need::Postgres | Need::Tls | Need::PostgresClients => Some("REQUIRE_POSTGRES"),
        Need::Python | Need::Curl | Need::Icalendar | Need::Packages(_) => Some("REQUIRE_CLIENTS"),
    };
    if let Some(required) = required {
        assert!(
            there || variable(required).as_deref() != Some("1"),
            "{need}, and {required}=1 asks for it"
        );
    }
    if !there {
        // Not through println!, which the harness shows for tests that fail only.
        let _ = writeln!(std::io::stderr(), "LEFT OUT: {need}");
    }
    there
}

/// An instant out of RFC 3339.
pub fn instant(text: &str) -> Timestamp {
    Timestamp::new(
        chrono::DateTime::parse_from_rfc3339(text)
            .expect("an instant")
            .to_utc(),
    )
}
