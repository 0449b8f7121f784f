//! Rows of availability.

use async_graphql::Enum;
use chrono::TimeDelta;
use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::db::schema::availability;
use crate::db::types::{Timestamp, text_enum};
use crate::extent::Parts;
use crate::ids::{AvailabilityId, Entity, OrgId, UserId};
use crate::interval::Interval;

/// Whether a person can work in a slot. Time without a slot means that the person has not said anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum, FromSqlRow, AsExpression)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub enum AvailabilityKind {
    /// The person can work in this slot.
    Available,
    /// The person cannot work in this slot.
    Unavailable,
}

text_enum!(AvailabilityKind { Available = "AVAILABLE", Unavailable = "UNAVAILABLE" });

/// The longest slot: a leap year. People look at what they said at least once a year. And whoever looks for the slots of
/// a time has to look back no further than this.
pub const LONGEST_DAYS: i64 = 366;

/// No slot is so long that one which starts at this instant, or before it, could reach into the interval.
pub fn earliest(interval: Interval) -> Timestamp {
    interval.starts_at - TimeDelta::days(LONGEST_DAYS)
}

/// A slot `[starts_at, ends_at)`.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = availability, treat_none_as_default_value = false)]
pub struct Availability {
    pub id: AvailabilityId,
    pub org_id: OrgId,
    pub user_id: UserId,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    /// Whether the person can work in the slot.
    pub kind: AvailabilityKind,
    pub note: Option<String>,
    /// When the row was made.
    pub created_at: Timestamp,
}

/// What lists usually show of a slot.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = availability)]
pub struct AvailabilityBrief {
    pub id: AvailabilityId,
    pub user_id: UserId,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    /// Whether the person can work in the slot.
    pub kind: AvailabilityKind,
}

/// The rest of what the schema shows of a slot, as in [`Availability`].
#[derive(Clone, Debug)]
pub struct AvailabilityRest {
    pub note: Option<String>,
}

/// A slot as far as it was read.
pub type AvailabilityParts = Parts<AvailabilityBrief, AvailabilityRest>;

impl From<Availability> for AvailabilityParts {
    fn from(row: Availability) -> Self {
        let brief = AvailabilityBrief {
            id: row.id,
            user_id: row.user_id,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            kind: row.kind,
        };
        Self::whole(brief, AvailabilityRest { note: row.note })
    }
}

impl Entity for Availability {
    const PREFIX: &str = "availability";
    const TYPE: &str = "Availability";
}

impl Availability {
    /// When it is.
    #[must_use]
    pub fn interval(&self) -> Interval {
        Interval {
            starts_at: self.starts_at,
            ends_at: self.ends_at,
        }
    }

    /// What the audit log says of it.
    #[must_use]
    pub fn facts(&self) -> Value {
        json!({
            "user": self.user_id,
            "startsAt": self.starts_at.to_rfc3339(),
            "endsAt": self.ends_at.to_rfc3339(),
            "kind": self.kind.as_str(),
            "note": self.note,
        })
    }
}
