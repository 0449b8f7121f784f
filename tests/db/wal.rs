//! The write-ahead log of SQLite stays short, whoever reads meanwhile.

use std::path::{Path, PathBuf};

use coulisses_crew::db::{Conn, DbUrl};
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection, sql_query};
use tokio_util::sync::CancellationToken;

use crate::support::{Backend, ON_PURPOSE, TestApp, WAITS_AS_IN_PRODUCTION, logged};

const MIB: u64 = 1024 * 1024;
/// What one of the writes below adds to the log.
const WRITE: u64 = 4 * MIB;
/// The log is emptied from this size on, if no read takes long.
const LIMIT: u64 = 16 * MIB;
/// From this size on it is emptied when all reads have ended, however long they take.
const MOST: u64 = 64 * MIB;
/// The write that makes it so long, and what the log has besides the pages.
const MORE: u64 = WRITE + MIB;

async fn database() -> (TestApp, PathBuf) {
    let app = TestApp::with(Backend::Sqlite, &[]).await;
    let DbUrl::Sqlite(path) = DbUrl::parse(&app.database_url()).expect("a URL") else {
        unreachable!("these tests are about SQLite")
    };
    run(&app, "CREATE TABLE filler (bytes BLOB NOT NULL)").await;
    (app, path)
}

async fn run(app: &TestApp, statement: &str) {
    let run = async |conn: &mut Conn| conn.execute(sql_query(statement)).await;
    app.db.write(run).await.expect(statement);
}

async fn write(app: &TestApp) {
    run(
        app,
        &format!("INSERT INTO filler VALUES (zeroblob({WRITE})) {ON_PURPOSE}"),
    )
    .await;
}

fn log_of(path: &Path) -> u64 {
    let log = format!("{}-wal", path.display());
    std::fs::metadata(log).expect("the log").len()
}

fn connect(path: &Path) -> SqliteConnection {
    SqliteConnection::establish(&path.to_string_lossy()).expect("the database")
}

/// A connection that has begun to read.
fn reading(path: &Path) -> SqliteConnection {
    let mut conn = connect(path);
    conn.batch_execute("BEGIN; SELECT count(*) FROM filler")
        .expect("a read");
    conn
}

/// One read after the other that takes longer than a write.
fn read_until(stopped: &CancellationToken, path: &Path) {
    let mut conn = connect(path);
    while !stopped.is_cancelled() {
        conn.batch_execute(
            "WITH RECURSIVE numbers (n) AS (SELECT count(*) FROM filler UNION ALL SELECT n + 1 FROM numbers LIMIT 100000)
             SELECT max(n) FROM numbers",
        )
        .expect("a read");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_stays_short_while_reads_overlap_without_a_gap() {
    let (app, path) = database().await;
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    std::thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| read_until(&stopped, &path));
        }
        // Also after a panic, or the other threads would go on for ever.
        let _stop = stop.drop_guard();
        tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(async {
                for _ in 0..20 {
                    write(&app).await;
                    assert!(log_of(&path) < MOST + MORE, "{}", log_of(&path));
                }
            });
        });
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_that_does_not_end_keeps_the_log_and_nobody_from_writing() {
    let (app, path) = database().await;
    let server = app.beside(&[WAITS_AS_IN_PRODUCTION]);
    let reader = reading(&path);
    let log = logged(async {
        for _ in 0..5 {
            tokio::join!(write(&server), write(&server));
        }
    });
    let log = Box::pin(log).await;
    // From 16 and from 32 MiB on.
    assert_eq!(log.matches("could not be emptied").count(), 2, "{log}");
    assert!(log_of(&path) > 10 * WRITE, "{}", log_of(&path));
    drop(reader);
    for _ in 0..4 {
        write(&server).await;
    }
    assert!(log_of(&path) < LIMIT + MORE, "{}", log_of(&path));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_of_a_database_behind_a_link_is_found() {
    let (app, path) = database().await;
    let link = path.with_file_name("link.db");
    std::os::unix::fs::symlink(&path, &link).expect("a link");
    let url = format!("sqlite:///{}", link.display());
    let server = app.beside(&[("DATABASE_URL", &url)]);
    let _reader = reading(&path);
    let log = logged(async {
        for _ in 0..5 {
            write(&server).await;
        }
    });
    let log = Box::pin(log).await;
    assert_eq!(log.matches("could not be emptied").count(), 1, "{log}");
}
