//! TLS to PostgreSQL.

use std::path::PathBuf;
use std::task::Poll;

use coulisses_crew::clock::Random;
use coulisses_crew::db::{Conn, Db, DbUrl, PoolSettings, Scope, open};
use coulisses_crew::workers::Workers;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{Backend, Database, Need, has, variable};

#[derive(QueryableByName)]
struct IsEncrypted {
    #[diesel(sql_type = Bool)]
    ssl: bool,
}

#[derive(QueryableByName)]
struct Sleeping {
    #[diesel(sql_type = BigInt)]
    statements: i64,
}

/// The URL of a database with another host and these parameters about TLS, for a role that sees what connections do.
fn url(database: &Database, host: &str, parameters: &str) -> String {
    let url = database
        .url_of_tests()
        .replace("@127.0.0.1:", &format!("@{host}:"));
    url.replace("sslmode=disable", parameters)
}

/// `sslrootcert` with a certificate that the script has made.
fn root(name: &str) -> String {
    let folder = PathBuf::from(variable("TEST_DATABASE_TLS").expect("a folder"));
    format!("sslrootcert={}", folder.join(name).display())
}

fn pool(url: &str) -> Result<Db, String> {
    let settings = PoolSettings {
        postgres_connections: 2,
        sqlite_readers: 1,
        wait: std::time::Duration::from_secs(10),
    };
    Ok(Db::new(
        &DbUrl::parse(url)?,
        settings,
        Random::Os,
        &Workers::default(),
    )
    .expect("a pool"))
}

