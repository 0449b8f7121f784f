//! `coulisses-crew transfer` as a process: killed in the middle, and what it prints.

use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

use super::binary::{BINARY, command, run, text};
use crate::support::{Backend, Database, Need, has};

/// Lets a transfer wait in the middle, as long as somebody else holds the lock.
const WAITS: &str = "
    CREATE FUNCTION waits() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM pg_advisory_xact_lock(14); RETURN NEW;
    END $$;
    CREATE TRIGGER waits BEFORE INSERT ON projects FOR EACH ROW EXECUTE FUNCTION waits()";

async fn connect(database: &Database) -> Client {
    let (client, connection) = tokio_postgres::connect(&database.url_of_tests(), NoTls)
        .await
        .expect("PostgreSQL");
    tokio::spawn(connection);
    client
}

async fn count(client: &Client, query: &str) -> i64 {
    let row = client.query_one(query, &[]).await;
    row.expect("a count").get(0)
}

/// A demo in the folder's SQLite file.
async fn seed(folder: &TempDir) {
    let made = run(folder, &["seed-demo"], "").await;
    assert!(made.status.success(), "{}", text(&made));
}

fn arguments(database: &Database) -> Vec<String> {
    let from = "sqlite:///./coulisses-crew.db".to_owned();
    vec![
        "transfer".into(),
        "--from".into(),
        from,
        "--to".into(),
        database.url(),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_that_is_killed_leaves_nothing_and_can_be_repeated() {
    if !has(Need::Postgres) {
        return;
    }
    let folder = TempDir::new().expect("a folder");
    seed(&folder).await;
    let database = Database::new(Backend::Postgres).await;
    let client = connect(&database).await;
    client.batch_execute(WAITS).await.expect("a trigger");
    let hold = "SELECT pg_advisory_lock(14)";
    client.batch_execute(hold).await.expect("a lock");
    let mut transfer = command(BINARY, &folder);
    let mut child = transfer
        .args(arguments(&database))
        .spawn()
        .expect("the binary");
    let waiting =
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 14 AND NOT granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    while count(&client, waiting).await == 0 {
        let ended = child.try_wait().expect("a status");
        assert!(ended.is_none(), "{ended:?}");
    }
    // SIGKILL.
    child.kill().await.expect("a signal");
    client
        .batch_execute("SELECT pg_advisory_unlock(14)")
        .await
        .expect("no lock");
    let again = run(&folder, &as_strs(&arguments(&database)), "").await;
    // It would be refused if something had stayed.
    assert!(again.status.success(), "{}", text(&again));
    assert!(
        text(&again).contains("checksums of all tables agree"),
        "{}",
        text(&again)
    );
    assert_eq!(count(&client, "SELECT count(*) FROM orgs").await, 1);
    assert_eq!(count(&client, "SELECT count(*) FROM users").await, 60);
}

fn as_strs(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_refuses_it_explains_without_the_password() {
    let folder = TempDir::new().expect("a folder");
    seed(&folder).await;
    let from = "sqlite:///./coulisses-crew.db";
    for (from, to, words) in [
        (from, "postgres://crew:hush@127.0.0.1:1/crew", "in --to"),
        (
            from,
            "postgres://crew:hu@sh@127.0.0.1:1/crew",
            "--to contains an @",
        ),
        (
            from,
            "mysql://crew:hush@127.0.0.1:1/crew",
            "--to is neither",
        ),
        (from, from, "--to must be a PostgreSQL database"),
        (
            "postgres://crew:hush@127.0.0.1:1/crew",
            from,
            "--from must be a SQLite file",
        ),
        (
            "sqlite:///./hush.db",
            "postgres://crew:hush@127.0.0.1:1/crew",
            "there is no database at",
        ),
    ] {
        let mut transfer = command(BINARY, &folder);
        transfer
            .args(["transfer", "--from", from, "--to", to])
            .env("DATABASE_WAIT_SECONDS", "0");
        let refused = super::binary::output(transfer, "").await;
        let said = text(&refused);
        assert_eq!(refused.status.code(), Some(1), "{said}");
        assert!(said.contains(words), "{words}: {said}");
        assert!(!said.replace("hush.db", "").contains("hush"), "{said}");
    }
    assert!(!folder.path().join("hush.db").exists());
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn it_warns_of_a_server_that_has_the_source_open() {
    const WARNING: &str = "another program has the source open";
    if !has(Need::Postgres) {
        return;
    }
    let folder = TempDir::new().expect("a folder");
    seed(&folder).await;
    let transfer = async || {
        let database = Database::new(Backend::Postgres).await;
        let done = run(&folder, &as_strs(&arguments(&database)), "").await;
        assert!(done.status.success(), "{}", text(&done));
        text(&done)
    };
    let said = transfer().await;
    assert!(!said.contains(WARNING), "{said}");
    let server = super::program::Server::start(&folder, &[]).await;
    let said = transfer().await;
    assert!(said.contains(WARNING), "{said}");
    drop(server);
}
