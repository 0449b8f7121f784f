use chrono::TimeDelta;

use super::account::account;
use super::session::{SignedIn, sign_in};
use crate::crypto::RefreshClaims;
use crate::db::Conn;
use crate::db::types::Timestamp;
use crate::domains::auth::model::Session;
use crate::domains::auth::repo;
use crate::domains::throttle::service::{REFRESH, attempt};
use crate::error::{AppError, ErrorCode, Result};
use crate::state::AppState;

/// How long after a renewal the previous token still gets the current one. Several tabs and lost answers need this.
const GRACE: TimeDelta = TimeDelta::seconds(10);

/// Renews a session and replaces the token, which works once. For 10 s after a renewal, the previous token gets the
/// same new token. Any other used token ends the session, because two parties hold it (RFC 9700 4.14.2).
///
/// # Errors
/// `INVALID_TOKEN`, whatever is wrong with the token or its session; `RATE_LIMITED`.
pub async fn refresh(state: &AppState, refresh_token: &str) -> Result<SignedIn> {
    let claims = state
        .refresh_tokens
        .verify(refresh_token)
        .ok_or_else(invalid)?;
    attempt(state, REFRESH, &claims.session_id.to_string()).await?;
    let renewed = state
        .db
        .write(async |conn| {
            let now = state.clock.now();
            // A refusal is `Ok(None)` here, so that the transaction commits the end of the session.
            let Some(session) = rotate(state, conn, claims, now).await? else {
                return Ok(None);
            };
            let account = account(conn, session.account_id).await?;
            sign_in(state, conn, account, &session, now).await.map(Some)
        })
        .await?;
    renewed.ok_or_else(invalid)
}

async fn rotate(
    state: &AppState,
    conn: &mut Conn,
    claims: RefreshClaims,
    now: Timestamp,
) -> Result<Option<Session>> {
    let Some(mut session) = repo::lock_session(conn, claims.session_id).await? else {
        return Ok(None);
    };
    if session.life().is_ahead(now) {
        // Revokes it permanently. Otherwise it would count as open again once the clock reaches that time.
        repo::revoke_session(conn, session.id, now).await?;
    }
    if !session.life().is_open(now) {
        return Ok(None);
    }
    match session.generation - claims.generation {
        0 => {
            session.generation += 1;
            session.last_used_at = now;
            let last = session.created_at + state.config.session_absolute;
            session.expires_at = last.min(now + state.config.session_idle);
            let (generation, expires_at) = (session.generation, session.expires_at);
            repo::rotate_session(conn, session.id, generation, now, expires_at).await?;
            Ok(Some(session))
        }
        1 if (now - session.last_used_at).abs() <= GRACE => Ok(Some(session)),
        1.. => {
            tracing::warn!(session = %session.id, "a refresh token was used again, so its session was ended");
            repo::revoke_session(conn, session.id, now).await?;
            Ok(None)
        }
        // This server made the token, but the row is older: the database was restored from a backup.
        _ => Ok(None),
    }
}

fn invalid() -> AppError {
    AppError::new(
        ErrorCode::InvalidToken,
        "The session has ended. Sign in again.",
    )
}