/// Whether the connections of a URL are encrypted, or why there are none.
async fn is_encrypted(url: &str) -> Result<bool, String> {
    let opened = open(&DbUrl::parse(url)?, std::time::Duration::ZERO).await;
    opened.map_err(|error| error.to_string())?;
    let own = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let read = async |conn: &mut Conn| conn.one::<_, IsEncrypted>(diesel::sql_query(own)).await;
    let row = pool(url)?.read(read).await.expect("a row");
    Ok(row.ssl)
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_encrypted_as_sslmode_says() {
    if !has(Need::Tls) {
        return;
    }
    let database = Database::empty(Backend::Postgres).await;
    let [authority, other] = ["authority.pem", "other.pem"].map(root);
    for (host, parameters, expected) in [
        ("127.0.0.1", "sslmode=disable".to_owned(), Ok(false)),
        ("127.0.0.1", "sslmode=prefer".to_owned(), Ok(true)),
        ("127.0.0.1", "connect_timeout=5".to_owned(), Ok(true)),
        ("127.0.0.1", "sslmode=require".to_owned(), Ok(true)),
        (
            "127.0.0.1",
            format!("sslmode=require&{authority}"),
            Ok(true),
        ),
        (
            "127.0.0.1",
            format!("sslmode=require&{other}"),
            Err("UnknownIssuer"),
        ),
        (
            "127.0.0.1",
            format!("sslmode=verify-ca&{authority}"),
            Ok(true),
        ),
        (
            "127.0.0.1",
            format!("sslmode=verify-ca&{other}"),
            Err("UnknownIssuer"),
        ),
        (
            "localhost",
            format!("sslmode=verify-full&{authority}"),
            Ok(true),
        ),
        (
            "127.0.0.1",
            format!("sslmode=verify-full&{authority}"),
            Err("not valid for name"),
        ),
        (
            "localhost",
            format!("{other}&sslmode=verify-full"),
            Err("UnknownIssuer"),
        ),
        // No public authority has signed it.
        (
            "localhost",
            "sslmode=verify-full".to_owned(),
            Err("UnknownIssuer"),
        ),
    ] {
        let found = is_encrypted(&url(&database, host, &parameters)).await;
        match (&found, expected) {
            (Ok(found), Ok(expected)) => assert_eq!(*found, expected, "{host} {parameters}"),
            (Err(error), Err(expected)) => {
                assert!(error.contains(expected), "{host} {parameters}: {error}");
                assert!(error.contains("sslrootcert"), "{error}");
            }
            _ => panic!("{host} {parameters}: {found:?}"),
        }
    }
}

/// Answers as a PostgreSQL without TLS does, and passes the rest on to the real one.
async fn without_tls(listener: TcpListener, real: String) {
    while let Ok((mut client, _)) = listener.accept().await {
        let real = real.clone();
        tokio::spawn(async move {
            let mut asks_for_tls = [0; 8];
            client
                .read_exact(&mut asks_for_tls)
                .await
                .expect("a request");
            client.write_all(b"N").await.expect("an answer");
            let mut server = TcpStream::connect(real).await.expect("PostgreSQL");
            // It ends as either side likes.
            let _ = copy_bidirectional(&mut client, &mut server).await;
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_without_tls_is_refused_if_tls_is_required() {
    if !has(Need::Tls) {
        return;
    }
    let database = Database::empty(Backend::Postgres).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let plain = listener.local_addr().expect("an address").to_string();
    let real = database.url();
    let (_, real) = real.split_once('@').expect("an address");
    let (real, _) = real.split_once('/').expect("an address");
    tokio::spawn(without_tls(listener, real.to_owned()));
    let url = |parameters| url(&database, "127.0.0.1", parameters).replace(real, &plain);
    assert_eq!(is_encrypted(&url("sslmode=prefer")).await, Ok(false));
    let refused = is_encrypted(&url("sslmode=require")).await;
    let error = refused.expect_err("a refusal");
    assert!(error.contains("server does not support TLS"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_is_cancelled_over_tls() {
    if !has(Need::Tls) {
        return;
    }
    let database = Database::new(Backend::Postgres).await;
    let db = pool(&url(&database, "127.0.0.1", "sslmode=require")).expect("a pool");
    let watcher = pool(&database.url_of_tests()).expect("a pool");
    let count = async || {
        let count = "SELECT count(*) AS statements FROM pg_stat_activity
            WHERE datname = current_database() AND state = 'active' AND query LIKE '%pg_sleep(60)::text'";
        let read = async |conn: &mut Conn| conn.one::<_, Sleeping>(diesel::sql_query(count)).await;
        watcher.read(read).await.expect("a count").statements
    };
    let begun = db.snapshot(Scope::default(), async |_| Ok(())).await;
    let (snapshot, ()) = begun.expect("a snapshot");
    {
        let sleep = async |conn: &mut Conn| {
            let sleep = diesel::sql_query("SELECT true AS ssl, pg_sleep(60)::text");
            conn.one::<_, IsEncrypted>(sleep).await.map(|row| row.ssl)
        };
        let mut read = Box::pin(snapshot.read(sleep));
        while count().await == 0 {
            let poll = std::future::poll_fn(|wake| Poll::Ready(read.as_mut().poll(wake)));
            assert!(poll.await.is_pending());
        }
    }
    drop(snapshot);
    // It would end by itself after ten seconds.
    let ends = async {
        while count().await > 0 {
            tokio::task::yield_now().await;
        }
    };
    let ended = tokio::time::timeout(std::time::Duration::from_secs(6), ends).await;
    assert!(ended.is_ok(), "it was not cancelled");
}

#[test]
fn what_is_wrong_about_tls_in_a_url_is_named() {
    let parse = |parameters: &str| {
        let url = format!("postgres://crew:hunter2@localhost/crew?{parameters}");
        let parsed = DbUrl::parse(&url);
        let problem = parsed.map(|_| ()).err().unwrap_or_default();
        assert!(!problem.contains("hunter2"), "{problem}");
        problem
    };
    assert_eq!(parse("sslmode=verify-full&application_name=x"), "");
    assert!(parse("sslmode=allow").contains("verify-full"));
    let missing = parse("sslmode=verify-full&sslrootcert=/no/such%2Bfile.pem");
    assert!(missing.contains("/no/such+file.pem"), "{missing}");
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let empty = parse(&format!("sslrootcert={file}"));
    assert!(empty.contains("without a certificate"), "{empty}");
}
