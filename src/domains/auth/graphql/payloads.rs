use async_graphql::{Context, ID, InputObject, SimpleObject};

use super::super::service::SignedIn;
use super::types::Account;
use crate::access::Role;
use crate::domains::auth::cookie;
use crate::domains::orgs::graphql::Org;
use crate::graphql::context::{CurrentRequester, state};
use crate::graphql::execute::object::One;
use crate::graphql::scalar::DateTime;

/// What signing in answers. accessToken goes into `Authorization: Bearer`; the refresh token is in the httpOnly
/// cookie only.
#[derive(SimpleObject)]
pub struct AuthPayload {
    /// A JWT for `Authorization: Bearer`.
    access_token: String,
    /// When the access token ends; the refresh cookie gets a new one.
    expires_at: DateTime,
    /// Who signed in.
    account: One<Account>,
    /// The organisation that the token works in.
    org: Option<One<Org>>,
    /// What the account may do there.
    role: Option<Role>,
}

impl AuthPayload {
    /// After a password or a token: sets the cookie, too.
    pub fn with_cookie(ctx: &Context<'_>, signed_in: SignedIn) -> Self {
        let cookie = cookie::set(
            &state(ctx).config,
            &signed_in.refresh_token,
            signed_in.refresh_for,
        );
        ctx.append_http_header("set-cookie", cookie);
        Self::new(ctx, signed_in)
    }

    /// After no more than an access token: whoever has stolen one must not get a refresh token for it.
    pub fn new(ctx: &Context<'_>, signed_in: SignedIn) -> Self {
        // The payload is read as the account that signed in.
        ctx.data_unchecked::<CurrentRequester>()
            .set(Ok(signed_in.requester));
        Self {
            access_token: signed_in.access_token,
            expires_at: signed_in.expires_at.into(),
            account: One(Account(signed_in.account)),
            org: signed_in.org.map(Org).map(One),
            role: signed_in.role,
        }
    }
}

/// A person who signs up, with a new organisation.
#[derive(InputObject)]
pub(super) struct SignUpInput {
    /// The address to sign in with.
    pub email: String,
    /// At least 12 characters and at most 71 bytes; one that is easily guessed is refused.
    pub password: String,
    /// How the person is called; at most 200 characters.
    pub display_name: String,
    /// The name of the organisation to make; at most 200 characters. Other organisations may have the same.
    pub org_name: String,
    /// IANA zone name; the zone of the organisation's new missions.
    #[graphql(default_with = "Some(String::from(\"Europe/Paris\"))")]
    pub timezone: Option<String>,
}

/// A person who signs in. Without orgId: the organisation used last.
#[derive(InputObject)]
pub(super) struct LoginInput {
    /// The account's address.
    pub email: String,
    /// The account's password.
    pub password: String,
    /// The organisation to work in.
    pub org_id: Option<ID>,
}

/// What signing out answers.
#[derive(SimpleObject)]
pub(super) struct LogoutPayload {
    /// Always true: the session has ended.
    pub logged_out: bool,
}

/// Another organisation to work in.
#[derive(InputObject)]
pub(super) struct SwitchOrgInput {
    /// An organisation that the account belongs to.
    pub org_id: ID,
}

/// An address to send a link to.
#[derive(InputObject)]
pub(super) struct RequestPasswordResetInput {
    /// The account's address.
    pub email: String,
}

/// The same answer whether or not the address is known.
#[derive(SimpleObject)]
pub(super) struct RequestPasswordResetPayload {
    /// Always true: if an account has the address, a mail is on its way.
    pub accepted: bool,
    /// The token of the mail; only in development.
    pub reset_token: Option<String>,
}

/// A new password, by token.
#[derive(InputObject)]
pub(super) struct ConfirmPasswordResetInput {
    /// The token of the mail's link; it works once, for 30 minutes.
    pub token: String,
    /// At least 12 characters and at most 71 bytes; one that is easily guessed is refused.
    pub new_password: String,
}

/// The account with its new password. Nobody is signed in by it.
#[derive(SimpleObject)]
pub(super) struct ConfirmPasswordResetPayload {
    /// The account.
    pub account: One<Account>,
}

/// A new password, by the current one.
#[derive(InputObject)]
pub(super) struct ChangePasswordInput {
    /// The password until now.
    pub current_password: String,
    /// At least 12 characters and at most 71 bytes; one that is easily guessed is refused.
    pub new_password: String,
}

/// The account with its new password.
#[derive(SimpleObject)]
pub(super) struct ChangePasswordPayload {
    /// The account.
    pub account: One<Account>,
}

/// A device to be signed out.
#[derive(InputObject)]
pub(super) struct RevokeSessionInput {
    /// One of your own sessions.
    pub session_id: ID,
}

/// The device that was signed out.
#[derive(SimpleObject)]
pub(super) struct RevokeSessionPayload {
    /// Its session.
    pub session_id: ID,
}

/// Somebody who takes up an invitation into an organisation. password and displayName only where the address has no
/// account yet; otherwise sign in as that address.
#[derive(InputObject)]
pub(super) struct JoinOrgInput {
    /// The token of the invitation's link.
    pub token: String,
    /// At most 71 bytes; one that is short or easily guessed is refused.
    pub password: Option<String>,
    /// How the person is called; at most 200 characters.
    pub display_name: Option<String>,
}
