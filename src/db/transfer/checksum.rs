//! Checksums of tables. They are the same on both databases and in any order of the rows.

use std::fmt::Write as _;

use serde_json::{Number, Value as Json};
use sha2::{Digest as _, Sha256};

use super::tables::Table;
use super::value::{Kind, Unfit, Value, text};

/// How many rows there are, and the sum of their hashes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Checksum {
    pub rows: u64,
    /// The SHA-256 of a row is added in four parts, each without a carry.
    sums: [u64; 4],
}

impl Checksum {
    /// Counts a row in.
    ///
    /// # Errors
    /// The number of the column whose value PostgreSQL cannot store, and why.
    pub(super) fn add(&mut self, table: &Table, row: &[Value]) -> Result<(), (usize, Unfit)> {
        let mut hash = Sha256::new();
        for (number, (column, value)) in table.columns.iter().zip(row).enumerate() {
            feed(&mut hash, column.kind, value).map_err(|unfit| (number, unfit))?;
        }
        let hash = hash.finalize();
        for (sum, part) in self.sums.iter_mut().zip(hash.chunks_exact(8)) {
            *sum = sum.wrapping_add(part.try_into().map_or(0, u64::from_be_bytes));
        }
        self.rows += 1;
        Ok(())
    }
}

/// Hashes a value with its length, so that two rows differ if only the borders of their values do.
fn feed(hash: &mut Sha256, kind: Kind, value: &Value) -> Result<(), Unfit> {
    let normal;
    let bytes = match (kind, value) {
        (_, Value::Null) => {
            hash.update([0]);
            return Ok(());
        }
        (_, Value::Integer(number)) => {
            hash.update([1]);
            hash.update(number.to_be_bytes());
            return Ok(());
        }
        (Kind::Json, Value::Bytes(bytes)) => {
            normal = normal_form(bytes)?;
            normal.as_bytes()
        }
        (_, Value::Bytes(bytes)) => bytes,
    };
    hash.update([2]);
    hash.update((bytes.len() as u64).to_be_bytes());
    hash.update(bytes);
    Ok(())
}

/// A JSON text in a form that does not depend on spaces, the order of keys and how numbers are written: `jsonb` keeps none
/// of them.
fn normal_form(bytes: &[u8]) -> Result<String, Unfit> {
    let json: Json = serde_json::from_str(text(bytes)?).map_err(|_| Unfit::NoJson)?;
    let mut out = String::new();
    write_json(&json, &mut out)?;
    Ok(out)
}

fn write_json(json: &Json, out: &mut String) -> Result<(), Unfit> {
    match json {
        Json::Array(values) => {
            out.push('[');
            for value in values {
                write_json(value, out)?;
                out.push(',');
            }
            out.push(']');
        }
        Json::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            out.push('{');
            for (name, value) in fields {
                write_text(name, out)?;
                out.push(':');
                write_json(value, out)?;
                out.push(',');
            }
            out.push('}');
        }
        Json::String(text) => write_text(text, out)?,
        Json::Number(number) => write_number(number, out),
        Json::Null | Json::Bool(_) => {
            // Writing to a String cannot fail.
            let _ = write!(out, "{json}");
        }
    }
    Ok(())
}

fn write_text(text: &str, out: &mut String) -> Result<(), Unfit> {
    // `jsonb` refuses its escape too.
    if text.contains('\0') {
        return Err(Unfit::Nul);
    }
    let _ = write!(out, "{text:?}");
    Ok(())
}

/// `100`, `100.0` and `1e2` are one number.
fn write_number(number: &Number, out: &mut String) {
    let whole = number.as_i64().map(i128::from);
    let whole = whole.or_else(|| number.as_u64().map(i128::from));
    let _ = match (whole, number.as_f64()) {
        (Some(whole), _) => write!(out, "{whole}"),
        (None, Some(float)) => write!(out, "{float}"),
        (None, None) => write!(out, "{number}"),
    };
}

#[cfg(test)]
mod tests {
    use super::super::tables::Column;
    use super::*;

    fn table(kinds: &[Kind]) -> Table {
        let column = |kind: &Kind| Column {
            name: "c".into(),
            kind: *kind,
            is_key: false,
        };
        Table {
            name: "t".into(),
            columns: kinds.iter().map(column).collect(),
            is_forced: false,
        }
    }

    fn sum(kinds: &[Kind], rows: &[&[Value]]) -> Checksum {
        let mut sum = Checksum::default();
        for row in rows {
            sum.add(&table(kinds), row).expect("a row");
        }
        sum
    }

    fn bytes(text: &str) -> Value {
        Value::Bytes(text.as_bytes().to_owned())
    }

    #[test]
    fn the_order_of_rows_does_not_matter_and_everything_else_does() {
        let kinds = [Kind::Text, Kind::Text];
        let (ab, ba) = ([bytes("a"), bytes("b")], [bytes("b"), bytes("a")]);
        let both = sum(&kinds, &[&ab, &ba]);
        assert_eq!(both, sum(&kinds, &[&ba, &ab]));
        for other in [
            sum(&kinds, &[&ab]),
            sum(&kinds, &[&ab, &ab]),
            sum(&kinds, &[&ab, &[bytes("ba"), bytes("")]]),
            sum(&kinds, &[&ab, &[bytes("b"), Value::Null]]),
        ] {
            assert_ne!(both, other);
        }
    }

    #[test]
    fn json_is_compared_by_its_value() {
        let of = |text: &str| sum(&[Kind::Json], &[&[bytes(text)]]);
        let one = of(r#"{"b": [1, null], "a": "é\n"}"#);
        assert_eq!(one, of("{\"a\":\"\\u00e9\\u000a\",\"b\":[1,null]}"));
        assert_ne!(one, of(r#"{"b": [1, null], "a": "e\n"}"#));
        assert_ne!(one, of(r#"{"b": [null, 1], "a": "é\n"}"#));
        assert_eq!(of("[100.0, 1e2, -0.5]"), of("[100, 100, -5e-1]"));
        let wrong = |text: &str| {
            let mut sum = Checksum::default();
            sum.add(&table(&[Kind::Json]), &[bytes(text)])
        };
        assert_eq!(wrong(r#""\u0000""#), Err((0, Unfit::Nul)));
        assert_eq!(wrong("{"), Err((0, Unfit::NoJson)));
    }
}
