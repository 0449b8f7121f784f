//! Ids, instants, JSON and enums, each in the native type of either database.

use std::marker::PhantomData;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use derive_where::derive_where;
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::data_types::PgTimestamp;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{self, SqlType};
use diesel::sqlite::Sqlite;
use uuid::Uuid;

/// Column of an [`Id`]: `uuid` on PostgreSQL, a BLOB of 16 bytes on SQLite.
#[derive(Clone, Copy, Debug, Default, SqlType, diesel::query_builder::QueryId)]
#[diesel(
    postgres_type(oid = 2950, array_oid = 2951),
    sqlite_type(name = "Binary")
)]
pub struct UuidColumn;

/// Column of a [`Timestamp`]: `timestamptz` on PostgreSQL, INTEGER microseconds on SQLite.
#[derive(Clone, Copy, Debug, Default, SqlType, diesel::query_builder::QueryId)]
#[diesel(
    postgres_type(oid = 1184, array_oid = 1185),
    sqlite_type(name = "Long")
)]
pub struct InstantColumn;

/// Column of a [`Json`]: `jsonb` on PostgreSQL, TEXT on SQLite.
#[derive(Clone, Copy, Debug, Default, SqlType, diesel::query_builder::QueryId)]
#[diesel(
    postgres_type(oid = 3802, array_oid = 3807),
    sqlite_type(name = "Text")
)]
pub struct JsonColumn;

/// The key of a row of `T`. It is a UUIDv7, so keys sort by their creation. With the type parameter, the compiler tells
/// the key of a person from that of a mission. `crate::ids` converts keys for clients.
#[derive_where(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(FromSqlRow, AsExpression)]
#[diesel(sql_type = UuidColumn)]
pub struct Id<T: 'static>(Uuid, PhantomData<fn() -> T>);

impl<T> Id<T> {
    /// A key that is smaller than that of any row: before the first page of a list by key.
    pub const LEAST: Self = Self::new(Uuid::nil());

    /// The key with this UUID.
    #[must_use]
    pub const fn new(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    #[must_use]
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl<T> ToSql<UuidColumn, Pg> for Id<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<sql_types::Uuid, Pg>::to_sql(&self.0, out)
    }
}

impl<T> FromSql<UuidColumn, Pg> for Id<T> {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        FromSql::<sql_types::Uuid, Pg>::from_sql(value).map(Self::new)
    }
}

impl<T> ToSql<UuidColumn, Sqlite> for Id<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.as_bytes().as_slice());
        Ok(IsNull::No)
    }
}

impl<T> FromSql<UuidColumn, Sqlite> for Id<T> {
    fn from_sql(mut value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self::new(Uuid::from_slice(value.read_blob())?))
    }
}

/// An instant in UTC with the precision of both databases, one microsecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, FromSqlRow, AsExpression)]
#[diesel(sql_type = InstantColumn)]
pub struct Timestamp(
    /// Microseconds since 1970-01-01 UTC, within chrono's calendar. A date is made of it only where it is shown.
    i64,
);

/// 2000-01-01 UTC, where PostgreSQL begins to count, in microseconds since 1970-01-01 UTC.
const POSTGRES_EPOCH: i64 = 946_684_800_000_000;

impl Timestamp {
    /// The instant, truncated to the microsecond. A leap second becomes the next second, because neither database
    /// supports leap seconds.
    #[must_use]
    pub fn new(at: DateTime<Utc>) -> Self {
        Self(at.timestamp_micros())
    }

    /// The instant from its microseconds since 1970-01-01 UTC; `None` outside the calendar.
    #[must_use]
    pub fn from_micros(micros: i64) -> Option<Self> {
        let calendar = DateTime::<Utc>::MIN_UTC.timestamp_micros()
            ..=DateTime::<Utc>::MAX_UTC.timestamp_micros();
        calendar.contains(&micros).then_some(Self(micros))
    }

    /// Microseconds since 1970-01-01 UTC.
    #[must_use]
    pub fn micros(self) -> i64 {
        self.0
    }

    /// The instant as chrono's type.
    #[must_use]
    pub fn utc(self) -> DateTime<Utc> {
        match DateTime::from_timestamp_micros(self.0) {
            Some(at) => at,
            None => unreachable!("it is within the calendar"),
        }
    }

    /// RFC 3339 in UTC, with as many decimals as it needs: `2026-10-24T20:00:00Z`.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        self.utc().to_rfc3339_opts(SecondsFormat::AutoSi, true)
    }
}

