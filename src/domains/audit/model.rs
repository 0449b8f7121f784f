use diesel::prelude::*;

use crate::db::schema::audit_log;
use crate::db::types::{Id, Json, Timestamp};

/// A change that was made.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = audit_log, treat_none_as_default_value = false)]
pub struct Entry {
    pub id: Id,
    pub org_id: Id,
    pub at: Timestamp,
    pub actor_id: Option<Id>,
    pub action: &'static str,
    pub entity_type: &'static str,
    pub entity_id: Id,
    pub changes: Json,
}
