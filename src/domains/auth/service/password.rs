use super::reset::password_changed;
use super::session::{account, end_sessions};
use crate::access::Requester;
use crate::domains::auth::model::Account;
use crate::domains::auth::repo;
use crate::domains::throttle::service::{ACCOUNT, attempt};
use crate::error::{AppError, ErrorCode, Result};
use crate::state::State;

/// Changes one's own password and ends all other sessions.
///
/// # Errors
/// `INVALID_CREDENTIALS` when the current password is wrong; `BAD_USER_INPUT` at `newPassword`; `RATE_LIMITED`.
pub async fn change_password(
    state: &State,
    who: &Requester,
    current: String,
    new: String,
) -> Result<Account> {
    let own = state
        .db
        .read(async |conn| account(conn, who.account_id).await)
        .await?;
    attempt(state, ACCOUNT, &own.email).await?;
    if !state
        .passwords
        .verify(current, Some(own.password_hash.clone()))
        .await?
    {
        let message = "The current password is wrong.";
        return Err(AppError::new(ErrorCode::InvalidCredentials, message).at("currentPassword"));
    }
    let hints = [own.email.as_str(), &own.display_name];
    state.passwords.check_new(&new, &hints, "newPassword")?;
    let password_hash = state.passwords.hash(new).await?;
    state
        .db
        .write(async |conn| {
            let now = state.clock.now();
            repo::set_password(conn, own.id, &password_hash).await?;
            end_sessions(conn, own.id, Some(who.session_id), now).await?;
            password_changed(state, conn, &own, "changePassword", now).await?;
            Ok(own.clone())
        })
        .await
}
