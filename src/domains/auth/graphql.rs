//! Accounts and sessions in the schema.

use std::collections::HashMap;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::model;
use super::service::{self, Login, SignUp, SignedIn};
use crate::access::{Requester, Role};
use crate::cookie;
use crate::db::types::Id;
use crate::domains::orgs::graphql::{MembershipsOf, Org, OrgMembership};
use crate::domains::orgs::service::NewOrg;
use crate::error;
use crate::graphql::context::{Client, CurrentRequester, load, load_one, signed_in, state};
use crate::graphql::guard::SIGNED_IN;
use crate::graphql::id::{decode, id_of};
use crate::graphql::loader::Key;
use crate::graphql::scalar::DateTime;
use crate::ids::Kind;
use crate::state::State;

/// `Account` of the schema.
pub struct Account(pub model::Account);

/// A person who signs in.
#[Object]
impl Account {
    /// TypeID with the prefix `account`.
    pub async fn id(&self) -> ID {
        id_of(Kind::Account, self.0.id)
    }

    /// The address to sign in with, in lower case.
    async fn email(&self) -> &str {
        &self.0.email
    }

    /// How the person is called.
    async fn display_name(&self) -> &str {
        &self.0.display_name
    }

    /// When the account was made.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// The organisations that the account belongs to, oldest membership first. Of another person's account, only
    /// the membership in your own organisation.
    #[graphql(guard = SIGNED_IN)]
    async fn memberships(&self, ctx: &Context<'_>) -> Result<Vec<OrgMembership>> {
        let memberships = load(ctx, MembershipsOf(self.0.id))
            .await?
            .unwrap_or_default();
        Ok(memberships.into_iter().map(OrgMembership).collect())
    }
}

/// Loads accounts; only rows that the requester may see refer to them.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct AccountById(pub Id);

impl Key for AccountById {
    type Value = model::Account;

    async fn load(
        state: &State,
        _: &Requester,
        keys: Vec<Self>,
    ) -> error::Result<HashMap<Self, Self::Value>> {
        let ids: Vec<Id> = keys.into_iter().map(|key| key.0).collect();
        let rows = service::accounts(state, &ids).await?;
        Ok(rows.into_iter().map(|row| (Self(row.id), row)).collect())
    }
}

/// What signing in answers. accessToken goes into `Authorization: Bearer`; the refresh token is in the httpOnly
/// cookie only.
#[derive(SimpleObject)]
pub struct AuthPayload {
    /// A JWT for `Authorization: Bearer`.
    access_token: String,
    /// When the access token ends; the refresh cookie gets a new one.
    expires_at: DateTime,
    /// Who signed in.
    account: Account,
    /// The organisation that the token works in.
    org: Option<Org>,
    /// What the account may do there.
    role: Option<Role>,
}

impl AuthPayload {
    /// Sets the cookie, and lets the payload be read as the account that signed in.
    pub fn new(ctx: &Context<'_>, signed_in: SignedIn) -> Self {
        let cookie = cookie::set(
            &state(ctx).config,
            &signed_in.refresh_token,
            signed_in.refresh_for,
        );
        ctx.append_http_header("set-cookie", cookie);
        ctx.data_unchecked::<CurrentRequester>()
            .set(Some(signed_in.requester));
        Self {
            access_token: signed_in.access_token,
            expires_at: signed_in.expires_at.into(),
            account: Account(signed_in.account),
            org: signed_in.org.map(Org),
            role: signed_in.role,
        }
    }
}

/// A person who signs up, with a new organisation.
#[derive(InputObject)]
struct SignUpInput {
    /// The address to sign in with.
    email: String,
    /// At least 12 characters and at most 71 bytes; one that is easily guessed is refused.
    password: String,
    /// How the person is called; at most 200 characters.
    display_name: String,
    /// The name of the organisation to make; at most 200 characters.
    org_name: String,
    /// IANA zone name; the zone of the organisation's new missions.
    #[graphql(default_with = "Some(String::from(\"Europe/Paris\"))")]
    timezone: Option<String>,
}

/// A person who signs in. Without orgId: the organisation used last.
#[derive(InputObject)]
struct LoginInput {
    /// The account's address.
    email: String,
    /// The account's password.
    password: String,
    /// The organisation to work in.
    org_id: Option<ID>,
}

/// What signing out answers.
#[derive(SimpleObject)]
struct LogoutPayload {
    /// Always true: the session has ended.
    logged_out: bool,
}

/// Queries of accounts.
#[derive(Default)]
pub struct AuthQuery;

#[Object]
impl AuthQuery {
    /// Your own account.
    #[graphql(guard = SIGNED_IN)]
    async fn me(&self, ctx: &Context<'_>) -> Result<Account> {
        let who = signed_in(ctx)?;
        Ok(Account(load_one(ctx, AccountById(who.account_id)).await?))
    }
}

/// Mutations of accounts and sessions.
#[derive(Default)]
pub struct AuthMutation;

#[Object]
impl AuthMutation {
    /// Makes an account and an organisation that it owns, and signs in. No access token is needed.
    async fn sign_up(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: SignUpInput,
    ) -> Result<AuthPayload> {
        let timezone = input.timezone.unwrap_or_else(|| "Europe/Paris".to_owned());
        let input = SignUp {
            email: input.email,
            password: input.password,
            display_name: input.display_name,
            org: NewOrg {
                name: input.org_name,
                timezone,
            },
            user_agent: ctx.data_unchecked::<Client>().user_agent.clone(),
        };
        let signed_in = service::sign_up(state(ctx), input).await?;
        Ok(AuthPayload::new(ctx, signed_in))
    }

    /// Signs in. No access token is needed.
    async fn login(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: LoginInput,
    ) -> Result<AuthPayload> {
        let org_id = input
            .org_id
            .map(|id| decode(Kind::Org, &id, "orgId"))
            .transpose()?;
        let input = Login {
            email: input.email,
            password: input.password,
            org_id,
            user_agent: ctx.data_unchecked::<Client>().user_agent.clone(),
        };
        let signed_in = service::login(state(ctx), input).await?;
        Ok(AuthPayload::new(ctx, signed_in))
    }

    /// Ends the session of the access token and clears the refresh cookie.
    #[graphql(guard = SIGNED_IN)]
    async fn logout(&self, ctx: &Context<'_>) -> Result<LogoutPayload> {
        let who = signed_in(ctx)?;
        service::logout(state(ctx), &who).await?;
        ctx.append_http_header("set-cookie", cookie::clear(&state(ctx).config));
        ctx.data_unchecked::<CurrentRequester>().set(None);
        Ok(LogoutPayload { logged_out: true })
    }
}
