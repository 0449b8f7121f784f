//! What ended long ago and is deleted. Until then an operator can look it up.

use chrono::TimeDelta;

use crate::db::Share;
use crate::domains::auth::repo;
use crate::error::Result;
use crate::state::AppState;

/// How long a session and a password reset are kept after their end. If the clock was ahead for less than this and is
/// put right, nobody has lost a session by it.
const KEPT: TimeDelta = TimeDelta::days(30);

/// Deletes some sessions. Returns how many.
pub async fn delete_ended_sessions(state: &AppState, limit: i64) -> Result<usize> {
    let by = state.clock.now() - KEPT;
    let db = state.db.clone().charged_to(Share::Server);
    let deleted = db.write(async |conn| {
        let ids = repo::lock_ended_sessions(conn, by, limit).await?;
        if !ids.is_empty() {
            repo::delete_sessions(conn, &ids).await?;
        }
        Ok(ids.len())
    });
    deleted.await
}

/// Deletes some password resets. Returns how many.
pub async fn delete_ended_resets(state: &AppState, limit: i64) -> Result<usize> {
    let by = state.clock.now() - KEPT;
    let db = state.db.clone().charged_to(Share::Server);
    let deleted = db.write(async |conn| {
        let ids = repo::lock_ended_resets(conn, by, limit).await?;
        if !ids.is_empty() {
            repo::delete_resets(conn, &ids).await?;
        }
        Ok(ids.len())
    });
    deleted.await
}
