//! Plans of SQLite. It plans by the statistics that a migration writes, and nothing else writes any. So an empty
//! database shows the very plan that a full one runs.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::Text;
use tempfile::TempDir;

use super::exceptions::{SORTING, WHOLE_ORGANISATION, WITHOUT_ORGANISATION, is_excused};

/// What follows `SCAN` if it is no table: what a subquery has found, and the rows to insert.
const NO_TABLE: [&str; 4] = [
    "(subquery-",
    "numbered",
    "CONSTANT ROW",
    "-ROW VALUES CLAUSE",
];

const TABLES: &str = "SELECT name AS detail FROM sqlite_schema WHERE type = 'table'";

/// Tables of organisations: those with a column `org_id` that is never null.
const TENANTS: &str = "
    SELECT m.name AS detail FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c
    WHERE m.type = 'table' AND c.name = 'org_id' AND c.\"notnull\" = 1";

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    detail: String,
}

/// Looks at plans.
pub struct Judge {
    conn: SqliteConnection,
    /// The tables that belong to organisations.
    pub tenants: BTreeSet<String>,
    /// The tables that belong to no organisation. What a plan names otherwise may be a table's alias.
    of_nobody: BTreeSet<String>,
    _folder: TempDir,
}

impl Judge {
    /// Judges by the schema of the database in this folder.
    pub fn new(folder: TempDir) -> Self {
        let file = folder.path().join("judge.db");
        let mut conn = SqliteConnection::establish(&file.to_string_lossy()).expect("the template");
        let mut names = |sql: &str| -> BTreeSet<String> {
            let rows: Vec<Line> = diesel::sql_query(sql).load(&mut conn).expect("tables");
            rows.into_iter().map(|row| row.detail).collect()
        };
        let tenants = names(TENANTS);
        assert!(tenants.len() > 10, "{tenants:?}");
        let of_nobody = &names(TABLES) - &tenants;
        Self {
            conn,
            tenants,
            of_nobody,
            _folder: folder,
        }
    }

    /// What is wrong with statements.
    pub fn all(&mut self, statements: &BTreeSet<String>) -> Vec<(String, String)> {
        let mut wrong = Vec::new();
        for sql in statements {
            wrong.extend(
                self.findings(sql)
                    .into_iter()
                    .map(|what| (sql.clone(), what)),
            );
        }
        wrong
    }

    /// What is wrong with a statement.
    pub fn findings(&mut self, sql: &str) -> Vec<String> {
        match self.steps(sql) {
            Ok(steps) => steps
                .iter()
                .filter_map(|step| self.finding(sql, step))
                .collect(),
            Err(error) => vec![format!("has no plan ({error})")],
        }
    }

    /// The steps of a statement's plan.
    pub fn steps(&mut self, sql: &str) -> QueryResult<Vec<String>> {
        let explained = diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}"));
        let plan: Vec<Line> = explained.load(&mut self.conn)?;
        Ok(plan.into_iter().map(|line| line.detail).collect())
    }

    fn finding(&self, sql: &str, step: &str) -> Option<String> {
        let words: Vec<&str> = step.split(' ').collect();
        let wrong = match words[..] {
            ["SCAN", ..] => !NO_TABLE.iter().any(|known| step.contains(known)),
            ["SEARCH", what, ..] => {
                let by_organisation = step.contains("(org_id=?") || step.contains(" AND org_id=?");
                let excused = is_excused(&WITHOUT_ORGANISATION, sql);
                let free = self.of_nobody.contains(what) || by_organisation || excused;
                let whole = step.ends_with("(org_id=?)") && !is_excused(&WHOLE_ORGANISATION, sql);
                step.contains("AUTOMATIC") || !free || whole
            }
            ["USE", "TEMP", "B-TREE", ..] => !is_excused(&SORTING, sql),
            _ => false,
        };
        wrong.then(|| step.to_owned())
    }
}
