use diesel::prelude::*;
use diesel::upsert::excluded;

use crate::db::Conn;
use crate::db::dsl::for_update;
use crate::db::schema::throttles;
use crate::db::types::Timestamp;
use crate::error::Result;

pub async fn lock(conn: &mut Conn, key: &[u8]) -> Result<Option<Timestamp>> {
    let row = throttles::table.find(key).select(throttles::ready_at);
    conn.opt(for_update(row)).await
}

/// Inserts the row if it does not exist, so that it can be locked.
pub async fn insert(conn: &mut Conn, key: &[u8], ready_at: Timestamp) -> Result<()> {
    let row = (throttles::key.eq(key), throttles::ready_at.eq(ready_at));
    let insert = diesel::insert_into(throttles::table)
        .values(row)
        .on_conflict_do_nothing();
    conn.execute(insert).await.map(drop)
}

pub async fn set(conn: &mut Conn, key: &[u8], ready_at: Timestamp) -> Result<()> {
    let row = (throttles::key.eq(key), throttles::ready_at.eq(ready_at));
    let upsert = diesel::insert_into(throttles::table)
        .values(row)
        .on_conflict(throttles::key)
        .do_update()
        .set(throttles::ready_at.eq(excluded(throttles::ready_at)));
    conn.execute(upsert).await.map(drop)
}

/// Deletes rows with a full allowance, because they have no effect.
pub async fn delete_ready(conn: &mut Conn, now: Timestamp) -> Result<()> {
    let ready = throttles::table.filter(throttles::ready_at.le(now));
    conn.execute(diesel::delete(ready)).await.map(drop)
}
