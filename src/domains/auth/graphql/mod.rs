//! Accounts and sessions in the schema.

mod payloads;
mod types;

use std::sync::Arc;

use async_graphql::{Context, Object, Result};

pub use payloads::AuthPayload;
use payloads::{
    ChangePasswordInput, ChangePasswordPayload, ConfirmPasswordResetInput,
    ConfirmPasswordResetPayload, JoinOrgInput, LoginInput, LogoutPayload,
    RequestPasswordResetInput, RequestPasswordResetPayload, RevokeSessionInput,
    RevokeSessionPayload, SignUpInput, SwitchOrgInput,
};
pub use types::{Account, Session};

use super::service::{self, JoinOrg, Login, SignUp};
use crate::access::Anonymous;
use crate::domains::auth::cookie;
use crate::domains::orgs::service::NewOrg;
use crate::graphql::context::{CurrentRequester, client, load_one, requester, signed_in, state};
use crate::graphql::execute::by_id::ById;
use crate::graphql::execute::object::One;
use crate::graphql::guard::SIGNED_IN;
use crate::graphql::id::{decode, decode_optional};

/// Queries of accounts.
#[derive(Default)]
pub struct AuthQuery;

#[Object]
impl AuthQuery {
    /// The account of the access token.
    #[graphql(guard = SIGNED_IN)]
    async fn me(&self, ctx: &Context<'_>) -> Result<One<Arc<Account>>> {
        let who = signed_in(ctx)?;
        Ok(One(load_one(ctx, ById::<Account>(who.account_id)).await?))
    }
}

/// Mutations of accounts and sessions.
#[derive(Default)]
pub struct AuthMutation;

#[Object]
impl AuthMutation {
    /// Creates an account and an organisation that the account owns, and signs in. Needs no access token. The server
    /// limits attempts for each client address.
    async fn sign_up(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: SignUpInput,
    ) -> Result<One<AuthPayload>> {
        let timezone = input.timezone.unwrap_or_else(|| "Europe/Paris".to_owned());
        let input = SignUp {
            email: input.email,
            password: input.password,
            display_name: input.display_name,
            org: NewOrg {
                name: input.org_name,
                timezone,
                language: input.language.unwrap_or_default(),
            },
            client: client(ctx),
        };
        let signed_in = service::sign_up(state(ctx), input).await?;
        Ok(One(AuthPayload::with_cookie(ctx, signed_in)))
    }

    /// Signs in. Needs no access token. The server limits attempts for each e-mail address and for each client address.
    async fn login(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: LoginInput,
    ) -> Result<One<AuthPayload>> {
        let org_id = decode_optional(input.org_id.as_ref(), "orgId")?;
        let input = Login {
            email: input.email,
            password: input.password,
            org_id,
            client: client(ctx),
        };
        let signed_in = service::login(state(ctx), input).await?;
        Ok(One(AuthPayload::with_cookie(ctx, signed_in)))
    }

    /// Ends the session of the access token and clears the refresh cookie.
    #[graphql(guard = SIGNED_IN)]
    async fn logout(&self, ctx: &Context<'_>) -> Result<One<LogoutPayload>> {
        let who = signed_in(ctx)?;
        service::logout(state(ctx), &who).await?;
        ctx.append_http_header("set-cookie", cookie::clear(&state(ctx).config));
        ctx.data_unchecked::<CurrentRequester>()
            .set(Err(Anonymous::Invalid));
        Ok(One(LogoutPayload { logged_out: true }))
    }

    /// Joins the organisation of an invitation. Either creates an account for the invited address, or needs an access
    /// token of the account with that address. The returned access token is for that organisation. If the crew has a
    /// profile with the same address, the profile is linked to the account.
    async fn join_org(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: JoinOrgInput,
    ) -> Result<One<AuthPayload>> {
        let input = JoinOrg {
            token: input.token,
            password: input.password,
            display_name: input.display_name,
            client: client(ctx),
        };
        let who = requester(ctx);
        let who = who.as_deref().map_err(|why| *why);
        let joined = service::join_org(state(ctx), who, input).await?;
        Ok(One(match joined.begins_session {
            true => AuthPayload::with_cookie(ctx, joined.signed_in),
            false => AuthPayload::new(ctx, joined.signed_in),
        }))
    }

    /// Moves the session to another organisation. The returned access token is for that organisation, and so are the
    /// tokens of later renewals. Older access tokens stay valid for their own organisation until they expire.
    #[graphql(guard = SIGNED_IN)]
    async fn switch_org(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: SwitchOrgInput,
    ) -> Result<One<AuthPayload>> {
        let org_id = decode(&input.org_id, "orgId")?;
        let signed_in = service::switch_org(state(ctx), &*signed_in(ctx)?, org_id).await?;
        Ok(One(AuthPayload::new(ctx, signed_in)))
    }

    /// Mails a link to choose a new password. The answer is the same whether or not an account has the address. Needs
    /// no access token.
    async fn request_password_reset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: RequestPasswordResetInput,
    ) -> Result<One<RequestPasswordResetPayload>> {
        let client = client(ctx);
        let reset_token =
            service::request_password_reset(state(ctx), &input.email, &client).await?;
        Ok(One(RequestPasswordResetPayload {
            accepted: true,
            reset_token,
        }))
    }

    /// Sets a new password with the token from a mail, and ends all sessions of the account. Does not sign in. Needs no
    /// access token.
    async fn confirm_password_reset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: ConfirmPasswordResetInput,
    ) -> Result<One<ConfirmPasswordResetPayload>> {
        let (token, password, client) = (&input.token, &input.new_password, client(ctx));
        let account = service::confirm_password_reset(state(ctx), token, password, &client).await?;
        ctx.append_http_header("set-cookie", cookie::clear(&state(ctx).config));
        Ok(One(ConfirmPasswordResetPayload {
            account: One(Account(account)),
        }))
    }

    /// Changes your password and ends all your other sessions.
    #[graphql(guard = SIGNED_IN)]
    async fn change_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: ChangePasswordInput,
    ) -> Result<One<ChangePasswordPayload>> {
        let who = signed_in(ctx)?;
        let (current, new) = (input.current_password, input.new_password);
        let account = service::change_password(state(ctx), &who, current, new).await?;
        Ok(One(ChangePasswordPayload {
            account: One(Account(account)),
        }))
    }

    /// Ends one of your own sessions. Its tokens stop working at once.
    #[graphql(guard = SIGNED_IN)]
    async fn revoke_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: RevokeSessionInput,
    ) -> Result<One<RevokeSessionPayload>> {
        let who = signed_in(ctx)?;
        let id = decode(&input.session_id, "sessionId")?;
        service::revoke_session(state(ctx), &who, id).await?;
        if id == who.session_id {
            ctx.append_http_header("set-cookie", cookie::clear(&state(ctx).config));
        }
        Ok(One(RevokeSessionPayload {
            session_id: input.session_id,
        }))
    }
}
