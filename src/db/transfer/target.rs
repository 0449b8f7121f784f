//! The statements of the one transaction on PostgreSQL.

use std::io::Cursor;
use std::mem;
use std::pin::pin;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::runtime::Handle;
use tokio::task::block_in_place;
use tokio_postgres::binary_copy::BinaryCopyOutStream;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;
use tokio_postgres::{Error as PostgresError, Transaction};

use super::checksum::Checksum;
use super::error::{NoTransfer, Why};
use super::source::Source;
use super::tables::{Table, quoted};
use super::value::{Unfit, Value};

/// The time limits of the transaction. It waits longer for locks than requests do: a transfer that was killed may keep its
/// own for a moment.
pub(super) const LIMITS: &str = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '15s'; \
                                 SET LOCAL idle_in_transaction_session_timeout = 0";

/// Begins what is sent by `COPY … (FORMAT binary)`: the signature, no flags and no extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// Ends it.
const END: [u8; 2] = (-1_i16).to_be_bytes();
/// Rows are sent in pieces of about so many bytes.
const PIECE: usize = 256 * 1024;

/// Keeps everybody else away from the tables until the transaction ends, and lifts the policies for their owner: `COPY`
/// refuses to write under policies.
pub(super) async fn lock(target: &Transaction<'_>, tables: &[Table]) -> Result<(), NoTransfer> {
    let names: Vec<String> = tables.iter().map(|table| quoted(&table.name)).collect();
    let lock = format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", names.join(", "));
    let locked = target.batch_execute(&lock).await;
    locked.map_err(|error| match error.code() {
        Some(&SqlState::LOCK_NOT_AVAILABLE) => NoTransfer::InUse,
        _ => error.into(),
    })?;
    force(target, tables, "NO FORCE").await
}

/// Lifts the policies for the owner of the tables (`NO FORCE`), or restores them (`FORCE`).
pub(super) async fn force(
    target: &Transaction<'_>,
    tables: &[Table],
    force: &str,
) -> Result<(), NoTransfer> {
    for table in tables.iter().filter(|table| table.is_forced) {
        let name = quoted(&table.name);
        let alter = format!("ALTER TABLE {name} {force} ROW LEVEL SECURITY");
        target.batch_execute(&alter).await?;
    }
    Ok(())
}

/// Gathers the statistics that PostgreSQL plans by. Otherwise the first requests would be planned for empty tables.
pub(super) async fn analyze(target: &Transaction<'_>, tables: &[Table]) -> Result<(), NoTransfer> {
    let names: Vec<String> = tables.iter().map(|table| quoted(&table.name)).collect();
    let analyze = format!("ANALYZE {}", names.join(", "));
    Ok(target.batch_execute(&analyze).await?)
}

/// # Errors
/// If a table has a row.
pub(super) async fn refuse_rows(
    target: &Transaction<'_>,
    tables: &[Table],
) -> Result<(), NoTransfer> {
    let mut full = Vec::new();
    for table in tables {
        let exists = format!("SELECT EXISTS (SELECT FROM {})", quoted(&table.name));
        if target.query_one(&exists, &[]).await?.try_get(0)? {
            full.push(table.name.clone());
        }
    }
    match full.is_empty() {
        true => Ok(()),
        false => Err(NoTransfer::NotEmpty(full)),
    }
}

/// Writes all rows of a table, and returns the checksum of what was read. `told` learns after each piece how many rows
/// that are.
pub(super) async fn copy(
    target: &Transaction<'_>,
    source: &mut Source,
    table: &Table,
    mut told: impl FnMut(u64),
) -> Result<Checksum, NoTransfer> {
    let columns = table.list(|_, name| name);
    let copy = format!(
        "COPY {} ({columns}) FROM STDIN (FORMAT binary)",
        quoted(&table.name)
    );
    let mut sink = pin!(target.copy_in::<_, Cursor<Vec<u8>>>(&copy).await?);
    let mut read = Checksum::default();
    let mut piece = HEADER.to_owned();
    let runtime = Handle::current();
    let sent = block_in_place(|| {
        source.rows(table, |row| {
            let added = encode(table, &row, &mut piece).and_then(|()| read.add(table, &row));
            added.map_err(|(column, unfit)| unstorable(table, &row, column, unfit))?;
            if piece.len() >= PIECE {
                let full = mem::replace(&mut piece, Vec::with_capacity(2 * PIECE));
                runtime.block_on(sink.send(Cursor::new(full)))?;
                told(read.rows);
            }
            Ok(())
        })
    });
    sent?;
    piece.extend(END);
    sink.send(Cursor::new(piece)).await?;
    let done = sink.finish().await;
    done.map_err(|error| refused(error, source, table))?;
    told(read.rows);
    Ok(read)
}

