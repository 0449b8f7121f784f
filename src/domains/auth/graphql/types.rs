use std::borrow::Cow;

use async_graphql::{Context, ID, Object, Result};

use super::super::{model, service};
use crate::access::{Requester, forbidden};
use crate::domains::orgs::graphql::{Memberships, OrgMembership};
use crate::error;
use crate::graphql::context::{load_many, signed_in};
use crate::graphql::execute::by_id::{ById, ListLookup, ListOf, Lookup, RowsOf, ValuesOf};
use crate::graphql::execute::object::Many;
use crate::graphql::guard::SIGNED_IN;
use crate::graphql::scalar::DateTime;
use crate::ids::{AccountId, SessionId};
use crate::state::AppState;
use crate::text::shown_mailbox;

/// `Account` of the schema.
pub struct Account(pub model::Account);

/// An account: a person who can sign in.
#[Object]
impl Account {
    /// TypeID with the prefix `account`.
    pub async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// The e-mail address to sign in with. It is in lower case, and its domain is in Unicode.
    async fn email(&self) -> Cow<'_, str> {
        shown_mailbox(&self.0.email)
    }

    /// The name of the person.
    async fn display_name(&self) -> &str {
        &self.0.display_name
    }

    /// When the account was created.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// The memberships of the account, oldest first. For another person's account this shows only the membership in
    /// your organisation.
    #[graphql(guard = SIGNED_IN)]
    async fn memberships(&self, ctx: &Context<'_>) -> Result<Many<OrgMembership>> {
        Ok(load_many(ctx, ById::<Memberships>(self.0.id)).await?)
    }

    /// The open sessions of your own account, newest first. For another account this is null, with the error FORBIDDEN.
    #[graphql(guard = SIGNED_IN)]
    async fn sessions(&self, ctx: &Context<'_>) -> Result<Option<Many<Session>>> {
        let who = signed_in(ctx)?;
        if who.account_id != self.0.id {
            return Err(forbidden().into());
        }
        Ok(Some(
            load_many(ctx, ListOf::<OwnSessions>(self.0.id)).await?,
        ))
    }
}

/// The open sessions of the requester's account.
struct OwnSessions;

impl ListLookup for OwnSessions {
    type Of = model::Account;
    type Row = Session;

    async fn load(
        state: &AppState,
        who: &Requester,
        _: &[AccountId],
        limit: i64,
    ) -> error::Result<RowsOf<Self>> {
        let rows = service::sessions(state, who, None, limit).await?;
        let shown = |row: model::Session| (row.account_id, Session(row));
        Ok(rows.into_iter().map(shown).collect())
    }
}

/// `Session` of the schema.
pub struct Session(pub model::Session);

/// A session: a browser or program that is signed in.
#[Object]
impl Session {
    /// TypeID with the prefix `session`.
    pub async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// When the session began.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When the session was last renewed.
    async fn last_used_at(&self) -> DateTime {
        self.0.last_used_at.into()
    }

    /// When the session ends if it is not renewed before.
    async fn expires_at(&self) -> DateTime {
        self.0.expires_at.into()
    }

    /// The `User-Agent` of the browser or program when it signed in, cut to 255 characters.
    async fn user_agent(&self) -> Option<&str> {
        self.0.user_agent.as_deref()
    }

    /// Whether this is the session of the request's access token.
    async fn current(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(signed_in(ctx)?.session_id == self.0.id)
    }
}

/// The accounts that the requester may see.
impl Lookup for Account {
    type Of = model::Account;
    type Value = Self;

    async fn load(
        state: &AppState,
        who: &Requester,
        ids: &[AccountId],
    ) -> error::Result<ValuesOf<Self>> {
        let rows = service::accounts(state, who, ids).await?;
        Ok(rows.into_iter().map(|row| (row.id, Self(row))).collect())
    }
}

/// The requester's own open sessions.
impl Lookup for Session {
    type Of = model::Session;
    type Value = Self;

    async fn load(
        state: &AppState,
        who: &Requester,
        ids: &[SessionId],
    ) -> error::Result<ValuesOf<Self>> {
        let rows = service::sessions(state, who, Some(ids), i64::MAX).await?;
        Ok(rows.into_iter().map(|row| (row.id, Self(row))).collect())
    }
}
