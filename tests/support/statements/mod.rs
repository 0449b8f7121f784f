//! Every statement that a server of the tests sends, judged by its plan. Whatever reads an organisation's table names
//! the organisation as a value and finds the rows by an index that begins with it: such a statement can be sent to one
//! machine of several, and it reads no other organisation's rows. No statement sorts more than a page.
//!
//! diesel reports each statement before it runs. Each is judged once, when the next database of a test goes away. All
//! tests run in one process that may end after any of them, so nothing comes after the last one. But the database of a
//! test goes away after its statements, so that none is left over, and a test fails for a statement that it or a test
//! beside it ran.

mod exceptions;
mod heard;
mod postgres;
mod sqlite;
mod stock;

use std::fmt::Write as _;

pub use heard::{ON_PURPOSE, heard_until_now, listen};
pub use postgres::Judge as PostgresJudge;
pub use sqlite::Judge as SqliteJudge;
pub use stock::Stock;

use super::database::{Backend, judges_file, judges_url};

/// What is wrong with the statements that were heard since the last time, one line for each.
pub async fn judge(backend: Backend) -> String {
    let new = heard::unjudged(backend);
    let mut wrong = String::new();
    if new.is_empty() {
        return wrong;
    }
    let findings = match backend {
        Backend::Sqlite => SqliteJudge::new(judges_file().await).all(&new),
        Backend::Postgres => {
            PostgresJudge::new(&judges_url().await)
                .await
                .all(&new)
                .await
        }
    };
    for (sql, what) in findings {
        writeln!(wrong, "{what}: {sql}").expect("text");
    }
    wrong
}
