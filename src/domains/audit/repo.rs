use super::model::AuditEntry;
use crate::db::Conn;
use crate::db::schema::audit_log;
use crate::error::Result;

/// Most entries that one statement inserts. SQLite takes no more than 32,766 values.
const AT_ONCE: usize = 1_000;

pub async fn insert(conn: &mut Conn, mut entries: Vec<AuditEntry>) -> Result<()> {
    while !entries.is_empty() {
        let rest = entries.split_off(entries.len().min(AT_ONCE));
        conn.execute(diesel::insert_into(audit_log::table).values(entries))
            .await?;
        entries = rest;
    }
    Ok(())
}
