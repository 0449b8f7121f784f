//! Listens to what is sent to the databases.

use std::collections::BTreeSet;
use std::sync::{LazyLock, Mutex, MutexGuard, Once, PoisonError};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};

use super::super::database::{Backend, OF_TESTS};

/// Stands in a statement of a test that leaves the organisation out on purpose.
pub const ON_PURPOSE: &str = "/* without the organisation on purpose */";

#[derive(Default)]
struct Heard {
    all: BTreeSet<String>,
    unjudged: BTreeSet<String>,
}

fn heard(backend: Backend) -> MutexGuard<'static, Heard> {
    static HEARD: LazyLock<[Mutex<Heard>; 2]> = LazyLock::new(Default::default);
    let heard = match backend {
        Backend::Sqlite => &HEARD[0],
        Backend::Postgres => &HEARD[1],
    };
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Listens on one connection.
#[derive(Default)]
struct Listener {
    /// Which database is a server's. The tests look at all rows through connections of their own: on PostgreSQL these
    /// are never set to an organisation, and on SQLite they write the path differently.
    servers: Option<Backend>,
    /// What was heard before it was known whose the connection is.
    waiting: BTreeSet<String>,
}

impl Instrumentation for Listener {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            // Only SQLite reports it, with the path of the file.
            InstrumentationEvent::StartEstablishConnection { url, .. } => {
                let servers = url.ends_with("/crew.db") && !url.contains(OF_TESTS);
                self.servers = servers.then_some(Backend::Sqlite);
            }
            InstrumentationEvent::StartQuery { query, .. } => self.hear(&query.to_string()),
            _ => {}
        }
    }
}

impl Listener {
    fn hear(&mut self, text: &str) {
        if let Some((_, org)) = text.split_once("SET LOCAL app.org_id = '") {
            if !org.starts_with('\'') {
                self.servers = Some(Backend::Postgres);
            }
        } else {
            let sql = text.split(" -- binds: ").next().unwrap_or_default();
            if is_judged(sql) {
                self.waiting.insert(sql.trim_end().to_owned());
            }
        }
        if let Some(backend) = self.servers {
            let mut heard = heard(backend);
            for sql in std::mem::take(&mut self.waiting) {
                if heard.all.insert(sql.clone()) {
                    heard.unjudged.insert(sql);
                }
            }
        }
    }
}

fn is_judged(sql: &str) -> bool {
    let verbs = ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"];
    let migrates = sql.contains("__diesel_schema_migrations");
    verbs.iter().any(|verb| sql.starts_with(verb)) && !sql.contains(ON_PURPOSE) && !migrates
}

/// Listens on all connections from now on.
pub fn listen() {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| {
        set_default_instrumentation(|| Some(Box::new(Listener::default())))
            .expect("nothing else listens");
    });
}

/// The statements that servers sent until now.
pub fn heard_until_now(backend: Backend) -> BTreeSet<String> {
    heard(backend).all.clone()
}

/// The statements that were heard since the last time.
pub fn unjudged(backend: Backend) -> BTreeSet<String> {
    std::mem::take(&mut heard(backend).unjudged)
}
