//! The binary waits for a database that is only about to start.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::io::{
    AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines, copy_bidirectional,
};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, ChildStderr};
use tokio_postgres::{Client, NoTls};

use super::binary::{BINARY, command};
use super::starting::{Parts, assert_says, free_port, refused};
use crate::support::{Backend, Between, Database, Mode, backends};

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

/// How a PostgreSQL that starts or stops refuses connections, the last one first. It closes one without a word.
const REFUSALS: [&[u8]; 4] = [
    b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0",
    b"",
    b"SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0",
    b"SFATAL\0VFATAL\0C08006\0Mserver conn crashed?\0\0",
];

/// Refuses the first connections, and passes the others on to the real PostgreSQL.
async fn start_slowly(listener: TcpListener, real: String, refusals: Arc<AtomicUsize>) {
    while let Ok((mut client, _)) = listener.accept().await {
        let left = refusals.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
            left.checked_sub(1)
        });
        let Ok(left) = left else {
            let mut server = TcpStream::connect(&real).await.expect("PostgreSQL");
            tokio::spawn(async move { copy_bidirectional(&mut client, &mut server).await });
            continue;
        };
        let length = client.read_u32().await.expect("a length");
        let mut message = vec![0; length as usize - 4];
        client.read_exact(&mut message).await.expect("a start");
        let refusal = REFUSALS[left - 1];
        if !refusal.is_empty() {
            let length = u32::try_from(refusal.len()).expect("short") + 4;
            let answer = [b"E", length.to_be_bytes().as_slice(), refusal].concat();
            client.write_all(&answer).await.expect("a refusal");
        }
    }
}

/// Does as if another server migrated the database, until the client is dropped.
async fn lock_migrations(database: &Database) -> Client {
    let (client, connection) = tokio_postgres::connect(&database.url_of_tests(), NoTls)
        .await
        .expect("PostgreSQL");
    tokio::spawn(connection);
    // The key of src/db/migrate.rs.
    let lock = format!("SELECT pg_advisory_lock({})", 0x636f_756c_6973_i64);
    client.batch_execute(&lock).await.expect("the lock");
    client
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
    let line = server.logs("the database cannot be used yet").await;
    assert_says(&line, &["Connection refused", &format!(":{port}/")]);
    assert!(!line.contains(&parts.password), "{line}");
    let address = format!("127.0.0.1:{port}");
    let listener = TcpListener::bind(address).await.expect("the port");
    let refusals = Arc::new(AtomicUsize::new(REFUSALS.len()));
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
    server.logs("the database cannot be used yet").await;
    let id = server.child.id().and_then(|id| id.try_into().ok());
    let process = id.and_then(Pid::from_raw).expect("a process");
    kill_process(process, Signal::TERM).expect("a signal");
    server
        .logs("stopped before the database could be used")
        .await;
    let status = server.child.wait().await.expect("a status");
    assert_eq!(status.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_that_closes_the_connection_is_told_from_others() {
    let folder = TempDir::new().expect("a folder");
    for left in 2..=REFUSALS.len() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let refusals = Arc::new(AtomicUsize::new(left));
        let postgres = tokio::spawn(start_slowly(listener, String::new(), refusals));
        let url = format!("postgres://crew@127.0.0.1:{port}/crew?sslmode=disable");
        let said = refused(&folder, &url).await;
        assert_says(&said, &["has closed the connection"]);
        postgres.abort();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_waits_for_the_migration_of_another_says_so() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let folder = TempDir::new().expect("a folder");
    let database = Database::empty(Backend::Postgres).await;
    let other = lock_migrations(&database).await;
    let mut server = Starting::on(&folder, &database.url());
    server.logs("another server migrates this database").await;
    drop(other);
    server.logs("GraphQL is at http://").await;
    server.child.kill().await.expect("an end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_connection_breaks_while_it_starts_tries_again() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let folder = TempDir::new().expect("a folder");
    let database = Database::empty(Backend::Postgres).await;
    let other = lock_migrations(&database).await;
    let between = Between::before(&database.url()).await;
    let mut server = Starting::on(&folder, &between.url);
    server.logs("another server migrates this database").await;
    between.set(Mode::Broken);
    server.logs("the database cannot be used yet").await;
    between.set(Mode::Passes);
    drop(other);
    server.logs("GraphQL is at http://").await;
    server.child.kill().await.expect("an end");
}
