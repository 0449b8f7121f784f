//! Organisations and memberships in the schema.

use std::collections::HashMap;

use async_graphql::{Context, ID, Object, Result};

use super::{model, service};
use crate::access::{Member, Requester, Role, forbidden};
use crate::db::types::Id;
use crate::domains::auth::graphql::{Account, AccountById};
use crate::error;
use crate::graphql::context::{load_one, member, state};
use crate::graphql::guard::{ADMIN, MANAGER, OWNER, SIGNED_IN, TECH};
use crate::graphql::id::{decode, id_of};
use crate::graphql::loader::Key;
use crate::graphql::scalar::DateTime;
use crate::ids::Kind;
use crate::state::State;

/// `Org` of the schema.
pub struct Org(pub model::Org);

impl Org {
    /// What is inside an organisation is seen with a token of that organisation only.
    fn inside(&self, ctx: &Context<'_>) -> error::Result<Member> {
        let who = member(ctx)?;
        if who.org_id == self.0.id {
            Ok(who)
        } else {
            Err(forbidden())
        }
    }
}

/// An organisation: the people and the planning of one company, kept apart from all others.
#[Object]
impl Org {
    /// TypeID with the prefix `org`.
    pub async fn id(&self) -> ID {
        id_of(Kind::Org, self.0.id)
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// IANA zone name; the zone of new missions.
    async fn timezone(&self) -> &str {
        &self.0.timezone
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// Every skill in use: what a form offers.
    #[graphql(guard = TECH)]
    async fn skills(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        Ok(service::skills(state(ctx), self.inside(ctx)?).await?)
    }

    /// Every tag in use: what a form offers.
    #[graphql(guard = TECH)]
    async fn tags(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        Ok(service::tags(state(ctx), self.inside(ctx)?).await?)
    }
}

/// `OrgMembership` of the schema.
pub struct OrgMembership(pub model::Membership);

/// What an account may do in an organisation.
#[Object]
impl OrgMembership {
    /// TypeID with the prefix `membership`.
    pub async fn id(&self) -> ID {
        id_of(Kind::Membership, self.0.id)
    }

    /// What the account may do there.
    async fn role(&self) -> Role {
        self.0.role
    }

    /// The organisation.
    async fn org(&self, ctx: &Context<'_>) -> Result<Org> {
        Ok(Org(load_one(ctx, OrgById(self.0.org_id)).await?))
    }

    /// The account.
    async fn account(&self, ctx: &Context<'_>) -> Result<Account> {
        Ok(Account(
            load_one(ctx, AccountById(self.0.account_id)).await?,
        ))
    }

    /// Since when.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
}

/// Loads organisations; only memberships that the requester may see refer to them.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct OrgById(pub Id);

impl Key for OrgById {
    type Value = model::Org;

    async fn load(
        state: &State,
        _: &Requester,
        keys: Vec<Self>,
    ) -> error::Result<HashMap<Self, Self::Value>> {
        let ids: Vec<Id> = keys.into_iter().map(|key| key.0).collect();
        let rows = service::orgs(state, &ids).await?;
        Ok(rows.into_iter().map(|row| (Self(row.id), row)).collect())
    }
}

/// Loads the memberships of an account: all of one's own, of others those in the requester's organisation.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct MembershipsOf(pub Id);

impl Key for MembershipsOf {
    type Value = Vec<model::Membership>;

    async fn load(
        state: &State,
        who: &Requester,
        keys: Vec<Self>,
    ) -> error::Result<HashMap<Self, Self::Value>> {
        let ids: Vec<Id> = keys.into_iter().map(|key| key.0).collect();
        let of_accounts = service::visible_memberships(state, who, &ids).await?;
        Ok(of_accounts
            .into_iter()
            .map(|(id, rows)| (Self(id), rows))
            .collect())
    }
}

/// `RbacDemo` of the schema.
pub struct RbacDemo;

/// Shows what each role may do: fields that answer only those who may read them.
#[Object]
impl RbacDemo {
    /// TECH and above.
    #[graphql(guard = TECH)]
    async fn any(&self) -> &str {
        "You are a member of this organisation."
    }

    /// MANAGER and above.
    #[graphql(guard = MANAGER)]
    async fn manager(&self) -> &str {
        "You plan for this organisation."
    }

    /// ADMIN and above.
    #[graphql(guard = ADMIN)]
    async fn admin(&self) -> &str {
        "You run this organisation."
    }

    /// OWNER.
    #[graphql(guard = OWNER)]
    async fn owner(&self) -> &str {
        "You own this organisation."
    }

    /// Only where orgId is the organisation of the access token.
    #[graphql(guard = TECH)]
    async fn scoped(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "An organisation.")] org_id: ID,
    ) -> Result<String> {
        if decode(Kind::Org, &org_id, "orgId")? == member(ctx)?.org_id {
            Ok("This is the organisation of your access token.".to_owned())
        } else {
            Err(error::AppError::not_found().at("orgId").into())
        }
    }
}

/// Queries of organisations.
#[derive(Default)]
pub struct OrgQuery;

#[Object]
impl OrgQuery {
    /// The organisation of the access token.
    #[graphql(guard = TECH)]
    async fn org(&self, ctx: &Context<'_>) -> Result<Org> {
        Ok(Org(load_one(ctx, OrgById(member(ctx)?.org_id)).await?))
    }

    /// What the account may do there.
    #[graphql(guard = TECH)]
    async fn my_role(&self, ctx: &Context<'_>) -> Result<Role> {
        Ok(member(ctx)?.role)
    }

    /// Shows what your role may do.
    #[graphql(guard = SIGNED_IN)]
    async fn rbac_demo(&self) -> RbacDemo {
        RbacDemo
    }
}
