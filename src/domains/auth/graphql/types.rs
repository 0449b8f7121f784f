use std::borrow::Cow;
use std::collections::HashMap;

use async_graphql::{Context, ID, Object, Result};

use super::super::{model, service};
use crate::access::{Requester, forbidden};
use crate::domains::orgs::graphql::{Memberships, OrgMembership};
use crate::error;
use crate::graphql::context::{load_many, signed_in, state};
use crate::graphql::execute::by_id::{ById, Lookup};
use crate::graphql::execute::object::Many;
use crate::graphql::guard::SIGNED_IN;
use crate::graphql::scalar::DateTime;
use crate::ids::{AccountId, SessionId};
use crate::state::AppState;
use crate::text::shown_mailbox;

/// `Account` of the schema.
pub struct Account(pub model::Account);

/// A person who signs in.
#[Object]
impl Account {
    /// TypeID with the prefix `account`.
    pub async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// The address to sign in with, in lower case, with its domain in Unicode.
    async fn email(&self) -> Cow<'_, str> {
        shown_mailbox(&self.0.email)
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
    async fn memberships(&self, ctx: &Context<'_>) -> Result<Many<OrgMembership>> {
        Ok(load_many(ctx, ById::<Memberships>(self.0.id)).await?)
    }

    /// Signed-in devices, newest first. Of another person's account null, with FORBIDDEN.
    #[graphql(guard = SIGNED_IN)]
    async fn sessions(&self, ctx: &Context<'_>) -> Result<Option<Many<Session>>> {
        let who = signed_in(ctx)?;
        if who.account_id != self.0.id {
            return Err(forbidden().into());
        }
        let sessions = service::sessions(state(ctx), &who).await?;
        Ok(Some(sessions.into_iter().map(Session).collect()))
    }
}

/// `Session` of the schema.
pub struct Session(pub model::Session);

/// A signed-in device.
#[Object]
impl Session {
    /// TypeID with the prefix `session`.
    pub async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// When it signed in.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it renewed its tokens last.
    async fn last_used_at(&self) -> DateTime {
        self.0.last_used_at.into()
    }

    /// When it ends if it is not used.
    async fn expires_at(&self) -> DateTime {
        self.0.expires_at.into()
    }

    /// The browser or program, as it called itself when it signed in.
    async fn user_agent(&self) -> Option<&str> {
        self.0.user_agent.as_deref()
    }

    /// Whether it is the one that asks.
    async fn current(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(signed_in(ctx)?.session_id == self.0.id)
    }
}

/// Accounts that the requester may see.
impl Lookup for Account {
    type Of = model::Account;
    type Value = Self;

    async fn load(
        state: &AppState,
        who: &Requester,
        ids: &[AccountId],
    ) -> error::Result<HashMap<AccountId, Self>> {
        let rows = service::accounts(state, who, ids).await?;
        Ok(rows.into_iter().map(|row| (row.id, Self(row))).collect())
    }
}

/// One's own open sessions.
impl Lookup for Session {
    type Of = model::Session;
    type Value = Self;

    async fn load(
        state: &AppState,
        who: &Requester,
        ids: &[SessionId],
    ) -> error::Result<HashMap<SessionId, Self>> {
        let mut rows = service::sessions(state, who).await?;
        rows.retain(|row| ids.contains(&row.id));
        Ok(rows.into_iter().map(|row| (row.id, Self(row))).collect())
    }
}
