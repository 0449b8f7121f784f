use super::logout::end;
use crate::access::Requester;
use crate::domains::auth::model::Session;
use crate::domains::auth::repo;
use crate::error::{AppError, Result};
use crate::ids::SessionId;
use crate::state::AppState;

/// One's own open sessions, newest first.
pub async fn sessions(state: &AppState, who: &Requester) -> Result<Vec<Session>> {
    let now = state.clock.now();
    state
        .db
        .read(async |conn| repo::open_sessions(conn, who.account_id, now).await)
        .await
}

/// Ends one of one's own sessions, at once.
///
/// # Errors
/// `NOT_FOUND` for a session that is not one's own, or has ended.
pub async fn revoke_session(state: &AppState, who: &Requester, id: SessionId) -> Result<()> {
    let sessions = sessions(state, who).await?;
    if !sessions.iter().any(|session| session.id == id) {
        return Err(AppError::not_found().at("sessionId"));
    }
    end(state, id, "revokeSession").await
}
