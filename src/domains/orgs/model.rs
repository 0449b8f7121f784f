//! Rows of organisations and memberships.

use async_graphql::Enum;
use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::access::Role;
use crate::db::schema::{org_memberships, orgs};
use crate::db::types::{Timestamp, text_enum};
use crate::ids::{AccountId, Entity, MembershipId, OrgId};
use crate::page::{Listed, Position};

/// The language of the organisation's mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Enum, FromSqlRow, AsExpression)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub enum Language {
    /// French.
    #[default]
    Fr,
    /// English.
    En,
}

text_enum!(Language { Fr = "FR", En = "EN" });

/// The months in French, from January on.
pub const MONTHS_FR: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

/// An organisation.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = orgs)]
pub struct Org {
    pub id: OrgId,
    /// Its name. Others may have the same.
    pub name: String,
    /// IANA zone of new missions.
    pub timezone: String,
    /// The language of its mail.
    pub language: Language,
    pub created_at: Timestamp,
}

impl Entity for Org {
    const PREFIX: &str = "org";
    const TYPE: &str = "Org";
}

impl Org {
    /// What the audit log says of it.
    #[must_use]
    pub fn facts(&self) -> Value {
        json!({"name": self.name, "timezone": self.timezone, "language": self.language.as_str()})
    }
}

/// What an account may do in an organisation.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = org_memberships)]
pub struct Membership {
    pub id: MembershipId,
    pub org_id: OrgId,
    pub account_id: AccountId,
    pub role: Role,
    pub created_at: Timestamp,
}

impl Entity for Membership {
    const PREFIX: &str = "membership";
    const TYPE: &str = "OrgMembership";
}

/// Oldest first.
impl Listed for Membership {
    type Of = Self;
    type Key = Timestamp;
    type KeyColumn = org_memberships::created_at;
    type IdColumn = org_memberships::id;

    fn position(&self) -> Position<Self> {
        (self.created_at, self.id)
    }
}

impl Membership {
    /// What the audit log says of it.
    #[must_use]
    pub fn facts(&self) -> Value {
        json!({"role": self.role.as_str(), "account": self.account_id})
    }
}
