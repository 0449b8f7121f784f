use super::account::{NewAccount, account};
use super::session::{SignedIn, begin, sign_in};
use crate::access::{Anonymous, Client, Requester, unauthenticated};
use crate::crypto::{Asker, org_of};
use crate::domains::audit::service::{Action, Change, record};
use crate::domains::auth::repo;
use crate::domains::crew;
use crate::domains::orgs::service::{Joining, accept_joining_within, joining_within};
use crate::domains::throttle::service::attempt_from;
use crate::error::{AppError, Result};
use crate::state::AppState;
use crate::validate;

/// A person who accepts an invitation to join an organisation.
pub struct JoinOrg {
    /// The token of the invitation's link.
    pub token: String,
    /// For an address that has no account yet.
    pub password: Option<String>,
    /// For an address that has no account yet.
    pub display_name: Option<String>,
    /// The browser or program.
    pub client: Client,
}

/// Somebody who has joined.
pub struct Joined {
    /// With tokens that work in the organisation.
    pub signed_in: SignedIn,
    /// Whether joining began a session, so that the browser gets a cookie.
    pub begins_session: bool,
}

/// Joins the organisation of an invitation, either with a new account or signed in to the account of the invited
/// address. A crew profile with the same address is linked to the account.
///
/// # Errors
/// `INVALID_TOKEN`; `UNAUTHENTICATED` if the address has an account and that account is not signed in;
/// `BAD_USER_INPUT`; `ALREADY_EXISTS` for a member; `RATE_LIMITED`.
pub async fn join_org(
    state: &AppState,
    who: Result<&Requester, Anonymous>,
    input: JoinOrg,
) -> Result<Joined> {
    attempt_from(state, input.client.address).await?;
    let db = state.db.within(org_of(&input.token));
    let now = state.clock.now();
    let (email, known) = db
        .read(async |conn| {
            let Joining { email, .. } = joining_within(conn, &input.token, now).await?;
            let known = repo::account_by_email(conn, &email).await?;
            Ok((email, known))
        })
        .await?;
    let new = match &known {
        Some(account) if who.is_ok_and(|who| who.account_id == account.id) => None,
        // If another account is signed in, the reason is MISSING: the token of the invited account is missing.
        Some(_) => return Err(unauthenticated(who.err().unwrap_or(Anonymous::Missing))),
        None => Some(new_account(state, &email, &input).await?),
    };
    db.write(async |conn| {
        let now = state.clock.now();
        let joined = joining_within(conn, &input.token, now).await?;
        let account = match (&new, who) {
            (Some(new), _) => new.insert(state, conn, now).await?,
            (None, Ok(who)) => account(conn, who.account_id).await?,
            (None, Err(why)) => return Err(unauthenticated(why)),
        };
        let org_id = joined.org_id;
        let membership =
            accept_joining_within(conn, &joined, account.id, now, &state.random).await?;
        let link = crew::service::link_account_within;
        let mut changes = link(conn, org_id, &joined.email, account.id).await?;
        changes.push(Change::created(membership.id, membership.facts()));
        let action = Action::new(org_id, Some(account.id), "joinOrg", now, &state.random);
        record(conn, action, changes).await?;
        let session = match who.ok().filter(|_| new.is_none()) {
            None => begin(state, conn, &account, Some(org_id), &input.client, now).await?,
            Some(who) => {
                repo::lock_account(conn, account.id).await?;
                let session = repo::lock_session(conn, who.session_id).await?;
                let session = session.filter(|session| session.revoked_at.is_none());
                let mut session = session.ok_or_else(|| unauthenticated(Anonymous::Invalid))?;
                repo::set_session_org(conn, session.id, org_id).await?;
                repo::set_last_org(conn, account.id, Some(org_id)).await?;
                session.org_id = Some(org_id);
                session
            }
        };
        let signed_in = sign_in(state, conn, account, &session, now).await?;
        Ok(Joined {
            signed_in,
            begins_session: new.is_some(),
        })
    })
    .await
}

/// The account of a person who is new.
async fn new_account(state: &AppState, email: &str, input: &JoinOrg) -> Result<NewAccount> {
    let missing = |field| {
        AppError::bad_input(
            field,
            "This address has no account yet. Enter a name and a password to create one.",
        )
    };
    let name = input
        .display_name
        .as_deref()
        .ok_or_else(|| missing("displayName"))?;
    let password = input.password.clone().ok_or_else(|| missing("password"))?;
    let name = validate::text("displayName", name, validate::NAME)?;
    state
        .passwords
        .check_new(&password, &[email, &name], "password")?;
    let queued = state.passwords.queue(Asker::at(input.client.address))?;
    Ok(NewAccount {
        email: email.to_owned(),
        display_name: name,
        password_hash: queued.hash(password).await?,
    })
}
