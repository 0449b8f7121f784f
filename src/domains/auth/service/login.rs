use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use super::session::{SignedIn, begin, sign_in};
use crate::access::Client;
use crate::address::Address;
use crate::crypto::{Asker, Queued};
use crate::db::Conn;
use crate::domains::audit::service::{Action, Change, record};
use crate::domains::auth::model::Account;
use crate::domains::auth::repo;
use crate::domains::orgs;
use crate::domains::throttle::service as throttle;
use crate::error::{AppError, ErrorCode, Result};
use crate::ids::{AccountId, OrgId};
use crate::state::AppState;
use crate::text;

/// A person who signs in.
pub struct Login {
    pub email: String,
    pub password: String,
    /// The organisation for the access token; by default the one that the account used last.
    pub org_id: Option<OrgId>,
    /// The browser or program.
    pub client: Client,
}

/// Begins a session. For an unknown address, and for a disabled account, the function does the same work and returns the
/// same error as for a wrong password.
///
/// # Errors
/// `INVALID_CREDENTIALS`; `NOT_FOUND` for an organisation that the account does not belong to; `UNAVAILABLE`
/// when too many people sign in at once; `RATE_LIMITED`.
pub async fn login(state: &AppState, input: Login) -> Result<SignedIn> {
    let (address, seen) = (input.client.address, Seen::default());
    let signed_in = check_and_begin(state, input, &seen).await;
    if let Err(error) = &signed_in {
        let reason = reason(error, &seen);
        state.metrics.sign_in_refused(reason);
        let account = seen.account.get().map(ToString::to_string);
        tracing::info!(reason, account, client = %address, "a sign-in was refused");
    }
    signed_in
}

/// What a sign-in comes upon. Only the operator is told: the client must not learn whether an account has the address.
#[derive(Default)]
struct Seen {
    account: OnceLock<AccountId>,
    /// The password is right, and the account is disabled.
    is_disabled: AtomicBool,
}

impl Seen {
    /// Whether the account is enabled. Notes if it is not.
    fn is_enabled(&self, account: &Account) -> bool {
        let is_enabled = account.is_enabled();
        self.is_disabled.store(!is_enabled, Ordering::Relaxed);
        is_enabled
    }
}

/// Why a sign-in is refused, for the operator.
fn reason(error: &AppError, seen: &Seen) -> &'static str {
    match error.code {
        ErrorCode::InvalidCredentials if seen.is_disabled.load(Ordering::Relaxed) => {
            "disabled account"
        }
        ErrorCode::InvalidCredentials if seen.account.get().is_some() => "wrong password",
        ErrorCode::InvalidCredentials => "unknown address",
        ErrorCode::RateLimited => "too many attempts",
        ErrorCode::NotFound => "not a member of the organisation",
        ErrorCode::Unavailable if error.is_overload() => "overloaded",
        ErrorCode::Unavailable => "database unavailable",
        _ => "failed",
    }
}

/// Begins a session if the password is right and the account enabled. Notes in `seen` what it comes upon.
async fn check_and_begin(state: &AppState, input: Login, seen: &Seen) -> Result<SignedIn> {
    let email = text::mailbox(&input.email).unwrap_or_else(|| input.email.trim().to_lowercase());
    let queued = admit(state, &email, input.client.address).await?;
    // PostgreSQL refuses NUL in a text, and no address contains one.
    let account = match email.contains('\0') {
        true => None,
        false => {
            state
                .db
                .read(async |conn| repo::account_by_email(conn, &email).await)
                .await?
        }
    };
    if let Some(account) = &account {
        seen.account.get_or_init(|| account.id);
    }
    let hash = account
        .as_ref()
        .map(|account| account.password_hash.clone());
    let matches = queued.verify(input.password, hash).await?;
    let account = account.filter(|account| matches && seen.is_enabled(account));
    let account = account.ok_or_else(wrong)?;

    state
        .db
        .write(async |conn| {
            let now = state.clock.now();
            // Hashing is slow. In the meantime the password may have been changed or the account disabled, and all
            // sessions ended.
            let present = repo::lock_account(conn, account.id)
                .await?
                .ok_or_else(wrong)?;
            if present.password_hash != account.password_hash || !seen.is_enabled(&present) {
                return Err(wrong());
            }
            let org_id = choose_org(conn, &account, input.org_id).await?;
            let session = begin(state, conn, &account, org_id, &input.client, now).await?;
            if let Some(org_id) = org_id {
                let action = Action::new(org_id, Some(account.id), "login", now, &state.random);
                let change = Change::created(session.id, session.facts());
                record(conn, action, vec![change]).await?;
            }
            sign_in(state, conn, account.clone(), &session, now).await
        })
        .await
}

/// Counts the attempt, and takes a place in the queue for comparing the password. Strangers who guess the password have
/// an allowance of their own, so the owner can still sign in from an address that the account knows.
async fn admit<'a>(state: &'a AppState, email: &str, address: Address) -> Result<Queued<'a>> {
    let asker = Asker::at(address);
    let (rule, queued) = if throttle::knows(state, email, address).await? {
        throttle::attempt_from_known(state, address).await?;
        throttle::attempt(state, throttle::KNOWN, email).await?;
        (throttle::KNOWN, state.passwords.queue_known(asker))
    } else {
        throttle::attempt_from(state, address).await?;
        throttle::attempt(state, throttle::ACCOUNT, email).await?;
        (throttle::ACCOUNT, state.passwords.queue(asker))
    };
    // If the password is not compared, the attempt does not count against the account.
    throttle::unless_refused(state, &[(rule, email)], queued).await
}

fn wrong() -> AppError {
    let message = "The e-mail address or the password is wrong.";
    AppError::new(ErrorCode::InvalidCredentials, message)
}

/// The requested organisation, or the one used last, or the one with the oldest membership. `None` if the account
/// belongs to none.
async fn choose_org(
    conn: &mut Conn,
    account: &Account,
    asked: Option<OrgId>,
) -> Result<Option<OrgId>> {
    let mut of_account = orgs::service::memberships_of_within(conn, &[account.id]).await?;
    let memberships = of_account.remove(&account.id).unwrap_or_default();
    let belongs = |org_id: &OrgId| {
        memberships
            .iter()
            .any(|membership| membership.org_id == *org_id)
    };
    match asked {
        Some(org_id) if belongs(&org_id) => Ok(Some(org_id)),
        Some(_) => Err(AppError::not_found().at("orgId")),
        None => {
            let oldest = memberships.first().map(|membership| membership.org_id);
            Ok(account.last_org_id.filter(belongs).or(oldest))
        }
    }
}
