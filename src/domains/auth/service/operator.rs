//! The work of `coulisses-crew account`, which is not subject to throttling and roles.

use std::collections::HashMap;

use serde_json::json;

use super::account::NewAccount;
use super::session::end_sessions;
use crate::crypto::Asker;
use crate::db::Conn;
use crate::db::types::Timestamp;
use crate::domains::audit::service::{Action, Change, record};
use crate::domains::auth::model::{Account, Session};
use crate::domains::auth::repo;
use crate::domains::orgs::model::Membership;
use crate::domains::orgs::service::{
    NewOrg, check_org, insert_org_within, members_after_within, memberships_of_within, org_within,
};
use crate::error::{AppError, ErrorCode, Result};
use crate::ids::{AccountId, MembershipId, OrgId};
use crate::state::AppState;
use crate::validate;

/// How many accounts are listed at once.
const AT_ONCE: i64 = 500;

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

/// Disables an account and ends all its sessions. Nobody can sign in to it or reset its password until it is enabled
/// again. Returns how many sessions it ended.
///
/// # Errors
/// `NOT_FOUND`.
pub async fn disable_account(state: &AppState, email: &str) -> Result<usize> {
    state
        .db
        .write(async |conn| {
            let now = state.clock.now();
            // A sign-in takes the same lock before it begins a session, so no session is missed.
            let account = lock_by_email(conn, email).await?;
            if account.is_enabled() {
                repo::set_disabled(conn, account.id, Some(now)).await?;
                switched(state, conn, &account, "disableAccount", now).await?;
            }
            repo::use_resets(conn, account.id, now).await?;
            end_sessions(conn, account.id, None, now).await
        })
        .await
}

/// Lets people sign in to a disabled account again. Its sessions stay ended.
///
/// # Errors
/// `NOT_FOUND`.
pub async fn enable_account(state: &AppState, email: &str) -> Result<()> {
    state
        .db
        .write(async |conn| {
            let account = lock_by_email(conn, email).await?;
            if !account.is_enabled() {
                repo::set_disabled(conn, account.id, None).await?;
                switched(state, conn, &account, "enableAccount", state.clock.now()).await?;
            }
            Ok(())
        })
        .await
}

/// Writes the audit entry for an account that was disabled or enabled, in the organisation that it used last.
async fn switched(
    state: &AppState,
    conn: &mut Conn,
    account: &Account,
    name: &'static str,
    at: Timestamp,
) -> Result<()> {
    let Some(org_id) = account.last_org_id else {
        return Ok(());
    };
    let was = account.is_enabled();
    let facts = |is_enabled| json!({"enabled": is_enabled});
    let change = Change::new(account.id, facts(was), facts(!was));
    let action = Action::new(org_id, None, name, at, &state.random);
    record(conn, action, vec![change]).await
}

/// Some accounts with their memberships, oldest first: the next ones after an account.
pub async fn list_accounts(
    state: &AppState,
    after: Option<AccountId>,
) -> Result<Vec<(Account, Vec<Membership>)>> {
    state
        .db
        .read(async |conn| {
            let accounts = repo::accounts_after(conn, after, AT_ONCE).await?;
            let ids: Vec<_> = accounts.iter().map(|account| account.id).collect();
            let mut memberships = memberships_of_within(conn, &ids).await?;
            let with = accounts.into_iter().map(|account| {
                let own = memberships.remove(&account.id).unwrap_or_default();
                (account, own)
            });
            Ok(with.collect())
        })
        .await
}

/// Some members of an organisation with their accounts, oldest membership first: the next ones after a membership.
///
/// # Errors
/// `NOT_FOUND` when there is no such organisation.
pub async fn list_members(
    state: &AppState,
    org_id: OrgId,
    after: Option<MembershipId>,
) -> Result<Vec<(Account, Membership)>> {
    state
        .db
        .within(org_id)
        .read(async |conn| {
            org_within(conn, org_id)
                .await
                .map_err(|error| match error.code {
                    ErrorCode::NotFound => {
                        AppError::new(error.code, "No organisation has this id.")
                    }
                    _ => error,
                })?;
            let memberships = members_after_within(conn, org_id, after, AT_ONCE).await?;
            let ids: Vec<_> = memberships.iter().map(|row| row.account_id).collect();
            let accounts = repo::accounts_by_ids(conn, &ids).await?;
            let mut accounts: HashMap<_, _> = accounts
                .into_iter()
                .map(|account| (account.id, account))
                .collect();
            let with = memberships
                .into_iter()
                .filter_map(|row| Some((accounts.remove(&row.account_id)?, row)));
            Ok(with.collect())
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
            repo::open_sessions(conn, account.id, None, state.clock.now(), i64::MAX).await
        })
        .await
}

async fn by_email(conn: &mut Conn, email: &str) -> Result<Account> {
    let email = validate::email("email", email)?;
    repo::account_by_email(conn, &email)
        .await?
        .ok_or_else(nobody)
}

async fn lock_by_email(conn: &mut Conn, email: &str) -> Result<Account> {
    let found = by_email(conn, email).await?;
    let locked = repo::lock_account(conn, found.id).await?;
    locked.ok_or_else(nobody)
}

fn nobody() -> AppError {
    AppError::new(ErrorCode::NotFound, "No account has this e-mail address.")
}

async fn hash(state: &AppState, password: String) -> Result<String> {
    let queued = state.passwords.queue_known(Asker::Operator)?;
    queued.hash(password).await
}
