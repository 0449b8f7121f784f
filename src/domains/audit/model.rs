//! Rows of the audit log.

use diesel::prelude::*;

use crate::db::schema::audit_log;
use crate::db::types::{Id, Json, Timestamp};
use crate::ids::{AccountId, AuditEntryId, Entity, OrgId};

/// An entry of the audit log.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = audit_log, treat_none_as_default_value = false)]
pub struct AuditEntry {
    pub id: AuditEntryId,
    pub org_id: OrgId,
    pub at: Timestamp,
    /// The account that made the change. `None` for the system and for the holder of an invitation's token.
    pub actor_id: Option<AccountId>,
    /// The mutation's name.
    pub action: &'static str,
    /// The type of the row in the schema.
    pub entity_type: &'static str,
    pub entity_id: Id<Changed>,
    /// `{field: [before, after]}` for the fields that differ.
    pub changes: Json,
}

impl Entity for AuditEntry {
    const PREFIX: &str = "audit";
    const TYPE: &str = "AuditEntry";
}

/// A row of any type: what an entry is about.
pub enum Changed {}
