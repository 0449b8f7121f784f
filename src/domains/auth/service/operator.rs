//! The work of `coulisses-crew account`, which is not subject to throttling and roles.

use super::account::NewAccount;
use super::session::end_sessions;
use crate::crypto::Asker;
use crate::db::Conn;
use crate::domains::audit::service::{Action, record};
use crate::domains::auth::model::{Account, Session};
use crate::domains::auth::repo;
use crate::domains::orgs::service::{NewOrg, check_org, insert_org_within};
use crate::error::{AppError, ErrorCode, Result};
use crate::state::AppState;
use crate::validate;

/// Creates an account and, if one is named, an organisation that the account owns.
///
/// # Errors
/// `BAD_USER_INPUT`; `ALREADY_EXISTS`.
pub async fn create_account(
    state: &AppState,
    email: &str,
    display_name: &str,
    password: String,
    org: Option<NewOrg>,
) -> Result<Account> {
    let email = validate::email("email", email)?;
    let display_name = validate::text("name", display_name, validate::NAME)?;
    let org = org.map(|org| check_org(&org, "org")).transpose()?;
    state
        .passwords
        .check_new(&password, &[&email, &display_name], "password")?;
    let new = NewAccount {
        email,
        display_name,
        password_hash: hash(state, password).await?,
    };
    state
        .db
        .write(async |conn| {
            let now = state.clock.now();
            let account = new.insert(state, conn, now).await?;
            if let Some(new_org) = org.clone() {
                let founded =
                    insert_org_within(conn, new_org, account.id, now, &state.random).await?;
                let action = Action::new(founded.org.id, None, "createAccount", now, &state.random);
                record(conn, action, founded.changes()).await?;
            }
            Ok(account)
        })
        .await
}

/// Sets a password and ends all sessions. Returns how many it ended.
///
/// # Errors
/// `NOT_FOUND`; `BAD_USER_INPUT`.
pub async fn set_password(state: &AppState, email: &str, password: String) -> Result<usize> {
    state.passwords.check_new(&password, &[email], "password")?;
    let password_hash = hash(state, password).await?;
    state
        .db
        .write(async |conn| {
            let now = state.clock.now();
            let account = by_email(conn, email).await?;
            repo::set_password(conn, account.id, &password_hash).await?;
            repo::use_resets(conn, account.id, now).await?;
            super::reset::password_changed(
                state,
                conn,
                (account.last_org_id, None),
                account.id,
                "setPassword",
                now,
            )
            .await?;
            end_sessions(conn, account.id, None, now).await
        })
        .await
}

/// Ends all sessions of an account. Returns how many it ended.
///
/// # Errors
/// `NOT_FOUND`.
pub async fn revoke_sessions(state: &AppState, email: &str) -> Result<usize> {
    state
        .db
        .write(async |conn| {
            let account = by_email(conn, email).await?;
            end_sessions(conn, account.id, None, state.clock.now()).await
        })
        .await
}

/// The open sessions of an account, newest first.
///
/// # Errors
/// `NOT_FOUND`.
pub async fn list_sessions(state: &AppState, email: &str) -> Result<Vec<Session>> {
    state
        .db
        .read(async |conn| {
            let account = by_email(conn, email).await?;
            repo::open_sessions(conn, account.id, state.clock.now()).await
        })
        .await
}

async fn by_email(conn: &mut Conn, email: &str) -> Result<Account> {
    let email = validate::email("email", email)?;
    repo::account_by_email(conn, &email)
        .await?
        .ok_or_else(|| AppError::new(ErrorCode::NotFound, "No account has this e-mail address."))
}

async fn hash(state: &AppState, password: String) -> Result<String> {
    let queued = state.passwords.queue_known(Asker::Operator)?;
    queued.hash(password).await
}
