use diesel::prelude::*;

use super::model::{AuditEntry, AuditFilter};
use crate::db::dsl::{Columns, Condition, when};
use crate::db::schema::audit_log;
use crate::db::{AT_ONCE, AnyOf as _, Conn};
use crate::error::Result;
use crate::ids::{AuditEntryId, OrgId};
use crate::page::Page;

pub async fn insert(conn: &mut Conn, mut entries: Vec<AuditEntry>) -> Result<()> {
    while !entries.is_empty() {
        let rest = entries.split_off(entries.len().min(AT_ONCE));
        conn.execute(diesel::insert_into(audit_log::table).values(entries))
            .await?;
        entries = rest;
    }
    Ok(())
}

pub async fn by_ids(
    conn: &mut Conn,
    org_id: OrgId,
    ids: &[AuditEntryId],
) -> Result<Vec<AuditEntry>> {
    let rows = audit_log::table
        .filter(audit_log::org_id.eq(org_id))
        .filter(audit_log::id.any_of(ids))
        .select(AuditEntry::columns());
    conn.load(rows).await
}

fn matching(org_id: OrgId, filter: &AuditFilter) -> impl Condition<audit_log::table> + use<> {
    // An index has the entries of one action in order. Several are compared row by row in the order of the list.
    let (one, several) = match filter.action.as_deref() {
        Some([action]) => (Some(action.clone()), None),
        actions => (None, actions.map(<[_]>::to_vec)),
    };
    let entity = filter.entity.map(|(entity_type, id)| {
        audit_log::entity_id
            .eq(id)
            .and(audit_log::entity_type.eq(entity_type))
    });
    when(Some(
        audit_log::org_id
            .eq(org_id)
            .and(when(entity))
            .and(when(filter.actor_id.map(|id| audit_log::actor_id.eq(id))))
            .and(when(one.map(|action| audit_log::action.eq(action))))
            .and(when(
                several.map(|actions| audit_log::action.any_of(&actions)),
            ))
            .and(when(filter.from.map(|from| audit_log::at.ge(from))))
            .and(when(filter.to.map(|to| audit_log::at.lt(to)))),
    ))
}

/// Newest first.
pub async fn page(
    conn: &mut Conn,
    org_id: OrgId,
    filter: &AuditFilter,
    page: &Page<AuditEntry>,
) -> Result<Vec<AuditEntry>> {
    let rows = audit_log::table
        // Before the filter: SQLite reads a range from the first bound in the text. The cursor is the closer one, unless
        // the filter has changed since.
        .filter(page.between())
        .filter(matching(org_id, filter))
        .order(page.order())
        .limit(page.limit())
        .select(AuditEntry::columns());
    conn.load(rows).await
}

pub async fn count(conn: &mut Conn, org_id: OrgId, filter: &AuditFilter) -> Result<i64> {
    let rows = audit_log::table.filter(matching(org_id, filter));
    conn.one(rows.count()).await
}
