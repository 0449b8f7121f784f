use crate::access::Requester;
use crate::domains::audit::service::{Action, Change, record};
use crate::domains::auth::repo;
use crate::error::Result;
use crate::ids::SessionId;
use crate::state::AppState;

/// Ends the session. Its access and refresh tokens stop working at the next request.
pub async fn logout(state: &AppState, who: &Requester) -> Result<()> {
    end(state, who.session_id, "logout").await
}

/// Ends the sessions of the refresh tokens from a request's cookies. Returns whether this server made one of the
/// tokens. A browser sends several tokens if it has cookies of the same name with different paths. An invalid token
/// ends nothing.
pub async fn logout_by_refresh_tokens(state: &AppState, refresh_tokens: &[String]) -> Result<bool> {
    let mut ended = false;
    for token in refresh_tokens {
        if let Some(claims) = state.refresh_tokens.verify(token) {
            end(state, claims.session_id, "logout").await?;
            ended = true;
        }
    }
    Ok(ended)
}

/// Ends a session, if it is still open.
pub(super) async fn end(state: &AppState, session_id: SessionId, name: &'static str) -> Result<()> {
    state
        .db
        .write(async |conn| {
            let now = state.clock.now();
            let Some(before) = repo::lock_session(conn, session_id).await? else {
                return Ok(());
            };
            if before.revoked_at.is_some() {
                return Ok(());
            }
            repo::revoke_session(conn, session_id, now).await?;
            let Some(org_id) = before.org_id else {
                return Ok(());
            };
            let actor_id = Some(before.account_id);
            let action = Action::new(org_id, actor_id, name, now, &state.random);
            let mut after = before.clone();
            after.revoked_at = Some(now);
            let change = Change::new(session_id, before.facts(), after.facts());
            record(conn, action, vec![change]).await
        })
        .await
}