/// The error for rows that PostgreSQL itself refuses, with the row if it names one.
fn refused(error: PostgresError, source: &mut Source, table: &Table) -> NoTransfer {
    let Some(why) = reason(&error) else {
        return error.into();
    };
    let row = line(&error).and_then(|line| block_in_place(|| source.row(table, line)).ok()?);
    let row = row.map_or_else(String::new, |row| {
        format!(" (the row {})", key(table, &row))
    });
    NoTransfer::Refused {
        table: table.name.clone(),
        row,
        why,
    }
}

fn encode(table: &Table, row: &[Value], out: &mut Vec<u8>) -> Result<(), (usize, Unfit)> {
    let count = i16::try_from(table.columns.len()).unwrap_or_default();
    out.extend(count.to_be_bytes());
    for (number, (column, value)) in table.columns.iter().zip(row).enumerate() {
        column
            .kind
            .encode(value, out)
            .map_err(|unfit| (number, unfit))?;
    }
    Ok(())
}

fn unstorable(table: &Table, row: &[Value], column: usize, unfit: Unfit) -> NoTransfer {
    NoTransfer::Unstorable {
        table: table.name.clone(),
        row: key(table, row),
        column: table.columns[column].name.clone(),
        unfit: Why(unfit),
    }
}

/// The primary key of a row, for an error.
fn key(table: &Table, row: &[Value]) -> String {
    let parts = table.columns.iter().zip(row);
    let parts = parts.filter(|(column, _)| column.is_key);
    let parts = parts.map(|(column, value)| format!("{} {}", column.name, shown(value)));
    parts.collect::<Vec<_>>().join(", ")
}

/// A part of a key for an error: the bytes of an id or of a text as SQLite's `hex()` shows them.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Bytes(bytes) => data_encoding::HEXUPPER.encode(bytes),
    }
}

/// What PostgreSQL says of the rows of a table, without a detail that would show the whole row.
fn reason(error: &PostgresError) -> Option<String> {
    let told = error.as_db_error()?;
    let shows_row = [SqlState::CHECK_VIOLATION, SqlState::NOT_NULL_VIOLATION];
    let detail = told.detail().filter(|_| !shows_row.contains(told.code()));
    let parts = [Some(told.message()), detail];
    Some(parts.into_iter().flatten().collect::<Vec<_>>().join(". "))
}

/// Which row of a `COPY` an error is about: "COPY users, line 7".
fn line(error: &PostgresError) -> Option<u64> {
    let (_, rest) = error.as_db_error()?.where_()?.split_once(", line ")?;
    let number = rest
        .split(|character: char| !character.is_ascii_digit())
        .next()?;
    number.parse().ok()
}

/// The checksum of what a table holds now. PostgreSQL itself converts the values into those of SQLite.
pub(super) async fn read_back(
    target: &Transaction<'_>,
    table: &Table,
    mut told: impl FnMut(u64),
) -> Result<Checksum, NoTransfer> {
    let columns = table.list(|column, name| column.kind.read_from_postgres(&name));
    let name = quoted(&table.name);
    let copy = format!("COPY (SELECT {columns} FROM {name}) TO STDOUT (FORMAT binary)");
    let types = table
        .columns
        .iter()
        .map(|column| match column.kind.is_integer() {
            true => Type::INT8,
            false => Type::BYTEA,
        });
    let types: Vec<Type> = types.collect();
    let mut rows = pin!(BinaryCopyOutStream::new(
        target.copy_out(&copy).await?,
        &types
    ));
    let mut found = Checksum::default();
    while let Some(row) = rows.next().await {
        let row = row?;
        let value = |(number, of): (usize, &Type)| match *of {
            Type::INT8 => Ok(row.try_get::<Option<i64>>(number)?.map(Value::Integer)),
            _ => Ok(row
                .try_get::<Option<&[u8]>>(number)?
                .map(|bytes| Value::Bytes(bytes.to_owned()))),
        };
        let values = types.iter().enumerate().map(value);
        let values = values.map(|value| value.map(|value| value.unwrap_or(Value::Null)));
        let values = values.collect::<Result<Vec<_>, PostgresError>>()?;
        let added = found.add(table, &values);
        added.map_err(|(column, unfit)| unstorable(table, &values, column, unfit))?;
        if found.rows % 1_000 == 0 {
            told(found.rows);
        }
    }
    told(found.rows);
    Ok(found)
}
