use super::model::AuditEntry;
use crate::db::Conn;
use crate::db::schema::audit_log;
use crate::error::Result;

pub async fn insert(conn: &mut Conn, entries: Vec<AuditEntry>) -> Result<()> {
    conn.execute(diesel::insert_into(audit_log::table).values(entries))
        .await
        .map(drop)
}
