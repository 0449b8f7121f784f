use chrono::TimeDelta;
use serde_json::json;

use super::session::end_sessions;
use crate::access::Client;
use crate::crypto::{Asker, OneTimeToken, hash_presented};
use crate::db::types::Timestamp;
use crate::db::{Conn, Share};
use crate::domains::audit::service::{Action, Change, record};
use crate::domains::auth::model::{Account, PasswordReset};
use crate::domains::auth::repo;
use crate::domains::orgs;
use crate::domains::orgs::model::Language;
use crate::domains::throttle::service::{RESET, attempt, attempt_from, unless_refused};
use crate::error::{AppError, ErrorCode, Result};
use crate::ids::{AccountId, OrgId};
use crate::mail::{Letter, Stamp};
use crate::state::AppState;
use crate::validate;

/// How long a reset token is valid.
const VALID: TimeDelta = TimeDelta::minutes(30);

/// Mails a link to choose a new password, if an account has the address and is not disabled. Neither the answer nor its timing reveals
/// whether one does, because the work is done after the answer. In development on the loopback address, the function
/// waits and returns the token.
///
/// # Errors
/// `BAD_USER_INPUT` for what is no address; `RATE_LIMITED`; `FORBIDDEN` where no mail can be sent; `UNAVAILABLE` if too
/// many mails wait.
pub async fn request_password_reset(
    state: &AppState,
    email: &str,
    client: &Client,
) -> Result<Option<String>> {
    if !state.mailer.sends() {
        let message = "This server sends no mail, so it cannot reset passwords. Ask its operator for a new password.";
        return Err(AppError::new(ErrorCode::Forbidden, message));
    }
    let email = validate::email("email", email)?;
    attempt_from(state, client.address).await?;
    attempt(state, RESET, &email).await?;
    // The answer is the same whether or not an account has the address.
    let stamp = state.mailer.stamp(Share::Anonymous);
    let stamp = unless_refused(state, &[(RESET, &email)], stamp).await?;
    if !(state.config.is_local() && client.is_local) {
        let later = state.clone();
        state.tasks.spawn(async move {
            if let Err(error) = make_reset(&later, &email, stamp).await {
                tracing::error!(
                    cause = error.causes(),
                    "a password reset could not be sent: {error}"
                );
            }
        });
        return Ok(None);
    }
    make_reset(state, &email, stamp).await
}

/// Makes a token for the account of an address, if there is one, and sends it.
async fn make_reset(state: &AppState, email: &str, stamp: Stamp) -> Result<Option<String>> {
    let token = OneTimeToken::new(&state.random);
    let made = state
        .db
        .write(async |conn| {
            let now = state.clock.now();
            let account = repo::account_by_email(conn, email).await?;
            let Some(account) = account.filter(Account::is_enabled) else {
                return Ok(None);
            };
            let reset = PasswordReset {
                id: state.random.id(now),
                account_id: account.id,
                token_hash: token.hash.clone(),
                created_at: now,
                expires_at: now + VALID,
                used_at: None,
            };
            repo::insert_reset(conn, &reset).await?;
            let language = language_of(conn, account.id).await?;
            Ok(Some((account, reset.id, language)))
        })
        .await?;
    let Some((account, reset_id, language)) = made else {
        return Ok(None);
    };
    let link = format!(
        "{}/reset-password?token={}",
        state.config.app_url, token.token
    );
    let (subject, text) = words(language, &link);
    let letter = Letter {
        id: reset_id.uuid(),
        at: state.clock.now(),
        to: account.email,
        subject: subject.to_owned(),
        text,
        html: None,
        calendar: None,
    };
    stamp.send(&letter).await?;
    Ok(Some(token.token))
}

/// The language of the mail to an account: that of its organisation, of the oldest one if it belongs to several. Without
/// an organisation, it is the default one.
async fn language_of(conn: &mut Conn, account_id: AccountId) -> Result<Language> {
    let mut of_account = orgs::service::memberships_of_within(conn, &[account_id]).await?;
    let memberships = of_account.remove(&account_id).unwrap_or_default();
    match memberships.first() {
        Some(oldest) => {
            let org = orgs::service::org_within(conn, oldest.org_id).await?;
            Ok(org.language)
        }
        None => Ok(Language::default()),
    }
}

