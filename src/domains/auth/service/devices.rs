use super::logout::end;
use crate::access::Requester;
use crate::domains::auth::model::Session;
use crate::domains::auth::repo;
use crate::error::{AppError, Result};
use crate::ids::SessionId;
use crate::state::AppState;

/// The requester's own open sessions, newest first: at most `limit` of them, or of those with some ids.
pub async fn sessions(
    state: &AppState,
    who: &Requester,
    ids: Option<&[SessionId]>,
    limit: i64,
) -> Result<Vec<Session>> {
    let now = state.clock.now();
    let read = state
        .db
        .read(async |conn| repo::open_sessions(conn, who.account_id, ids, now, limit).await);
    read.await
}

/// Ends one of the requester's own sessions.
///
/// # Errors
/// `NOT_FOUND` if the session belongs to another account or has ended.
pub async fn revoke_session(state: &AppState, who: &Requester, id: SessionId) -> Result<()> {
    if sessions(state, who, Some(&[id]), 1).await?.is_empty() {
        return Err(AppError::not_found().at("sessionId"));
    }
    end(state, id, "revokeSession").await
}
