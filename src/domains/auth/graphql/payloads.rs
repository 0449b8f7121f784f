use async_graphql::{Context, ID, InputObject, SimpleObject};

use super::super::service::SignedIn;
use super::types::Account;
use crate::access::Role;
use crate::domains::auth::cookie;
use crate::domains::orgs::graphql::Org;
use crate::domains::orgs::model::Language;
use crate::graphql::context::{CurrentRequester, state};
use crate::graphql::execute::object::One;
use crate::graphql::scalar::DateTime;

/// The result of signing in. Send `accessToken` in the header `Authorization: Bearer <token>`. The refresh token is
/// never in an answer. It is in a cookie that scripts cannot read.
#[derive(SimpleObject)]
pub struct AuthPayload {
    /// A JWT for the header `Authorization: Bearer <token>`.
    access_token: String,
    /// When the access token expires. `POST /api/v1/auth/refresh` returns the next one.
    expires_at: DateTime,
    /// The account that signed in.
    account: One<Account>,
    /// The organisation of the access token. Null if the account belongs to no organisation.
    org: Option<One<Org>>,
    /// The role of the account in that organisation.
    role: Option<Role>,
}

impl AuthPayload {
    /// The payload after a password or a one-time token was checked. Also sets the refresh cookie.
    pub fn with_cookie(ctx: &Context<'_>, signed_in: SignedIn) -> Self {
        let cookie = cookie::set(
            &state(ctx).config,
            &signed_in.refresh_token,
            signed_in.refresh_for,
        );
        ctx.append_http_header("set-cookie", cookie);
        Self::new(ctx, signed_in)
    }

    /// The payload after only an access token was checked. It sets no cookie, so that a stolen access token cannot be
    /// exchanged for a refresh token.
    pub fn new(ctx: &Context<'_>, signed_in: SignedIn) -> Self {
        // The fields of the payload are read with the rights of the account that signed in.
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

/// A new account and its first organisation.
#[derive(InputObject)]
pub(super) struct SignUpInput {
    /// The e-mail address to sign in with.
    pub email: String,
    /// The new password. It needs at least 12 characters, or as many as the server's setting `PASSWORD_MIN_LENGTH`
    /// says, and at most 71 bytes. Passwords that are easy to guess are refused.
    pub password: String,
    /// The name of the person, at most 200 characters.
    pub display_name: String,
    /// The name of the new organisation, at most 200 characters. Names of organisations need not be unique.
    pub org_name: String,
    /// The IANA time zone of the organisation. New missions get it by default.
    #[graphql(default_with = "Some(String::from(\"Europe/Paris\"))")]
    pub timezone: Option<String>,
    /// The language of the mail that the organisation sends.
    #[graphql(default_with = "Some(Language::default())")]
    pub language: Option<Language>,
}

/// The credentials of an account.
#[derive(InputObject)]
pub(super) struct LoginInput {
    /// The e-mail address of the account.
    pub email: String,
    /// The password of the account.
    pub password: String,
    /// The organisation for the access token. By default it is the one that the account used last.
    pub org_id: Option<ID>,
}

/// The result of signing out.
#[derive(SimpleObject)]
pub(super) struct LogoutPayload {
    /// Always true, because the session has ended.
    pub logged_out: bool,
}

/// The organisation to switch to.
#[derive(InputObject)]
pub(super) struct SwitchOrgInput {
    /// The id of an organisation that you belong to.
    pub org_id: ID,
}

/// The address of an account with a forgotten password.
#[derive(InputObject)]
pub(super) struct RequestPasswordResetInput {
    /// The e-mail address of the account.
    pub email: String,
}

/// The result is the same whether or not an account has the address.
#[derive(SimpleObject)]
pub(super) struct RequestPasswordResetPayload {
    /// Always true. If an account has the address, the server sends a mail.
    pub accepted: bool,
    /// The token from the mail. Null, except in development for a client on the same machine.
    pub reset_token: Option<String>,
}

/// A new password and the token from a reset mail.
#[derive(InputObject)]
pub(super) struct ConfirmPasswordResetInput {
    /// The token from the link in the mail. It works once, for 30 minutes.
    pub token: String,
    /// The new password. It needs at least 12 characters, or as many as the server's setting `PASSWORD_MIN_LENGTH`
    /// says, and at most 71 bytes. Passwords that are easy to guess are refused.
    pub new_password: String,
}

/// The account with its new password. The mutation signs nobody in.
#[derive(SimpleObject)]
pub(super) struct ConfirmPasswordResetPayload {
    /// The account.
    pub account: One<Account>,
}

/// A new password and the current one.
#[derive(InputObject)]
pub(super) struct ChangePasswordInput {
    /// The current password.
    pub current_password: String,
    /// The new password. It needs at least 12 characters, or as many as the server's setting `PASSWORD_MIN_LENGTH`
    /// says, and at most 71 bytes. Passwords that are easy to guess are refused.
    pub new_password: String,
}

/// The account with its new password.
#[derive(SimpleObject)]
pub(super) struct ChangePasswordPayload {
    /// The account.
    pub account: One<Account>,
}

/// The session to end.
#[derive(InputObject)]
pub(super) struct RevokeSessionInput {
    /// The id of one of your own sessions.
    pub session_id: ID,
}

/// The session that was ended.
#[derive(SimpleObject)]
pub(super) struct RevokeSessionPayload {
    /// The id of the session.
    pub session_id: ID,
}

/// An invitation to join, and a new account if the invited address has none. If it has one, sign in to it first and
/// leave out `password` and `displayName`.
#[derive(InputObject)]
pub(super) struct JoinOrgInput {
    /// The token from the invitation's link.
    pub token: String,
    /// The password for the new account. It needs at least 12 characters, or as many as the server's setting
    /// `PASSWORD_MIN_LENGTH` says, and at most 71 bytes. Passwords that are easy to guess are refused.
    pub password: Option<String>,
    /// The name of the person, at most 200 characters.
    pub display_name: Option<String>,
}
