use super::account::NewAccount;
use super::session::{SignedIn, begin, sign_in};
use crate::access::Client;
use crate::crypto::Asker;
use crate::domains::audit::service::{Action, record};
use crate::domains::orgs::service::{NewOrg, check_org, insert_org_within};
use crate::domains::throttle::service::attempt_from;
use crate::error::{AppError, ErrorCode, Result};
use crate::state::AppState;
use crate::validate;

/// A person who signs up, with a new organisation.
pub struct SignUp {
    pub email: String,
    pub password: String,
    /// The name of the person.
    pub display_name: String,
    /// The organisation to make.
    pub org: NewOrg,
    /// The browser or program.
    pub client: Client,
}

/// Creates an account and an organisation that it owns, and signs in.
///
/// # Errors
/// `BAD_USER_INPUT`; `ALREADY_EXISTS` when the address is taken; `FORBIDDEN` where signing up is switched off;
/// `RATE_LIMITED`.
pub async fn sign_up(state: &AppState, input: SignUp) -> Result<SignedIn> {
    if !state.config.signup_enabled {
        return Err(AppError::new(
            ErrorCode::Forbidden,
            "Signing up is switched off on this server.",
        ));
    }
    attempt_from(state, input.client.address).await?;
    let email = validate::email("email", &input.email)?;
    let display_name = validate::text("displayName", &input.display_name, validate::NAME)?;
    let new_org = check_org(&input.org, "orgName")?;
    let hints = [email.as_str(), &display_name, &new_org.name];
    state
        .passwords
        .check_new(&input.password, &hints, "password")?;
    let queued = state.passwords.queue(Asker::at(input.client.address))?;
    let new = NewAccount {
        email,
        display_name,
        password_hash: queued.hash(input.password).await?,
    };
    drop(queued);

    state
        .db
        .write(async |conn| {
            let now = state.clock.now();
            let account = new.insert(state, conn, now).await?;
            let founded =
                insert_org_within(conn, new_org.clone(), account.id, now, &state.random).await?;
            let org_id = founded.org.id;
            let action = Action::new(org_id, Some(account.id), "signUp", now, &state.random);
            record(conn, action, founded.changes()).await?;
            let session = begin(state, conn, &account, Some(org_id), &input.client, now).await?;
            sign_in(state, conn, account, &session, now).await
        })
        .await
}
