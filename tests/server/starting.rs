//! What the binary says when its database cannot be used.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use coulisses_crew::db::DbUrl;
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use rustix::process::getuid;
use tempfile::TempDir;
use tokio::net::TcpListener;

use super::binary::{BINARY, command, output, text};
use crate::support::{Backend, Database, backends};

/// What `migrate` says about a database that it must not wait for.
pub(super) async fn refused(folder: &TempDir, url: &str) -> String {
    refused_by(BINARY, folder, url, None).await
}

async fn refused_by(program: &str, folder: &TempDir, url: &str, user: Option<u32>) -> String {
    let mut command = command(program, folder);
    command.arg("migrate").env("DATABASE_URL", url);
    command.env("DATABASE_WAIT_SECONDS", "0");
    if let Some(user) = user {
        command.uid(user);
    }
    let refused = output(command, "").await;
    assert_eq!(refused.status.code(), Some(1), "{}", text(&refused));
    text(&refused)
}

pub(super) fn assert_says(said: &str, parts: &[&str]) {
    for part in parts {
        assert!(said.contains(part), "{part} is missing in: {said}");
    }
}

/// A port on which nobody listens.
pub(super) async fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    listener.local_addr().expect("an address").port()
}

/// A URL of PostgreSQL with another part in the place of one.
pub(super) struct Parts {
    user: String,
    pub(super) password: String,
    pub(super) address: String,
    name: String,
    parameters: String,
}

impl Parts {
    pub(super) fn of(url: &str) -> Self {
        let (_, rest) = url.split_once("://").expect("a URL");
        let (login, rest) = rest.split_once('@').expect("a user");
        let (user, password) = login.split_once(':').expect("a password");
        let (address, rest) = rest.split_once('/').expect("a name");
        let (name, parameters) = rest.split_once('?').unwrap_or((rest, ""));
        Self {
            user: user.into(),
            password: password.into(),
            address: address.into(),
            name: name.into(),
            parameters: parameters.into(),
        }
    }

