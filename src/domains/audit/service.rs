//! Writing the audit log.

use serde_json::{Map, Value, json};

use super::model::{AuditEntry, Changed};
use super::repo;
use crate::access::Member;
use crate::clock::Random;
use crate::db::Conn;
use crate::db::types::{Id, Json, Timestamp};
use crate::error::Result;
use crate::ids::{AccountId, Entity, OrgId, UserId};

/// Who changes something, by which mutation, and when.
#[derive(Clone, Copy, Debug)]
pub struct Action<'a> {
    /// The organisation in which it happens.
    pub org_id: OrgId,
    /// The account that made the change. `None` for the system and for the holder of an invitation's token.
    pub actor_id: Option<AccountId>,
    /// The crew profile of whoever makes the change: of the member, or the one that a token was made for.
    pub user_id: Option<UserId>,
    /// The mutation's name: `acceptAssignment`.
    pub name: &'static str,
    pub at: Timestamp,
    /// For the entries' ids.
    pub random: &'a Random,
}

impl<'a> Action<'a> {
    /// A mutation run by an account, or by a holder of a token (`None`).
    #[must_use]
    pub fn new(
        org_id: OrgId,
        actor_id: Option<AccountId>,
        name: &'static str,
        at: Timestamp,
        random: &'a Random,
    ) -> Self {
        Self {
            org_id,
            actor_id,
            user_id: None,
            name,
            at,
            random,
        }
    }

    /// A mutation that a member runs.
    #[must_use]
    pub fn of(member: Member, name: &'static str, at: Timestamp, random: &'a Random) -> Self {
        Self {
            org_id: member.org_id,
            actor_id: Some(member.account_id),
            user_id: member.user_id,
            name,
            at,
            random,
        }
    }
}

/// The change of one row: its facts before and after, or `null` where the row did not exist. The model of the row makes
/// these objects. They never contain a secret.
#[derive(Clone, Debug)]
pub struct Change {
    /// Its type in the schema.
    entity_type: &'static str,
    id: Id<Changed>,
    before: Value,
    after: Value,
}

impl Change {
    /// A row of `T` that is new.
    #[must_use]
    pub fn created<T: Entity>(id: Id<T>, after: Value) -> Self {
        Self::new(id, Value::Null, after)
    }

    /// A row of `T` that was deleted.
    #[must_use]
    pub fn deleted<T: Entity>(id: Id<T>, before: Value) -> Self {
        Self::new(id, before, Value::Null)
    }

    /// A row of `T` that was changed.
    #[must_use]
    pub fn new<T: Entity>(id: Id<T>, before: Value, after: Value) -> Self {
        Self {
            entity_type: T::TYPE,
            id: Id::new(id.uuid()),
            before,
            after,
        }
    }
}

/// Writes one entry for each change.
pub async fn record(conn: &mut Conn, action: Action<'_>, changes: Vec<Change>) -> Result<()> {
    let entry = |change: Change| AuditEntry {
        id: action.random.id(action.at),
        org_id: action.org_id,
        at: action.at,
        actor_id: action.actor_id,
        action: action.name,
        entity_type: change.entity_type,
        entity_id: change.id,
        changes: Json(difference(&change.before, &change.after)),
    };
    repo::insert(conn, changes.into_iter().map(entry).collect()).await
}

/// `{field: [before, after]}` for the fields that differ.
fn difference(before: &Value, after: &Value) -> Value {
    let none = Map::new();
    let (before, after) = (
        before.as_object().unwrap_or(&none),
        after.as_object().unwrap_or(&none),
    );
    let mut changes = Map::new();
    for field in before.keys().chain(after.keys()) {
        let (old, new) = (before.get(field), after.get(field));
        if old != new && !changes.contains_key(field) {
            changes.insert(field.clone(), json!([old, new]));
        }
    }
    Value::Object(changes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_names_each_field_that_differs_once() {
        let before = json!({"name": "A", "zone": "UTC", "note": null});
        let after = json!({"name": "B", "zone": "UTC", "note": "x"});
        assert_eq!(
            difference(&before, &after),
            json!({"name": ["A", "B"], "note": [null, "x"]})
        );
    }

    #[test]
    fn a_new_row_has_nothing_before() {
        assert_eq!(
            difference(&Value::Null, &json!({"name": "A"})),
            json!({"name": [null, "A"]})
        );
    }
}