impl std::ops::Add<TimeDelta> for Timestamp {
    type Output = Self;
    fn add(self, by: TimeDelta) -> Self {
        Self::new(self.utc() + by)
    }
}

impl std::ops::Sub<TimeDelta> for Timestamp {
    type Output = Self;
    fn sub(self, by: TimeDelta) -> Self {
        Self::new(self.utc() - by)
    }
}

impl std::ops::Sub for Timestamp {
    type Output = TimeDelta;
    fn sub(self, other: Self) -> TimeDelta {
        self.utc() - other.utc()
    }
}

impl ToSql<InstantColumn, Pg> for Timestamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let value = PgTimestamp(self.0.saturating_sub(POSTGRES_EPOCH));
        ToSql::<sql_types::Timestamptz, Pg>::to_sql(&value, &mut out.reborrow())
    }
}

impl FromSql<InstantColumn, Pg> for Timestamp {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let PgTimestamp(micros) = FromSql::<sql_types::Timestamptz, Pg>::from_sql(value)?;
        let instant = micros
            .checked_add(POSTGRES_EPOCH)
            .and_then(Self::from_micros);
        instant.ok_or_else(|| OUTSIDE.into())
    }
}

/// Why a number is no [`Timestamp`].
const OUTSIDE: &str = "instant outside the calendar";

impl ToSql<InstantColumn, Sqlite> for Timestamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.micros());
        Ok(IsNull::No)
    }
}

impl FromSql<InstantColumn, Sqlite> for Timestamp {
    fn from_sql(mut value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Self::from_micros(value.read_long()).ok_or_else(|| OUTSIDE.into())
    }
}

/// A JSON value.
#[derive(Clone, Debug, PartialEq, FromSqlRow, AsExpression)]
#[diesel(sql_type = JsonColumn)]
pub struct Json(pub serde_json::Value);

impl ToSql<JsonColumn, Pg> for Json {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<sql_types::Jsonb, Pg>::to_sql(&self.0, out)
    }
}

impl FromSql<JsonColumn, Pg> for Json {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        FromSql::<sql_types::Jsonb, Pg>::from_sql(value).map(Self)
    }
}

impl ToSql<JsonColumn, Sqlite> for Json {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.to_string());
        Ok(IsNull::No)
    }
}

impl FromSql<JsonColumn, Sqlite> for Json {
    fn from_sql(mut value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(serde_json::from_str(value.read_text())?))
    }
}

/// Stores an enum as text on both databases, with the same names as in the GraphQL schema.
macro_rules! text_enum {
    ($name:ident { $($variant:ident = $text:literal),+ $(,)? }) => {
        impl $name {
            /// The value's name in the database and in the schema.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl<DB: diesel::backend::Backend> diesel::serialize::ToSql<diesel::sql_types::Text, DB> for $name
        where
            str: diesel::serialize::ToSql<diesel::sql_types::Text, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, DB>) -> diesel::serialize::Result {
                match self { $(Self::$variant => <str as diesel::serialize::ToSql<diesel::sql_types::Text, DB>>::to_sql($text, out)),+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    other => Err(format!(concat!("not a ", stringify!($name), ": {}"), other)),
                }
            }
        }

        impl diesel::deserialize::FromSql<diesel::sql_types::Text, diesel::pg::Pg> for $name {
            fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
                Ok(std::str::from_utf8(value.as_bytes())?.parse()?)
            }
        }

        impl diesel::deserialize::FromSql<diesel::sql_types::Text, diesel::sqlite::Sqlite> for $name {
            fn from_sql(
                mut value: <diesel::sqlite::Sqlite as diesel::backend::Backend>::RawValue<'_>,
            ) -> diesel::deserialize::Result<Self> {
                Ok(value.read_text().parse()?)
            }
        }
    };
}
pub(crate) use text_enum;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_lies_within_the_calendar_to_the_microsecond() {
        let (first, last) = (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
        for (edge, beyond) in [(first, -1), (last, 1)] {
            let micros = edge.timestamp_micros();
            let instant = Timestamp::from_micros(micros).expect("within the calendar");
            assert_eq!(instant.utc().timestamp_micros(), micros);
            assert_eq!(instant, Timestamp::new(edge));
            assert_eq!(Timestamp::from_micros(micros + beyond), None);
        }
    }

    #[test]
    fn postgresql_counts_from_the_year_2000() {
        let epoch = Timestamp::from_micros(POSTGRES_EPOCH).expect("within the calendar");
        assert_eq!(epoch.to_rfc3339(), "2000-01-01T00:00:00Z");
    }
}
