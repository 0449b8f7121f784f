//! Rows of organisations and memberships.

use diesel::prelude::*;
use serde_json::{Value, json};

use crate::access::Role;
use crate::db::schema::{org_memberships, orgs};
use crate::db::types::{Id, Timestamp};
use crate::ids::{self, Kind};

/// An organisation.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = orgs)]
pub struct Org {
    /// Its key.
    pub id: Id,
    /// Its name. Others may have the same.
    pub name: String,
    /// IANA zone of new missions.
    pub timezone: String,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Org {
    /// What the audit log says of it.
    #[must_use]
    pub fn facts(&self) -> Value {
        json!({"name": self.name, "timezone": self.timezone})
    }
}

/// What an account may do in an organisation.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = org_memberships)]
pub struct Membership {
    /// Its key.
    pub id: Id,
    /// The organisation.
    pub org_id: Id,
    /// The account.
    pub account_id: Id,
    /// The role.
    pub role: Role,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Membership {
    /// What the audit log says of it.
    #[must_use]
    pub fn facts(&self) -> Value {
        json!({"role": self.role.as_str(), "account": ids::encode(Kind::Account, self.account_id)})
    }
}
