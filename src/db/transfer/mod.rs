//! Moves all rows of a SQLite file into an empty PostgreSQL database, in one transaction, and compares what arrived.

mod checksum;
mod error;
mod source;
mod tables;
mod target;
mod value;

use std::time::Duration;

use tokio::task::block_in_place;
use tokio_postgres::{IsolationLevel, Transaction};

pub use error::NoTransfer;

use super::migrate::versions_of_postgres;
use super::opening::open;
use super::url::DbUrl;
use checksum::Checksum;
use source::{Source, is_open_elsewhere};
use tables::Table;

/// What the transfer does with a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// Its rows are copied.
    Copying,
    /// They are read back and compared.
    Checking,
}

/// How far the transfer is.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    pub doing: Doing,
    pub table: &'a str,
    /// How many rows of all tables this was done with so far.
    pub done: u64,
    /// How many rows there are.
    pub all: u64,
}

/// Each table with its rows, in the order in which they were copied.
pub type Counts = Vec<(String, u64)>;

/// Copies all rows of `from`, a SQLite file, to `to`, a PostgreSQL database without rows, whose schema is brought up to
/// date first. Waits so long for a PostgreSQL that cannot be reached yet. Nobody else can use the tables of `to` meanwhile.
/// `told` learns of the progress.
///
/// # Errors
/// Why nothing was copied. `to` has no row then.
pub async fn transfer(
    (from, to): (&DbUrl, &DbUrl),
    wait: Duration,
    mut told: impl FnMut(Progress<'_>),
) -> Result<Counts, NoTransfer> {
    let DbUrl::Sqlite(file) = from else {
        return Err(NoTransfer::NotSqlite);
    };
    let DbUrl::Postgres(database) = to else {
        return Err(NoTransfer::NotPostgres);
    };
    let mut source = block_in_place(|| {
        if file.is_file() && is_open_elsewhere(file) {
            tracing::warn!(
                "another program has the source open: stop it, because what it writes from now on stays behind"
            );
        }
        Source::open(file)
    })?;
    let opened = open(to, wait).await;
    opened.map_err(|unusable| unusable.of("--to or DATABASE_URL"))?;
    let mut client = database.client().await?;
    let target = client
        .build_transaction()
        .isolation_level(IsolationLevel::ReadCommitted);
    let target = target.start().await?;
    target.batch_execute(target::LIMITS).await?;
    refuse_newer(&target, to).await?;
    let tables = tables::tables(&target, &block_in_place(|| source.tables())?).await?;
    target::lock(&target, &tables).await?;
    target::refuse_rows(&target, &tables).await?;
    let counts = copy_and_check(&target, &mut source, &tables, &mut told).await?;
    target::force(&target, &tables, "FORCE").await?;
    target::analyze(&target, &tables).await?;
    // As late as possible: whoever writes to the source until here is noticed.
    block_in_place(|| source.close())?;
    target.commit().await.map_err(NoTransfer::Unsure)?;
    Ok(counts)
}

async fn refuse_newer(target: &Transaction<'_>, to: &DbUrl) -> Result<(), NoTransfer> {
    let applied = "SELECT version FROM __diesel_schema_migrations ORDER BY version";
    let known = versions_of_postgres();
    let mut newer = Vec::new();
    for row in target.query(applied, &[]).await? {
        let version: String = row.try_get(0)?;
        if !known.contains(&version) {
            newer.push(version);
        }
    }
    match newer.is_empty() {
        true => Ok(()),
        false => Err(NoTransfer::Newer {
            database: to.to_string(),
            versions: newer.join(", "),
        }),
    }
}

async fn copy_and_check(
    target: &Transaction<'_>,
    source: &mut Source,
    tables: &[Table],
    told: &mut impl FnMut(Progress<'_>),
) -> Result<Counts, NoTransfer> {
    let counts = tables.iter().map(|table| source.count(table));
    let counts = block_in_place(|| counts.collect::<Result<Vec<u64>, _>>())?;
    let all = counts.iter().sum();
    let mut read: Vec<Checksum> = Vec::new();
    let mut tell = |doing, table: &Table, done| {
        let table = &*table.name;
        told(Progress {
            doing,
            table,
            done,
            all,
        });
    };
    let mut before = 0;
    for table in tables {
        let tell = |rows| tell(Doing::Copying, table, before + rows);
        let sum = target::copy(target, source, table, tell).await?;
        before += sum.rows;
        read.push(sum);
    }
    // Foreign keys that are checked at the end would come after the policies are restored, which then fails.
    target
        .batch_execute("SET CONSTRAINTS ALL IMMEDIATE")
        .await?;
    before = 0;
    for (table, read) in tables.iter().zip(&read) {
        let tell = |rows| tell(Doing::Checking, table, before + rows);
        let found = target::read_back(target, table, tell).await?;
        if found != *read {
            return Err(NoTransfer::Unequal {
                table: table.name.clone(),
                read: read.rows,
                found: found.rows,
            });
        }
        before += found.rows;
    }
    let names = tables.iter().map(|table| table.name.clone());
    Ok(names.zip(read.iter().map(|sum| sum.rows)).collect())
}
