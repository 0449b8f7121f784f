use diesel::prelude::*;
use diesel::upsert::excluded;

use crate::db::dsl::{for_deletion, for_update};
use crate::db::schema::throttles;
use crate::db::types::Timestamp;
use crate::db::{AnyOf as _, Conn};
use crate::error::Result;

pub type Key = Vec<u8>;

/// Locks the rows in the order of their keys, so that transactions with several keys do not deadlock.
pub async fn lock(conn: &mut Conn, keys: &[Key]) -> Result<Vec<(Key, Timestamp)>> {
    let rows = throttles::table
        .filter(throttles::key.any_of(keys))
        .order(throttles::key)
        .select((throttles::key, throttles::ready_at));
    conn.load(for_update(rows)).await
}

/// Inserts the rows that do not exist, so that they can be locked. The keys must be in ascending order.
pub async fn insert(conn: &mut Conn, keys: &[Key], ready_at: Timestamp) -> Result<()> {
    let row = |key: &Key| {
        (
            throttles::key.eq(key.clone()),
            throttles::ready_at.eq(ready_at),
        )
    };
    let insert = diesel::insert_into(throttles::table)
        .values(keys.iter().map(row).collect::<Vec<_>>())
        .on_conflict_do_nothing();
    conn.execute(insert).await.map(drop)
}

pub async fn set(conn: &mut Conn, rows: Vec<(Key, Timestamp)>) -> Result<()> {
    let row = |(key, ready_at)| (throttles::key.eq(key), throttles::ready_at.eq(ready_at));
    let upsert = diesel::insert_into(throttles::table)
        .values(rows.into_iter().map(row).collect::<Vec<_>>())
        .on_conflict(throttles::key)
        .do_update()
        .set(throttles::ready_at.eq(excluded(throttles::ready_at)));
    conn.execute(upsert).await.map(drop)
}

pub async fn ready_at(conn: &mut Conn, key: Key) -> Result<Option<Timestamp>> {
    let row = throttles::table.find(key).select(throttles::ready_at);
    conn.opt(row).await
}

pub async fn ready_at_of(conn: &mut Conn, keys: &[Key]) -> Result<Vec<(Key, Timestamp)>> {
    let rows = throttles::table
        .filter(throttles::key.any_of(keys))
        .select((throttles::key, throttles::ready_at));
    conn.load(rows).await
}

/// Locks some rows whose allowance is full.
pub async fn lock_full(conn: &mut Conn, now: Timestamp, limit: i64) -> Result<Vec<Key>> {
    let full = throttles::table
        .filter(throttles::ready_at.le(now))
        .order(throttles::ready_at)
        .limit(limit)
        .select(throttles::key);
    conn.load(for_deletion(full)).await
}

pub async fn delete(conn: &mut Conn, keys: &[Key]) -> Result<()> {
    let rows = throttles::table.filter(throttles::key.any_of(keys));
    conn.execute(diesel::delete(rows)).await.map(drop)
}
