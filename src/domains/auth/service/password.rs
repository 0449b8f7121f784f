use super::account::account;
use super::reset::password_changed;
use super::session::end_sessions;
use crate::access::{Anonymous, Requester, unauthenticated};
use crate::domains::auth::model::Account;
use crate::domains::auth::repo;
use crate::domains::throttle::service::{PASSWORD, attempt, unless_refused};
use crate::error::{AppError, ErrorCode, Result};
use crate::state::AppState;

/// Changes the requester's password and ends all other sessions.
///
/// # Errors
/// `INVALID_CREDENTIALS` when the current password is wrong; `BAD_USER_INPUT` at `newPassword`; `RATE_LIMITED`.
pub async fn change_password(
    state: &AppState,
    who: &Requester,
    current: String,
    new: String,
) -> Result<Account> {
    let own = state
        .db
        .read(async |conn| account(conn, who.account_id).await)
        .await?;
    let id = own.id.to_string();
    attempt(state, PASSWORD, &id).await?;
    let queued = state.passwords.queue_known(who.into());
    let queued = unless_refused(state, &[(PASSWORD, &id)], queued).await?;
    if !queued
        .verify(current, Some(own.password_hash.clone()))
        .await?
    {
        return Err(wrong());
    }
    let hints = [own.email.as_str(), &own.display_name];
    state.passwords.check_new(&new, &hints, "newPassword")?;
    let password_hash = queued.hash(new).await?;
    drop(queued);
    state
        .db
        .write(async |conn| {
            let now = state.clock.now();
            // Hashing is slow, so a reset may have ended this session in the meantime.
            let present = repo::lock_account(conn, own.id)
                .await?
                .ok_or_else(|| unauthenticated(Anonymous::Invalid))?;
            let session = repo::lock_session(conn, who.session_id).await?;
            if session.is_none_or(|session| session.revoked_at.is_some()) {
                return Err(unauthenticated(Anonymous::Invalid));
            }
            if present.password_hash != own.password_hash {
                return Err(wrong());
            }
            repo::use_resets(conn, own.id, now).await?;
            repo::set_password(conn, own.id, &password_hash).await?;
            end_sessions(conn, own.id, Some(who.session_id), now).await?;
            let org_id = who.member.map(|member| member.org_id).or(own.last_org_id);
            let by = (org_id, Some(own.id));
            password_changed(state, conn, by, own.id, "changePassword", now).await?;
            Ok(own.clone())
        })
        .await
}

fn wrong() -> AppError {
    let message = "The current password is wrong.";
    AppError::new(ErrorCode::InvalidCredentials, message).at("currentPassword")
}