/// The subject and the text of the mail.
fn words(language: Language, link: &str) -> (&'static str, String) {
    match language {
        Language::Fr => (
            "Choisissez un nouveau mot de passe",
            format!(
                "Bonjour,\n\nUn nouveau mot de passe a été demandé pour cette adresse. Pour le choisir, ouvrez ce lien \
                 dans les 30 minutes\u{a0}:\n\n{link}\n\nSi cette demande ne vient pas de vous, ne faites rien\u{a0}: votre \
                 mot de passe reste le même.\n"
            ),
        ),
        Language::En => (
            "Choose a new password",
            format!(
                "Hello,\n\nsomebody asked for a new password for this address. To choose one, open this link within 30 \
                 minutes:\n\n{link}\n\nIf it was not you, do nothing: your password stays as it is.\n"
            ),
        ),
    }
}

/// Sets a new password by token and ends all sessions of the account. The token works once; nobody is signed in.
///
/// # Errors
/// `INVALID_TOKEN`; `BAD_USER_INPUT` at `newPassword`; `RATE_LIMITED`.
pub async fn confirm_password_reset(
    state: &AppState,
    token: &str,
    new_password: &str,
    client: &Client,
) -> Result<Account> {
    attempt_from(state, client.address).await?;
    let token_hash = hash_presented(token);
    // The token is checked first, so that an invalid one costs no hashing.
    let account = state
        .db
        .read(async |conn| {
            usable(conn, &token_hash, state.clock.now())
                .await
                .map(|found| found.1)
        })
        .await?;
    let hints = [account.email.as_str(), &account.display_name];
    state
        .passwords
        .check_new(new_password, &hints, "newPassword")?;
    // The token came by mail to the owner of the account.
    let queued = state.passwords.queue_known(Asker::at(client.address))?;
    let password_hash = queued.hash(new_password.to_owned()).await?;
    drop(queued);
    state
        .db
        .write(async |conn| {
            let now = state.clock.now();
            repo::lock_account(conn, account.id).await?;
            // The token is checked again under the lock, so that only one of several simultaneous requests finds it
            // unused.
            usable(conn, &token_hash, now).await?;
            repo::use_resets(conn, account.id, now).await?;
            repo::set_password(conn, account.id, &password_hash).await?;
            end_sessions(conn, account.id, None, now).await?;
            let by = (account.last_org_id, Some(account.id));
            password_changed(state, conn, by, account.id, "confirmPasswordReset", now).await?;
            Ok(account.clone())
        })
        .await
}

async fn usable(
    conn: &mut Conn,
    token_hash: &[u8],
    now: Timestamp,
) -> Result<(PasswordReset, Account)> {
    let invalid = || {
        let message = "This link is not valid. It may be used or too old. Ask for a new one.";
        AppError::new(ErrorCode::InvalidToken, message).at("token")
    };
    let reset = repo::reset_by_hash(conn, token_hash)
        .await?
        .ok_or_else(invalid)?;
    // One that has more time left than any may have was made by a clock that was ahead.
    let (end, longest) = (reset.expires_at, now + VALID);
    if reset.used_at.is_some() || end <= now || end > longest {
        return Err(invalid());
    }
    let account = super::account::account(conn, reset.account_id).await?;
    // The token may have been made while the account was being disabled.
    if !account.is_enabled() {
        return Err(invalid());
    }
    Ok((reset, account))
}

/// Writes the audit entry for a new password. Without an organisation there is no audit log to write to.
pub(super) async fn password_changed(
    state: &AppState,
    conn: &mut Conn,
    (org_id, actor_id): (Option<OrgId>, Option<AccountId>),
    account_id: AccountId,
    name: &'static str,
    at: Timestamp,
) -> Result<()> {
    let Some(org_id) = org_id else { return Ok(()) };
    let action = Action::new(org_id, actor_id, name, at, &state.random);
    let change = Change::created(account_id, json!({"password": "changed"}));
    record(conn, action, vec![change]).await
}
