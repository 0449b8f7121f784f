//! Writing and reading the audit log.

use serde_json::{Map, Value, json};

use super::model::{AuditEntry, AuditFilter, Changed};
use super::repo;
use crate::access::{Member, Role};
use crate::clock::Random;
use crate::db::Conn;
use crate::db::types::{Id, Json, Timestamp};
use crate::error::Result;
use crate::ids::{AccountId, AuditEntryId, Entity, OrgId, UserId};
use crate::page::{Page, Slice};
use crate::state::AppState;

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
        action: action.name.into(),
        entity_type: change.entity_type.into(),
        entity_id: change.id,
        changes: Json(difference(&change.before, &change.after)),
    };
    repo::insert(conn, changes.into_iter().map(entry).collect()).await
}

/// A page of the entries, newest first.
///
/// # Errors
/// `FORBIDDEN` below ADMIN.
pub async fn list_entries(
    state: &AppState,
    who: Member,
    filter: &AuditFilter,
    page: &Page<AuditEntry>,
) -> Result<Slice<AuditEntry>> {
    who.require(Role::Admin)?;
    let read = state.read(who, async |conn| {
        let rows = repo::page(conn, who.org_id, filter, page).await?;
        let total = page.total(repo::count(conn, who.org_id, filter)).await?;
        Ok(page.slice(rows, total))
    });
    read.await
}

/// Entries by their ids, for ADMIN and above; others find none.
pub async fn entries(
    state: &AppState,
    who: Member,
    ids: &[AuditEntryId],
) -> Result<Vec<AuditEntry>> {
    if !who.is(Role::Admin) {
        return Ok(Vec::new());
    }
    let read = state.read(who, async |conn| repo::by_ids(conn, who.org_id, ids).await);
    read.await
}

/// `{field: [before, after]}` for the fields that differ. A field that is missing is `null`.
fn difference(before: &Value, after: &Value) -> Value {
    let none = Map::new();
    let (before, after) = (
        before.as_object().unwrap_or(&none),
        after.as_object().unwrap_or(&none),
    );
    let mut changes = Map::new();
    for field in before.keys().chain(after.keys()) {
        let [old, new] = [before, after].map(|facts| facts.get(field).unwrap_or(&Value::Null));
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
    fn a_new_row_names_the_fields_that_are_not_empty() {
        let after = json!({"name": "A", "note": null});
        let expected = json!({"name": [null, "A"]});
        assert_eq!(difference(&Value::Null, &after), expected);
    }
}
