//! How each kind of value is stored by either database.
//!
//! A value is compared in the form in which SQLite stores it. What goes to PostgreSQL is converted here. What comes back
//! PostgreSQL converts itself, so that a mistake of one conversion cannot hide in the other.

/// Microseconds from 1970-01-01 to 2000-01-01, which PostgreSQL counts from.
const EPOCH: i64 = 946_684_800_000_000;
/// The first instant that PostgreSQL stores, 4714-11-24 BC, in microseconds since 2000-01-01.
const FIRST_INSTANT: i64 = -211_813_488_000_000_000;
/// PostgreSQL's version of the binary form of `jsonb`.
const JSONB_VERSION: u8 = 1;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Uuid,
    Text,
    /// Microseconds since 1970-01-01 UTC on SQLite.
    Instant,
    Integer,
    Bytes,
    Json,
}

/// A value as SQLite stores it. Texts are bytes, because a file may hold what is no text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Null,
    Integer(i64),
    Bytes(Vec<u8>),
}

/// Why PostgreSQL cannot store a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unfit {
    #[error("it is not of the column's type")]
    Type,
    #[error("it is no valid UTF-8")]
    NoText,
    #[error("it contains the character NUL")]
    Nul,
    #[error("it is no valid JSON")]
    NoJson,
    #[error("the instant is beyond PostgreSQL's calendar")]
    Instant,
    #[error("the number has more than 32 bits")]
    Integer,
    #[error("it is longer than 1 GiB")]
    Length,
}

impl Kind {
    /// The kind of a column with this type on PostgreSQL; `None` if the transfer does not know it.
    pub(super) fn of(postgres_type: &str) -> Option<Self> {
        match postgres_type {
            "uuid" => Some(Self::Uuid),
            "text" => Some(Self::Text),
            "timestamp with time zone" => Some(Self::Instant),
            "integer" => Some(Self::Integer),
            "bytea" => Some(Self::Bytes),
            "jsonb" => Some(Self::Json),
            _ => None,
        }
    }

    /// Whether its values are [`Value::Integer`].
    pub(super) fn is_integer(self) -> bool {
        matches!(self, Self::Instant | Self::Integer)
    }

    /// What reads a quoted column of SQLite.
    pub(super) fn read_from_sqlite(self, column: &str) -> String {
        match self {
            Self::Text | Self::Json => format!("CAST({column} AS BLOB)"),
            _ => column.to_owned(),
        }
    }

    /// What reads a quoted column of PostgreSQL in SQLite's form, as `bigint` or as `bytea`.
    pub(super) fn read_from_postgres(self, column: &str) -> String {
        match self {
            Self::Uuid => format!("uuid_send({column})"),
            Self::Text => format!("convert_to({column}, 'UTF8')"),
            Self::Instant => format!("(extract(epoch FROM {column}) * 1000000)::bigint"),
            Self::Integer => format!("{column}::bigint"),
            Self::Bytes => column.to_owned(),
            Self::Json => format!("convert_to({column}::text, 'UTF8')"),
        }
    }

    /// Appends a value in the form of `COPY … (FORMAT binary)`: its length, then its bytes.
    pub(super) fn encode(self, value: &Value, out: &mut Vec<u8>) -> Result<(), Unfit> {
        match (self, value) {
            (_, Value::Null) => out.extend((-1_i32).to_be_bytes()),
            (Self::Uuid, Value::Bytes(bytes)) if bytes.len() == 16 => field(out, &[], bytes)?,
            (Self::Bytes, Value::Bytes(bytes)) => field(out, &[], bytes)?,
            (Self::Text, Value::Bytes(bytes)) => field(out, &[], text(bytes)?.as_bytes())?,
            (Self::Json, Value::Bytes(bytes)) => {
                field(out, &[JSONB_VERSION], text(bytes)?.as_bytes())?;
            }
            (Self::Instant, Value::Integer(micros)) => {
                let since = micros.checked_sub(EPOCH).ok_or(Unfit::Instant)?;
                if since < FIRST_INSTANT {
                    return Err(Unfit::Instant);
                }
                field(out, &[], &since.to_be_bytes())?;
            }
            (Self::Integer, Value::Integer(number)) => {
                let number = i32::try_from(*number).map_err(|_| Unfit::Integer)?;
                field(out, &[], &number.to_be_bytes())?;
            }
            _ => return Err(Unfit::Type),
        }
        Ok(())
    }
}

fn field(out: &mut Vec<u8>, prefix: &[u8], bytes: &[u8]) -> Result<(), Unfit> {
    let length = i32::try_from(prefix.len() + bytes.len()).map_err(|_| Unfit::Length)?;
    out.extend(length.to_be_bytes());
    out.extend(prefix);
    out.extend(bytes);
    Ok(())
}

/// A text that PostgreSQL can store.
pub(super) fn text(bytes: &[u8]) -> Result<&str, Unfit> {
    if bytes.contains(&0) {
        return Err(Unfit::Nul);
    }
    std::str::from_utf8(bytes).map_err(|_| Unfit::NoText)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(kind: Kind, value: &Value) -> Result<Vec<u8>, Unfit> {
        let mut out = Vec::new();
        kind.encode(value, &mut out).map(|()| out)
    }

    #[test]
    fn instants_are_refused_beyond_the_calendar_of_postgresql() {
        let first = FIRST_INSTANT + EPOCH;
        let bytes = encoded(Kind::Instant, &Value::Integer(first)).expect("an instant");
        assert_eq!(bytes[4..], FIRST_INSTANT.to_be_bytes());
        for micros in [first - 1, i64::MIN] {
            let refused = encoded(Kind::Instant, &Value::Integer(micros));
            assert_eq!(refused, Err(Unfit::Instant), "{micros}");
        }
        encoded(Kind::Instant, &Value::Integer(i64::MAX)).expect("the year 292277");
    }

    #[test]
    fn what_postgresql_cannot_store_is_refused() {
        let bytes = |bytes: &[u8]| Value::Bytes(bytes.to_owned());
        for (kind, value, unfit) in [
            (Kind::Text, bytes(b"a\0b"), Unfit::Nul),
            (Kind::Text, bytes(b"\xff"), Unfit::NoText),
            (Kind::Uuid, bytes(&[0; 15]), Unfit::Type),
            (Kind::Uuid, Value::Integer(1), Unfit::Type),
            (Kind::Integer, Value::Integer(1 << 31), Unfit::Integer),
        ] {
            assert_eq!(encoded(kind, &value), Err(unfit), "{value:?}");
        }
        let least = Value::Integer(i64::from(i32::MIN));
        encoded(Kind::Integer, &least).expect("the least number");
    }
}
