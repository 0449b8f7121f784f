//! Which tables there are, by the catalogues of both databases. No list of them is kept here.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::Transaction;

use super::NoTransfer;
use super::value::Kind;

/// The tables of SQLite, and for each the names of its columns with whether they are part of its primary key.
pub(super) type SqliteTables = BTreeMap<String, BTreeMap<String, bool>>;

/// A table that both databases have.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub name: String,
    /// In PostgreSQL's order.
    pub columns: Vec<Column>,
    /// Whether PostgreSQL's policies hold for its owner too.
    pub is_forced: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Column {
    pub name: String,
    pub kind: Kind,
    /// Whether it is part of the primary key.
    pub is_key: bool,
}

impl Table {
    /// The columns, each converted, for a statement.
    pub(super) fn list(&self, column: impl Fn(&Column, String) -> String) -> String {
        let columns = self.columns.iter();
        let columns: Vec<String> = columns.map(|own| column(own, quoted(&own.name))).collect();
        columns.join(", ")
    }
}

/// A name in a statement.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// What PostgreSQL tells of a table.
#[derive(Default)]
struct Found {
    columns: Vec<(String, String)>,
    is_forced: bool,
    is_owned: bool,
}

/// PostgreSQL's description of the tables of SQLite, in an order in which each comes after those that it refers to.
///
/// # Errors
/// If the databases do not have the same columns, or if the role does not own the tables.
pub(super) async fn tables(
    target: &Transaction<'_>,
    source: &SqliteTables,
) -> Result<Vec<Table>, NoTransfer> {
    let mut found = found(target).await?;
    let mut tables = Vec::new();
    let mut strangers = Vec::new();
    for (name, keys) in source {
        let own = found.remove(name).unwrap_or_default();
        if !own.columns.is_empty() && !own.is_owned {
            strangers.push(name.clone());
        }
        tables.push(table(name, keys, own)?);
    }
    if !strangers.is_empty() {
        return Err(NoTransfer::NotOwner(strangers));
    }
    sorted(tables, &references(target).await?)
}

fn table(name: &str, keys: &BTreeMap<String, bool>, found: Found) -> Result<Table, NoTransfer> {
    let differs = |why: String| NoTransfer::Different(format!("{name}: {why}"));
    let here: BTreeSet<&String> = keys.keys().collect();
    let there: BTreeSet<&String> = found.columns.iter().map(|(column, _)| column).collect();
    if let Some(column) = here.symmetric_difference(&there).next() {
        return Err(differs(format!(
            "only one of the databases has the column {column}"
        )));
    }
    let column = |(column, postgres_type): (String, String)| {
        let kind = Kind::of(&postgres_type).ok_or_else(|| {
            differs(format!(
                "{column} has a type that this command does not know: {postgres_type}"
            ))
        })?;
        let is_key = keys.get(&column).copied().unwrap_or_default();
        Ok::<_, NoTransfer>(Column {
            name: column,
            kind,
            is_key,
        })
    };
    Ok(Table {
        name: name.to_owned(),
        columns: found
            .columns
            .into_iter()
            .map(column)
            .collect::<Result<_, NoTransfer>>()?,
        is_forced: found.is_forced,
    })
}

async fn found(target: &Transaction<'_>) -> Result<BTreeMap<String, Found>, NoTransfer> {
    let columns = "
        SELECT c.relname::text, a.attname::text, format_type(a.atttypid, NULL), c.relforcerowsecurity,
               pg_has_role(c.relowner, 'USAGE')
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relkind IN ('r', 'p') AND c.relnamespace::regnamespace::text = quote_ident(current_schema())
              AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY a.attnum";
    let mut tables: BTreeMap<String, Found> = BTreeMap::new();
    for row in target.query(columns, &[]).await? {
        let table = tables.entry(row.try_get(0)?).or_default();
        table.columns.push((row.try_get(1)?, row.try_get(2)?));
        table.is_forced = row.try_get(3)?;
        table.is_owned = row.try_get(4)?;
    }
    Ok(tables)
}

/// Which table refers to which, by the foreign keys of PostgreSQL.
async fn references(target: &Transaction<'_>) -> Result<BTreeSet<(String, String)>, NoTransfer> {
    let keys = "
        SELECT c.relname::text, f.relname::text
        FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid
        WHERE k.contype = 'f' AND c.relnamespace::regnamespace::text = quote_ident(current_schema())";
    let mut pairs = BTreeSet::new();
    for row in target.query(keys, &[]).await? {
        pairs.insert((row.try_get(0)?, row.try_get(1)?));
    }
    Ok(pairs)
}

fn sorted(
    mut left: Vec<Table>,
    references: &BTreeSet<(String, String)>,
) -> Result<Vec<Table>, NoTransfer> {
    let mut sorted: Vec<Table> = Vec::new();
    while !left.is_empty() {
        let refers = |table: &Table, other: &Table| {
            let pair = (table.name.clone(), other.name.clone());
            table.name != other.name && references.contains(&pair)
        };
        let waits = |table: &Table| left.iter().any(|other| refers(table, other));
        let Some(next) = left.iter().position(|table| !waits(table)) else {
            let circle = left.into_iter().map(|table| table.name).collect::<Vec<_>>();
            let circle = circle.join(", ");
            return Err(NoTransfer::Different(format!(
                "tables refer to each other in a circle: {circle}"
            )));
        };
        sorted.push(left.remove(next));
    }
    Ok(sorted)
}
