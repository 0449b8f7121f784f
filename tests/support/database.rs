//! Databases for one test each: copies of a template that is migrated once.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use coulisses_crew::db::{DbUrl, migrate};
use tempfile::TempDir;
use tokio::sync::OnceCell;
use tokio_postgres::NoTls;

use super::statements::{Stock, judge, listen};
use super::{Need, has, variable};

/// Owns the tests' databases and cannot bypass row-level security, as the documentation asks of a server's role.
const ROLE: &str = "crew_test_server";

/// Ends the path of a SQLite file as the tests' own connections write it.
pub const OF_TESTS: &str = "/./crew.db";

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// The databases to test on. PostgreSQL is left out where there is none.
pub fn backends() -> Vec<Backend> {
    // Asked once: it would be said by each test.
    static POSTGRES: LazyLock<bool> = LazyLock::new(|| has(Need::Postgres));
    if *POSTGRES {
        vec![Backend::Sqlite, Backend::Postgres]
    } else {
        vec![Backend::Sqlite]
    }
}

/// The server's address, which the script hands over.
fn server() -> String {
    variable("TEST_DATABASE_URL").expect("TEST_DATABASE_URL")
}

/// A database that goes away with the test.
pub enum Database {
    Sqlite(TempDir),
    Postgres { name: String },
}

impl Database {
    /// An up-to-date database.
    pub async fn new(backend: Backend) -> Self {
        listen();
        match backend {
            Backend::Sqlite => {
                let folder = TempDir::new().expect("a temporary folder");
                std::fs::write(folder.path().join("crew.db"), sqlite_template().await)
                    .expect("a copy of the template");
                Self::Sqlite(folder)
            }
            Backend::Postgres => {
                let name = unique("crew_test");
                let template = postgres_template().await;
                execute(&format!(
                    "CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY OWNER {ROLE}"
                ))
                .await;
                Self::Postgres { name }
            }
        }
    }

    /// A database without a table.
    pub async fn empty(backend: Backend) -> Self {
        match backend {
            Backend::Sqlite => Self::Sqlite(TempDir::new().expect("a temporary folder")),
            Backend::Postgres => Self::postgres("").await,
        }
    }

    /// An empty one of PostgreSQL's, made with these options.
    pub async fn postgres(options: &str) -> Self {
        let name = unique("crew_empty");
        create_owned(&name, options).await;
        Self::Postgres { name }
    }

    fn backend(&self) -> Backend {
        match self {
            Self::Sqlite(_) => Backend::Sqlite,
            Self::Postgres { .. } => Backend::Postgres,
        }
    }

    pub fn url(&self) -> String {
        match self {
            Self::Sqlite(folder) => {
                format!("sqlite:///{}", folder.path().join("crew.db").display())
            }
            Self::Postgres { name } => url_of(name),
        }
    }

    /// Runs statements on one of PostgreSQL's as a superuser.
    pub async fn execute(&self, sql: &str) {
        execute_at(&self.url_of_tests(), sql).await;
    }

    /// The URL for the tests themselves. PostgreSQL's policies do not hold them, and who listens to the statements can
    /// tell theirs from a server's.
    pub fn url_of_tests(&self) -> String {
        match self {
            Self::Sqlite(_) => self.url().replace("/crew.db", OF_TESTS),
            Self::Postgres { name } => superuser_url_of(name),
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let wrong = tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(async {
                if let Self::Postgres { name } = self {
                    execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
                }
                judge(self.backend()).await
            })
        });
        // A test that fails already says why.
        assert!(wrong.is_empty() || std::thread::panicking(), "{wrong}");
    }
}

/// A database of PostgreSQL to ask for plans, with 200,000 assignments of 20 organisations. Made once.
pub async fn judges_url() -> String {
    static MADE: OnceCell<String> = OnceCell::const_new();
    let url = MADE.get_or_init(async || {
        let (name, template) = (unique("crew_judge"), postgres_template().await);
        execute(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        let url = superuser_url_of(&name);
        Stock::FOR_PLANS.fill(&url).await;
        url
    });
    url.await.clone()
}

/// A database of SQLite to ask for plans, without a row.
pub async fn judges_file() -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    std::fs::write(folder.path().join("judge.db"), sqlite_template().await)
        .expect("a copy of the template");
    folder
}

fn unique(prefix: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let next = NEXT.fetch_add(1, Ordering::SeqCst);
    format!("{prefix}_{}_{next}", std::process::id())
}

async fn sqlite_template() -> &'static [u8] {
    static TEMPLATE: OnceCell<Vec<u8>> = OnceCell::const_new();
    let template = TEMPLATE.get_or_init(async || {
        let folder = TempDir::new().expect("a temporary folder");
        let path = folder.path().join("template.db");
        migrate::run(&DbUrl::Sqlite(path.clone()))
            .await
            .expect("migrations");
        std::fs::read(path).expect("the template")
    });
    template.await
}

async fn postgres_template() -> &'static str {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    let template = TEMPLATE.get_or_init(async || {
        let name = unique("crew_template");
        create_owned(&name, "").await;
        migrate::run(&DbUrl::parse(&url_of(&name)).expect("a URL"))
            .await
            .expect("migrations");
        name
    });
    template.await
}

/// Makes an empty database and, once, its owner.
async fn create_owned(name: &str, options: &str) {
    static OWNER: OnceCell<()> = OnceCell::const_new();
    let create = format!(
        "DO $$ BEGIN CREATE ROLE {ROLE} NOSUPERUSER NOBYPASSRLS; \
         EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
    );
    OWNER.get_or_init(async || execute(&create).await).await;
    execute(&format!(
        "CREATE DATABASE {name} TEMPLATE template0 OWNER {ROLE} {options}"
    ))
    .await;
}

/// A database as the application sees it.
fn url_of(name: &str) -> String {
    let url = superuser_url_of(name);
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}options=-c%20role%3D{ROLE}")
}

/// The server's URL with another database.
fn superuser_url_of(name: &str) -> String {
    let server = server();
    let (base, parameters) = match server.split_once('?') {
        Some((base, parameters)) => (base.to_owned(), format!("?{parameters}")),
        None => (server, String::new()),
    };
    let (authority, _) = base.rsplit_once('/').expect("postgres://host/name");
    format!("{authority}/{name}{parameters}")
}

async fn execute(sql: &str) {
    execute_at(&server(), sql).await;
}

async fn execute_at(url: &str, sql: &str) {
    let (client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .expect("PostgreSQL");
    let connection = tokio::spawn(connection);
    client.batch_execute(sql).await.expect("administration");
    drop(client);
    let _ = connection.await;
}
