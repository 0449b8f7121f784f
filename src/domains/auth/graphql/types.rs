use std::collections::HashMap;

use async_graphql::{Context, ID, Object, Result};

use super::super::{model, service};
use crate::access::{Requester, forbidden};
use crate::db::types::Id;
use crate::domains::orgs::graphql::{MembershipsOf, OrgMembership};
use crate::error;
use crate::graphql::context::{load, maybe_text, signed_in, state, text};
use crate::graphql::guard::SIGNED_IN;
use crate::graphql::id::id_of;
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
    async fn email(&self, ctx: &Context<'_>) -> Result<&str> {
        Ok(text(ctx, &self.0.email).await?)
    }

    /// How the person is called.
    async fn display_name(&self, ctx: &Context<'_>) -> Result<&str> {
        Ok(text(ctx, &self.0.display_name).await?)
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

    /// Signed-in devices, newest first; only on `me`.
    #[graphql(guard = SIGNED_IN)]
    async fn sessions(&self, ctx: &Context<'_>) -> Result<Vec<Session>> {
        let who = signed_in(ctx)?;
        if who.account_id != self.0.id {
            return Err(forbidden().into());
        }
        let sessions = service::sessions(state(ctx), &who).await?;
        Ok(sessions.into_iter().map(Session).collect())
    }
}

/// `Session` of the schema.
pub struct Session(pub model::Session);

/// A signed-in device.
#[Object]
impl Session {
    /// TypeID with the prefix `session`.
    pub async fn id(&self) -> ID {
        id_of(Kind::Session, self.0.id)
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
    async fn user_agent(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        Ok(maybe_text(ctx, &self.0.user_agent).await?)
    }

    /// Whether it is the one that asks.
    async fn current(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(signed_in(ctx)?.session_id == self.0.id)
    }
}

/// Loads accounts that the requester may see.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct AccountById(pub Id);

impl Key for AccountById {
    type Value = model::Account;

    async fn load(
        state: &State,
        who: &Requester,
        keys: Vec<Self>,
    ) -> error::Result<HashMap<Self, Self::Value>> {
        let ids: Vec<Id> = keys.into_iter().map(|key| key.0).collect();
        let rows = service::accounts(state, who, &ids).await?;
        Ok(rows.into_iter().map(|row| (Self(row.id), row)).collect())
    }
}
