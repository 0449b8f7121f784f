//! What the binary says when its database cannot be used, and that it waits for one that is only about to start.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::process::{Pid, Signal, getuid, kill_process};
use tempfile::TempDir;
use tokio::io::{
    AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines, copy_bidirectional,
};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, ChildStderr};

use super::binary::{BINARY, command, output, text};
use crate::support::{Backend, Database, backends};

/// What `migrate` says about a database that it must not wait for.
async fn refused(folder: &TempDir, url: &str) -> String {
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

fn assert_says(said: &str, parts: &[&str]) {
    for part in parts {
        assert!(said.contains(part), "{part} is missing in: {said}");
    }
}

/// A port on which nobody listens.
async fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    listener.local_addr().expect("an address").port()
}

/// A URL of PostgreSQL with another part in the place of one.
struct Parts {
    user: String,
    password: String,
    address: String,
    name: String,
    parameters: String,
}

impl Parts {
    fn of(url: &str) -> Self {
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

    fn url(&self) -> String {
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
    let said = refused(
        &folder,
        "postgres://crew@db.invalid/crew?password=hunter2&user=ada",
    )
    .await;
    assert!(!said.contains("hunter2"), "{said}");
    assert_says(
        &said,
        &[
            "db.invalid:5432",
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
        &[&path("text"), "file is not a database", "something else"],
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

/// The binary while it starts.
struct Starting {
    child: Child,
    log: Lines<BufReader<ChildStderr>>,
}

impl Starting {
    fn on(folder: &TempDir, url: &str) -> Self {
        let mut child = command(BINARY, folder)
            .env("DATABASE_URL", url)
            .env("PORT", "0")
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary");
        let log = BufReader::new(child.stderr.take().expect("its log")).lines();
        Self { child, log }
    }

    /// Waits for a line of the log.
    async fn logs(&mut self, words: &str) -> String {
        loop {
            let line = self.log.next_line().await.expect("a log");
            let line = line.unwrap_or_else(|| panic!("it ended without {words:?}"));
            if line.contains(words) {
                return line;
            }
        }
    }
}

/// Refuses the first connections as a PostgreSQL that starts does, and passes the others on to the real one.
async fn start_slowly(listener: TcpListener, real: String, refusals: Arc<AtomicU32>) {
    const STARTING: &[u8] = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0";
    while let Ok((mut client, _)) = listener.accept().await {
        let left = refusals.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
            left.checked_sub(1)
        });
        if left.is_err() {
            let mut server = TcpStream::connect(&real).await.expect("PostgreSQL");
            tokio::spawn(async move { copy_bidirectional(&mut client, &mut server).await });
            continue;
        }
        let length = client.read_u32().await.expect("a length");
        let mut message = vec![0; length as usize - 4];
        client.read_exact(&mut message).await.expect("a start");
        let length = u32::try_from(STARTING.len()).expect("short") + 4;
        let answer = [b"E", length.to_be_bytes().as_slice(), STARTING].concat();
        client.write_all(&answer).await.expect("a refusal");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_waits_for_its_database() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let folder = TempDir::new().expect("a folder");
    let database = Database::empty(Backend::Postgres).await;
    let mut parts = Parts::of(&database.url());
    let port = free_port().await;
    let real = std::mem::replace(&mut parts.address, format!("127.0.0.1:{port}"));
    let mut server = Starting::on(&folder, &parts.url());
    let line = server.logs("waiting for the database").await;
    assert_says(&line, &["Connection refused", &format!(":{port}/")]);
    assert!(!line.contains(&parts.password), "{line}");
    let address = format!("127.0.0.1:{port}");
    let listener = TcpListener::bind(address).await.expect("the port");
    let refusals = Arc::new(AtomicU32::new(2));
    let postgres = tokio::spawn(start_slowly(listener, real, Arc::clone(&refusals)));
    server.logs("GraphQL is at http://").await;
    assert_eq!(refusals.load(Ordering::SeqCst), 0);
    server.child.kill().await.expect("an end");
    postgres.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_waits_for_its_database_ends_at_a_signal() {
    let folder = TempDir::new().expect("a folder");
    let port = free_port().await;
    let mut server = Starting::on(&folder, &format!("postgres://crew@127.0.0.1:{port}/crew"));
    server.logs("waiting for the database").await;
    let id = server.child.id().and_then(|id| id.try_into().ok());
    let process = id.and_then(Pid::from_raw).expect("a process");
    kill_process(process, Signal::TERM).expect("a signal");
    server
        .logs("stopped before the database could be used")
        .await;
    let status = server.child.wait().await.expect("a status");
    assert_eq!(status.code(), Some(1));
}
