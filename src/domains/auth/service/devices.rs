use super::logout::end;
use crate::access::Requester;
use crate::domains::auth::model::Session;
use crate::domains::auth::repo;
use crate::error::{AppError, Result};
use crate::ids::SessionId;
use crate::state::AppState;

/// The requester's own open sessions, newest first.
pub async fn sessions(state: &AppState, who: &Requester) -> Result<Vec<Session>> {
    let now = state.clock.now();
    state
        .db
        .read(async |conn| repo::open_sessions(conn, who.account_id, now).await)
        .await
}

/// Ends one of the requester's own sessions.
///
/// # Errors
/// `NOT_FOUND` if the session belongs to another account or has ended.
pub async fn revoke_session(state: &AppState, who: &Requester, id: SessionId) -> Result<()> {
    let sessions = sessions(state, who).await?;
    if !sessions.iter().any(|session| session.id == id) {
        return Err(AppError::not_found().at("sessionId"));
    }
    end(state, id, "revokeSession").await
}
