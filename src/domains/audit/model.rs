//! Rows of the audit log.

use std::borrow::Cow;

use diesel::prelude::*;

use crate::db::dsl::Direction;
use crate::db::schema::audit_log;
use crate::db::types::{Id, Json, Timestamp};
use crate::ids::{AccountId, AuditEntryId, Entity, OrgId};
use crate::page::{Listed, Position};

/// An entry of the audit log.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_log, treat_none_as_default_value = false)]
pub struct AuditEntry {
    pub id: AuditEntryId,
    pub org_id: OrgId,
    pub at: Timestamp,
    /// The account that made the change. `None` for the system and for the holder of an invitation's token.
    pub actor_id: Option<AccountId>,
    /// The mutation's name.
    pub action: Cow<'static, str>,
    /// The type of the row in the schema.
    pub entity_type: Cow<'static, str>,
    pub entity_id: Id<Changed>,
    /// `{field: [before, after]}` for the fields that differ.
    pub changes: Json,
}

impl Entity for AuditEntry {
    const PREFIX: &str = "audit";
    const TYPE: &str = "AuditEntry";
}

/// Newest first.
impl Listed for AuditEntry {
    type Of = Self;
    type Key = Timestamp;
    type KeyColumn = audit_log::at;
    type IdColumn = audit_log::id;
    const DIRECTION: Direction = Direction::Desc;

    fn position(&self) -> Position<Self> {
        (self.at, self.id)
    }
}

/// A row of any type: what an entry is about.
pub enum Changed {}

/// Which entries to return.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Those about one row: its type in the schema, and its key.
    pub entity: Option<(&'static str, Id<Changed>)>,
    /// Those of one account.
    pub actor_id: Option<AccountId>,
    /// Those of one of these mutations.
    pub action: Option<Vec<String>>,
    /// Those at or after this instant.
    pub from: Option<Timestamp>,
    /// Those before this instant.
    pub to: Option<Timestamp>,
}
