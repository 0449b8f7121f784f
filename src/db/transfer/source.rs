//! The SQLite file: read in one transaction, and never written.

use std::path::Path;

use diesel::connection::{DefaultLoadingMode, SimpleConnection};
use diesel::prelude::*;
use diesel::row::{Field, NamedRow};
use diesel::sql_types::{BigInt, Text};
use diesel::sqlite::{Sqlite, SqliteType};
use diesel::{Connection, QueryResult, deserialize, sql_query};

use super::NoTransfer;
use super::tables::{SqliteTables, Table, quoted};
use super::value::Value;
use crate::db::migrate::versions_of_sqlite;

/// A row of any table.
struct Row(Vec<Value>);

impl QueryableByName<Sqlite> for Row {
    fn build<'a>(row: &impl NamedRow<'a, Sqlite>) -> deserialize::Result<Self> {
        let value = |number: usize| {
            let field = diesel::row::Row::get(row, number).ok_or("a row is too short")?;
            let Some(mut value) = field.value() else {
                return Ok(Value::Null);
            };
            match value.value_type() {
                Some(SqliteType::Binary) => Ok(Value::Bytes(value.read_blob().to_owned())),
                Some(SqliteType::Long) => Ok(Value::Integer(value.read_long())),
                other => Err(format!("a column holds {other:?}").into()),
            }
        };
        (0..row.field_count())
            .map(value)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[derive(QueryableByName)]
struct KeyPart {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    part: String,
    #[diesel(sql_type = BigInt)]
    is_key: i64,
}

/// A SQLite file as it was at one moment.
pub(super) struct Source {
    conn: SqliteConnection,
    /// Changes when another connection writes.
    version: i64,
}

impl Source {
    /// Opens the file, and begins to read it.
    ///
    /// # Errors
    /// If it is not a database with exactly the migrations of this program.
    pub(super) fn open(path: &Path) -> Result<Self, NoTransfer> {
        if !path.is_file() {
            return Err(NoTransfer::NoSource(path.to_owned()));
        }
        let unread = |cause| NoTransfer::Unread {
            file: path.to_owned(),
            cause,
        };
        let mut conn = SqliteConnection::establish(&path.to_string_lossy())?;
        let ready = conn.batch_execute("PRAGMA busy_timeout = 5000; PRAGMA query_only = ON");
        ready.map_err(unread)?;
        let version = number(
            &mut conn,
            "SELECT data_version AS number FROM pragma_data_version",
        );
        let version = version.map_err(unread)?;
        conn.batch_execute("BEGIN").map_err(unread)?;
        let applied = "SELECT version AS line FROM __diesel_schema_migrations ORDER BY version";
        let applied = sql_query(applied).load::<Line>(&mut conn).map_err(unread)?;
        let applied: Vec<String> = applied.into_iter().map(|row| row.line).collect();
        compare(path, &applied)?;
        Ok(Self { conn, version })
    }

    /// The tables, apart from those of SQLite and of the migrations.
    pub(super) fn tables(&mut self) -> Result<SqliteTables, NoTransfer> {
        let columns = "
            SELECT m.name, c.name AS part, c.pk AS is_key
            FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c
            WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
                  AND m.name <> '__diesel_schema_migrations'";
        let found: Vec<KeyPart> = sql_query(columns).load(&mut self.conn)?;
        let mut tables = SqliteTables::new();
        for row in found {
            let table = tables.entry(row.name).or_default();
            table.insert(row.part, row.is_key > 0);
        }
        Ok(tables)
    }

    /// How many rows a table has.
    pub(super) fn count(&mut self, table: &Table) -> Result<u64, NoTransfer> {
        let name = quoted(&table.name);
        let count = number(
            &mut self.conn,
            &format!("SELECT count(*) AS number FROM {name}"),
        )?;
        Ok(count.try_into().unwrap_or_default())
    }

    /// Gives each row of a table away.
    pub(super) fn rows(
        &mut self,
        table: &Table,
        mut each: impl FnMut(Vec<Value>) -> Result<(), NoTransfer>,
    ) -> Result<(), NoTransfer> {
        let select = sql_query(select(table));
        for row in select.load_iter::<Row, DefaultLoadingMode>(&mut self.conn)? {
            each(row?.0)?;
        }
        Ok(())
    }

    /// The row that [`Self::rows`] gives away as this one, counted from 1.
    pub(super) fn row(&mut self, table: &Table, number: u64) -> QueryResult<Option<Vec<Value>>> {
        let before = number.saturating_sub(1);
        let one = sql_query(format!("{} LIMIT 1 OFFSET {before}", select(table)));
        let row = one.get_result::<Row>(&mut self.conn).optional()?;
        Ok(row.map(|row| row.0))
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// If somebody has written to the file since it was opened.
    pub(super) fn close(mut self) -> Result<(), NoTransfer> {
        self.conn.batch_execute("COMMIT")?;
        let version = number(
            &mut self.conn,
            "SELECT data_version AS number FROM pragma_data_version",
        )?;
        match version == self.version {
            true => Ok(()),
            false => Err(NoTransfer::Written),
        }
    }
}

fn select(table: &Table) -> String {
    let columns = table.list(|column, name| column.kind.read_from_sqlite(&name));
    // In one order, in which a row is found again by its number.
    format!(
        "SELECT {columns} FROM {} ORDER BY rowid",
        quoted(&table.name)
    )
}

fn number(conn: &mut SqliteConnection, query: &str) -> QueryResult<i64> {
    sql_query(query)
        .get_result::<Number>(conn)
        .map(|row| row.number)
}

fn compare(path: &Path, applied: &[String]) -> Result<(), NoTransfer> {
    let known = versions_of_sqlite();
    let newer: Vec<_> = applied
        .iter()
        .filter(|version| !known.contains(version))
        .cloned()
        .collect();
    if !newer.is_empty() {
        return Err(NoTransfer::Newer {
            database: path.display().to_string(),
            versions: newer.join(", "),
        });
    }
    match known.iter().all(|version| applied.contains(version)) {
        true => Ok(()),
        false => Err(NoTransfer::Older(path.to_owned())),
    }
}

/// Whether another program has the file open, as far as SQLite tells: in WAL mode nobody gets the file alone then.
pub(super) fn is_open_elsewhere(path: &Path) -> bool {
    let Ok(mut conn) = SqliteConnection::establish(&path.to_string_lossy()) else {
        return false;
    };
    let alone = conn.batch_execute(
        "PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; ROLLBACK",
    );
    matches!(alone, Err(error) if error.to_string().contains("locked"))
}
