//! The audit log in the schema.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result};
use serde_json::Value;

use super::{model, service};
use crate::access::Requester;
use crate::db::types::Id;
use crate::domains::auth::graphql::Account;
use crate::error::{self, AppError};
use crate::graphql::connection::{Connection, page};
use crate::graphql::context::{load, member, state};
use crate::graphql::execute::by_id::{ById, Lookup, ValuesOf};
use crate::graphql::execute::object::One;
use crate::graphql::guard::ADMIN;
use crate::graphql::id::decode_optional;
use crate::graphql::scalar::{DateTime, optional};
use crate::ids::{AnyId, AuditEntryId};
use crate::page::PageArgs;
use crate::state::AppState;
use crate::validate;

/// `AuditEntry` of the schema.
pub struct AuditEntry(pub model::AuditEntry);

impl From<model::AuditEntry> for AuditEntry {
    fn from(row: model::AuditEntry) -> Self {
        Self(row)
    }
}

/// An entry of the audit log: a change of one object. A mutation that changes several objects writes several entries.
#[Object]
impl AuditEntry {
    /// TypeID with the prefix `audit`.
    pub async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// When the change was made.
    async fn at(&self) -> DateTime {
        self.0.at.into()
    }

    /// The account that made the change, even if it has left the organisation. Null for the system and for somebody who
    /// answered an invitation by its token.
    async fn actor(&self, ctx: &Context<'_>) -> Result<Option<One<Arc<Account>>>> {
        match self.0.actor_id {
            Some(id) => Ok(load(ctx, ById::<Account>(id)).await?.map(One)),
            None => Ok(None),
        }
    }

    /// The name of the mutation, for example `acceptAssignment`.
    async fn action(&self) -> &str {
        &self.0.action
    }

    /// The type of the object, for example `Assignment`.
    async fn entity_type(&self) -> &str {
        &self.0.entity_type
    }

    /// The id of the object. The object itself may be deleted.
    async fn entity_id(&self) -> Result<ID> {
        let id = AnyId::new(&self.0.entity_type, self.0.entity_id.uuid());
        Ok(id.ok_or_else(AppError::not_found)?.into())
    }

    /// The fields that changed: `{field: [before, after]}`. A new object has null before, and a deleted one has null
    /// after. Never contains a password, a hash or a token.
    async fn changes(&self) -> &Value {
        &self.0.changes.0
    }
}

/// Entries of the organisation.
impl Lookup for AuditEntry {
    type Of = model::AuditEntry;
    type Value = Self;

    async fn load(
        state: &AppState,
        who: &Requester,
        ids: &[AuditEntryId],
    ) -> error::Result<ValuesOf<Self>> {
        let rows = service::entries(state, who.member()?, ids).await?;
        Ok(rows.into_iter().map(|row| (row.id, Self(row))).collect())
    }
}

/// Selects entries of the audit log. All fields that are set must match. `from` and `to` select the time `[from, to)`.
#[derive(InputObject, Default)]
struct AuditFilter {
    /// Only entries about this object. It takes the id of any object, also of one that is deleted.
    entity_id: Option<ID>,
    /// Only changes that this account made.
    actor_id: Option<ID>,
    /// Only entries of one of these mutations, for example `acceptAssignment`.
    action: Option<Vec<String>>,
    /// Only entries at or after this instant.
    from: Option<DateTime>,
    /// Only entries before this instant.
    to: Option<DateTime>,
}

impl AuditFilter {
    fn read(self) -> error::Result<model::AuditFilter> {
        let from = optional(self.from.as_ref(), "filter.from")?;
        let to = optional(self.to.as_ref(), "filter.to")?;
        if let (Some(from), Some(to)) = (from, to) {
            validate::interval("filter.to", from, to)?;
        }
        let action = |(i, name): (usize, String)| {
            validate::text(&format!("filter.action.{i}"), &name, validate::NAME)
        };
        let actions = self.action.map(|names| {
            let names = names.into_iter().enumerate();
            names.map(action).collect::<error::Result<_>>()
        });
        Ok(model::AuditFilter {
            entity: self.entity_id.as_ref().map(entity).transpose()?,
            actor_id: decode_optional(self.actor_id.as_ref(), "filter.actorId")?,
            action: actions.transpose()?,
            from,
            to,
        })
    }
}

/// The row with an id of any type.
fn entity(id: &ID) -> error::Result<(&'static str, Id<model::Changed>)> {
    let row = AnyId::parse(id).and_then(|id| Some((id.entity_type()?, Id::new(id.uuid()))));
    row.ok_or_else(|| AppError::bad_input("filter.entityId", "This is not an id."))
}

/// Queries of the audit log.
#[derive(Default)]
pub struct AuditQuery;

#[Object]
impl AuditQuery {
    /// The changes in the organisation, newest first. Needs ADMIN or above.
    #[graphql(guard = ADMIN)]
    async fn audit_log(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which entries to return.")] filter: Option<AuditFilter>,
        #[graphql(desc = "How many rows from the start: 0 to 200.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end: 0 to 200.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<One<Connection<AuditEntry>>> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let (page, filter) = (page(ctx, &args)?, filter.unwrap_or_default().read()?);
        let entries = service::list_entries(state(ctx), member(ctx)?, &filter, &page).await?;
        Ok(One(entries.into()))
    }
}