    pub(super) fn url(&self) -> String {
        format!(
            "postgres://{}:{}@{}/{}?{}",
            self.user, self.password, self.address, self.name, self.parameters
        )
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_that_cannot_be_reached_is_named_with_the_cause_and_what_to_do() {
    let folder = TempDir::new().expect("a folder");
    let port = free_port().await;
    let said = refused(
        &folder,
        &format!("postgres://crew:hunter2@127.0.0.1:{port}/crew"),
    )
    .await;
    assert!(!said.contains("hunter2"), "{said}");
    assert_says(
        &said,
        &[
            &format!("postgres://crew@127.0.0.1:{port}/crew"),
            "error connecting to server: Connection refused",
            "Nothing listens there.",
        ],
    );
    // A label of a name has 63 bytes at most, so no name server is asked for this one.
    let name = "x".repeat(64);
    let said = refused(
        &folder,
        &format!("postgres://crew@{name}/crew?password=hunter2&user=ada"),
    )
    .await;
    assert!(!said.contains("hunter2"), "{said}");
    assert_says(
        &said,
        &[
            &format!("{name}:5432"),
            "failed to lookup address",
            "No name server",
        ],
    );
    let said = refused(&folder, "postgres://crew:hunter2@more@db.invalid/crew").await;
    assert!(
        !said.contains("hunter2") && !said.contains("more"),
        "{said}"
    );
    assert_says(&said, &["DATABASE_URL", "%40"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_that_refuses_the_server_is_named_with_the_cause_and_what_to_do() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let folder = TempDir::new().expect("a folder");
    let database = Database::empty(Backend::Postgres).await;
    let with = |change: &dyn Fn(&mut Parts)| {
        let mut parts = Parts::of(&database.url());
        change(&mut parts);
        parts.url()
    };
    let said = refused(&folder, &with(&|parts| parts.password = "hunter2".into())).await;
    assert!(!said.contains("hunter2"), "{said}");
    assert_says(&said, &["password authentication failed", "DATABASE_URL"]);
    let said = refused(&folder, &with(&|parts| parts.name = "elsewhere".into())).await;
    assert_says(&said, &["\"elsewhere\" does not exist", "CREATE DATABASE"]);
    // A role that may connect and nothing else: the one of all these tests owns another database.
    let made = "CREATE SCHEMA kept; REVOKE CREATE ON SCHEMA public FROM PUBLIC;
        ALTER SCHEMA public OWNER TO CURRENT_USER";
    database.execute(made).await;
    let said = refused(&folder, &database.url()).await;
    assert_says(&said, &["permission denied", "under \"Roles\""]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sqlite_file_that_cannot_be_used_is_named_with_the_cause_and_what_to_do() {
    let folder = TempDir::new().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    fs::write(
        path("text"),
        "This is no database, however long it is. ".repeat(200),
    )
    .expect("a file");
    let said = refused(&folder, "text").await;
    assert_says(
        &said,
        &[
            &path("text"),
            "file is not a database",
            "is not a SQLite database",
        ],
    );
    let said = refused(&folder, "text/below/crew.db").await;
    assert_says(
        &said,
        &[&path("text/below/crew.db"), "Not a directory", "Make it"],
    );
    fs::create_dir(path("below")).expect("a folder");
    let said = refused(&folder, "below").await;
    assert_says(&said, &[&path("below"), "Is a directory", "Name a file"]);
}

/// Root may read and write everything, so the binary runs as somebody else.
#[tokio::test(flavor = "multi_thread")]
async fn a_sqlite_file_that_must_not_be_written_is_named_with_the_cause_and_what_to_do() {
    const NOBODY: u32 = 65_534;
    let folder = TempDir::new().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let allow = |name: &str, mode| {
        let mode = fs::Permissions::from_mode(mode);
        fs::set_permissions(path(name), mode).expect("rights");
    };
    // The folder of the build may be closed to others.
    fs::copy(BINARY, path("program")).expect("a copy");
    allow("", 0o755);
    allow("program", 0o755);
    let program = path("program").display().to_string();
    let user = getuid().is_root().then_some(NOBODY);
    fs::create_dir(path("closed")).expect("a folder");
    fs::write(path("closed/crew.db"), "").expect("a file");
    allow("closed/crew.db", 0o444);
    allow("closed", 0o555);
    for (url, advice) in [
        ("closed/crew.db", "to read and write the file"),
        ("closed/new.db", "to read and write the file"),
        (
            "closed/below/crew.db",
            "The folder of the file does not exist",
        ),
    ] {
        let said = refused_by(&program, &folder, url, user).await;
        let whole = path(url).display().to_string();
        assert_says(&said, &[&whole, "Permission denied", advice]);
    }
    // The file may be written, but no other file beside it.
    allow("closed", 0o755);
    allow("closed/crew.db", 0o666);
    allow("closed", 0o555);
    let said = refused_by(&program, &folder, "closed/crew.db", user).await;
    assert_says(&said, &["The user that runs the server"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_older_than_the_database_says_so_and_works_on_postgresql_only() {
    for backend in backends() {
        let folder = TempDir::new().expect("a folder");
        let database = Database::new(backend).await;
        let later = "INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')";
        match DbUrl::parse(&database.url()).expect("a URL") {
            DbUrl::Postgres(_) => database.execute(later).await,
            DbUrl::Sqlite(path) => {
                let mut conn =
                    SqliteConnection::establish(&path.to_string_lossy()).expect("SQLite");
                conn.batch_execute(later).expect("a version");
            }
        }
        let mut migrate = command(BINARY, &folder);
        migrate.arg("migrate").env("DATABASE_URL", database.url());
        let done = output(migrate, "").await;
        let said = text(&done);
        // Servers on PostgreSQL are replaced one by one, so an old one may start again.
        assert_eq!(
            done.status.success(),
            backend == Backend::Postgres,
            "{said}"
        );
        let parts = ["29990101000000", "a newer version of this program"];
        assert_says(&said, &parts);
        assert_eq!(said.matches("29990101000000").count(), 1, "{said}");
    }
}
