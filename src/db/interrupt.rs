//! Ends statements on SQLite that take too long, or that nobody waits for any more.
//!
//! SQLite calls a progress handler again and again while a statement runs, and the handler may end the statement. To
//! install one takes SQLite's own connection, which diesel does not hand out. But SQLite hands each new connection to the
//! functions that are registered for that. A statement runs on the thread that calls it, so the handler finds the
//! statement's limit in a variable of its thread. docs/decisions/ending-statements-on-sqlite.md explains the choice.

#![expect(
    unsafe_code,
    reason = "the functions of SQLite have no safe counterpart for a connection that diesel has opened"
)]

use std::cell::RefCell;
use std::ffi::{c_char, c_int, c_void};
use std::ptr;
use std::sync::Once;
use std::time::{Duration, Instant};

use libsqlite3_sys::{
    SQLITE_OK, sqlite3, sqlite3_api_routines, sqlite3_auto_extension, sqlite3_progress_handler,
};
use tokio_util::sync::CancellationToken;

/// How long a statement may take, as on PostgreSQL (`statement_timeout`).
const MOST: Duration = Duration::from_secs(10);
/// SQLite asks after so many of its instructions: about every millisecond.
const INSTRUCTIONS: c_int = 10_000;

thread_local! {
    /// The limit of the statement that runs on this thread.
    static LIMIT: RefCell<Option<Limit>> = const { RefCell::new(None) };
}

struct Limit {
    until: Instant,
    abandoned: Option<CancellationToken>,
}

impl Limit {
    fn is_reached(&self) -> bool {
        let is_abandoned = self.abandoned.as_ref();
        is_abandoned.is_some_and(CancellationToken::is_cancelled) || Instant::now() >= self.until
    }
}

/// Takes the limit away when a statement ends, also by a panic.
struct Ends;

impl Drop for Ends {
    fn drop(&mut self) {
        LIMIT.set(None);
    }
}

/// Runs a statement. It fails with "interrupted" after 10 s, or soon after nobody waits for it any more.
pub(super) fn limited<T>(
    abandoned: Option<&CancellationToken>,
    statement: impl FnOnce() -> T,
) -> T {
    within(MOST, abandoned, statement)
}

fn within<T>(
    most: Duration,
    abandoned: Option<&CancellationToken>,
    statement: impl FnOnce() -> T,
) -> T {
    LIMIT.set(Some(Limit {
        until: Instant::now() + most,
        abandoned: abandoned.cloned(),
    }));
    let _ends = Ends;
    statement()
}

/// Makes statements on connections that are opened from now on end at their limit.
pub(super) fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: `watch` has the type that SQLite asks for, and it is there as long as the program runs.
        let status = unsafe { sqlite3_auto_extension(Some(watch)) };
        if status != SQLITE_OK {
            tracing::error!(status, "statements on SQLite cannot be limited");
        }
    });
}

/// Called by SQLite for each connection that it has opened.
unsafe extern "C" fn watch(
    connection: *mut sqlite3,
    _: *mut *mut c_char,
    _: *const sqlite3_api_routines,
) -> c_int {
    // SAFETY: SQLite has just opened the connection, and nobody else uses it yet. `ask` does not use its argument.
    unsafe { sqlite3_progress_handler(connection, INSTRUCTIONS, Some(ask), ptr::null_mut()) };
    SQLITE_OK
}

/// Called by SQLite while a statement runs. A result other than 0 ends the statement.
unsafe extern "C" fn ask(_: *mut c_void) -> c_int {
    let reached = LIMIT.try_with(|limit| {
        let limit = limit.try_borrow().ok()?;
        limit.as_ref().map(Limit::is_reached)
    });
    c_int::from(reached.ok().flatten().unwrap_or(false))
}

#[cfg(test)]
mod tests {
    use std::thread;

    use diesel::connection::SimpleConnection;
    use diesel::result::Error as DieselError;
    use diesel::{Connection, SqliteConnection};

    use super::*;

    const ENDLESS: &str =
        "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers)
        SELECT count(*) FROM numbers";

    fn connection() -> SqliteConnection {
        install();
        SqliteConnection::establish(":memory:").expect("a database")
    }

    fn is_interrupted(ended: Result<(), DieselError>) {
        let error = ended.expect_err("an error").to_string();
        assert_eq!(error, "interrupted");
    }

    #[test]
    fn a_statement_ends_after_its_time_and_the_next_one_runs() {
        let mut connection = connection();
        for most in [Duration::ZERO, Duration::from_millis(5)] {
            is_interrupted(within(most, None, || connection.batch_execute(ENDLESS)));
            let next = limited(None, || connection.batch_execute("SELECT 1"));
            assert!(next.is_ok());
        }
        // Without a limit it is not asked for one.
        assert!(LIMIT.take().is_none());
        assert!(connection.batch_execute("SELECT 1").is_ok());
    }

    #[test]
    fn a_statement_ends_when_nobody_waits_for_it() {
        let abandoned = CancellationToken::new();
        let other = abandoned.clone();
        thread::scope(|scope| {
            scope.spawn(move || other.cancel());
            is_interrupted(limited(Some(&abandoned), || {
                connection().batch_execute(ENDLESS)
            }));
        });
    }

    #[test]
    fn a_write_that_ends_leaves_nothing_behind() {
        let mut connection = connection();
        let begin = "CREATE TABLE t (n INTEGER); BEGIN; INSERT INTO t VALUES (0)";
        connection.batch_execute(begin).expect("a transaction");
        let endless = ENDLESS.replace("SELECT count(*)", "INSERT INTO t SELECT n");
        is_interrupted(within(Duration::ZERO, None, || {
            connection.batch_execute(&endless)
        }));
        // SQLite has rolled back by itself.
        let error = connection.batch_execute("ROLLBACK").expect_err("an error");
        assert!(error.to_string().contains("no transaction is active"));
    }
}
