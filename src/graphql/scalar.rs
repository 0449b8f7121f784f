//! The scalars of the schema.

use async_graphql::{InputValueResult, Scalar, ScalarType, Value};

use crate::db::types::Timestamp;
use crate::error::{AppError, Result};

/// An instant in RFC 3339 format. An input needs an offset, such as 2026-10-24T22:00:00+02:00. Outputs are in UTC (Z).
///
/// The parsed value is kept until the resolver reads it, so that the error can name the field.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DateTime(Option<Timestamp>);

impl DateTime {
    /// The instant.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` at `field` for what is no RFC 3339 instant of the years 1900 to 9999.
    pub fn get(&self, field: &str) -> Result<Timestamp> {
        self.0.ok_or_else(|| {
            AppError::bad_input(
                field,
                "Expected an RFC 3339 instant with an offset, such as 2026-10-24T22:00:00+02:00.",
            )
        })
    }
}

impl From<Timestamp> for DateTime {
    fn from(at: Timestamp) -> Self {
        Self(Some(at))
    }
}

/// Reads an optional instant.
///
/// # Errors
/// As [`DateTime::get`].
pub fn optional(value: Option<&DateTime>, field: &str) -> Result<Option<Timestamp>> {
    value.map(|value| value.get(field)).transpose()
}

fn parse(value: &Value) -> Option<Timestamp> {
    use chrono::Datelike as _;
    let Value::String(text) = value else {
        return None;
    };
    let at = Timestamp::new(chrono::DateTime::parse_from_rfc3339(text).ok()?.to_utc());
    (1900..=9999).contains(&at.utc().year()).then_some(at)
}

/// An instant in RFC 3339 format. An input needs an offset, such as 2026-10-24T22:00:00+02:00. Outputs are in UTC (Z).
#[Scalar(
    name = "DateTime",
    specified_by_url = "https://scalars.graphql.org/andimarek/date-time"
)]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(parse(&value)))
    }

    fn to_value(&self) -> Value {
        self.0
            .map_or(Value::Null, |at| Value::String(at.to_rfc3339()))
    }
}
