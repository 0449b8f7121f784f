use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};

use super::super::{model, service};
use crate::access::{Member, Requester, Role, forbidden};
use crate::domains::auth::{self, graphql::Account};
use crate::error;
use crate::graphql::connection::{Connection, page};
use crate::graphql::context::{load, load_one, member};
use crate::graphql::execute::budget::Room;
use crate::graphql::execute::by_id::{ById, Lookup, ValuesOf};
use crate::graphql::execute::loader::Key;
use crate::graphql::execute::object::One;
use crate::graphql::execute::pages::{PageOf, PagedLookup};
use crate::graphql::guard::{MANAGER, TECH};
use crate::graphql::scalar::DateTime;
use crate::ids::{AccountId, MembershipId, OrgId};
use crate::page::{Page, PageArgs, Slice};
use crate::state::AppState;

/// `Org` of the schema.
pub struct Org(pub model::Org);

impl Org {
    /// The requester, if the access token is for this organisation. The inside of an organisation is hidden from other
    /// tokens.
    fn inside(&self, ctx: &Context<'_>) -> error::Result<Member> {
        let who = member(ctx)?;
        if who.org_id == self.0.id {
            Ok(who)
        } else {
            Err(forbidden())
        }
    }
}

/// An organisation: the people and the planning of one company. Other organisations cannot see them.
#[Object]
impl Org {
    /// TypeID with the prefix `org`.
    pub async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// The name of the organisation.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The IANA time zone of the organisation. New missions get it by default.
    async fn timezone(&self) -> &str {
        &self.0.timezone
    }

    /// The language of the mail that the organisation sends.
    async fn language(&self) -> model::Language {
        self.0.language
    }

    /// When the organisation was created.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// All skills that people of the organisation have, for example to suggest in a form. Needs TECH or above, with an
    /// access token of this organisation.
    #[graphql(guard = TECH)]
    async fn skills(&self, ctx: &Context<'_>) -> Result<Arc<Vec<String>>> {
        self.inside(ctx)?;
        Ok(load(ctx, InUse::Skills).await?.unwrap_or_default())
    }

    /// All tags that people of the organisation have, for example to suggest in a form. Needs TECH or above, with an
    /// access token of this organisation.
    #[graphql(guard = TECH)]
    async fn tags(&self, ctx: &Context<'_>) -> Result<Arc<Vec<String>>> {
        self.inside(ctx)?;
        Ok(load(ctx, InUse::Tags).await?.unwrap_or_default())
    }

    /// The members of the organisation, oldest membership first. Needs MANAGER or above, because the list shows e-mail
    /// addresses. For others it is null, with an error.
    #[graphql(guard = MANAGER)]
    async fn members(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many rows from the start: 0 to 200.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end: 0 to 200.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<Option<One<Arc<Connection<OrgMembership>>>>> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let members = PageOf::<Members> {
            parent: self.inside(ctx)?.org_id,
            filter: (),
            page: page(ctx, &args)?,
        };
        Ok(Some(One(load_one(ctx, members).await?)))
    }
}

/// `OrgMembership` of the schema.
pub struct OrgMembership(pub model::Membership);

impl From<model::Membership> for OrgMembership {
    fn from(row: model::Membership) -> Self {
        Self(row)
    }
}

/// The membership of an account in an organisation.
#[Object]
impl OrgMembership {
    /// TypeID with the prefix `membership`.
    pub async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// The role of the account in this organisation.
    async fn role(&self) -> Role {
        self.0.role
    }

    /// The organisation.
    async fn org(&self, ctx: &Context<'_>) -> Result<One<Arc<Org>>> {
        Ok(One(load_one(ctx, ById::<Org>(self.0.org_id)).await?))
    }

    /// The account.
    async fn account(&self, ctx: &Context<'_>) -> Result<One<Arc<Account>>> {
        Ok(One(load_one(ctx, ById::<Account>(self.0.account_id)).await?))
    }

    /// When the account joined the organisation.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
}

/// The members of the requester's organisation.
struct Members;

impl PagedLookup for Members {
    type Of = model::Org;
    type Filter = ();
    type Row = model::Membership;
    type Node = OrgMembership;

    async fn load(
        state: &AppState,
        who: &Requester,
        _: &[OrgId],
        (): &(),
        page: &Page<model::Membership>,
        _: i64,
    ) -> error::Result<HashMap<OrgId, Slice<model::Membership>>> {
        let who = who.member()?;
        let members = service::list_members(state, who, page).await?;
        Ok(HashMap::from([(who.org_id, members)]))
    }
}

/// Loads what the requester's organisation has in use: one list, however often it is asked for.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum InUse {
    Skills,
    Tags,
}

impl Key for InUse {
    type Value = Vec<String>;

    async fn load(
        state: &AppState,
        who: &Requester,
        keys: Vec<Self>,
        room: &Room,
    ) -> error::Result<Vec<(Self, Self::Value)>> {
        let who = who.member()?;
        let mut found = Vec::with_capacity(keys.len());
        for key in keys {
            let limit = room.limit();
            let labels = match key {
                Self::Skills => service::skills(state, who, limit).await?,
                Self::Tags => service::tags(state, who, limit).await?,
            };
            room.check(labels.len()).await?;
            found.push((key, labels));
        }
        Ok(found)
    }
}

/// Organisations that the requester belongs to.
impl Lookup for Org {
    type Of = model::Org;
    type Value = Self;

    async fn load(
        state: &AppState,
        who: &Requester,
        ids: &[OrgId],
    ) -> error::Result<ValuesOf<Self>> {
        let rows = service::orgs(state, who, ids).await?;
        Ok(rows.into_iter().map(|row| (row.id, Self(row))).collect())
    }
}

/// Memberships that the requester may see.
impl Lookup for OrgMembership {
    type Of = model::Membership;
    type Value = Self;

    async fn load(
        state: &AppState,
        who: &Requester,
        ids: &[MembershipId],
    ) -> error::Result<ValuesOf<Self>> {
        let rows = service::memberships(state, who, ids).await?;
        Ok(rows.into_iter().map(|row| (row.id, Self(row))).collect())
    }
}

/// The memberships of accounts: all of one's own, of others those in the requester's organisation.
pub struct Memberships;

impl Lookup for Memberships {
    type Of = auth::model::Account;
    type Value = Vec<OrgMembership>;

    async fn load(
        state: &AppState,
        who: &Requester,
        ids: &[AccountId],
    ) -> error::Result<ValuesOf<Self>> {
        let of_accounts = service::visible_memberships(state, who, ids).await?;
        let shown = |(id, rows): (AccountId, Vec<model::Membership>)| {
            (id, rows.into_iter().map(OrgMembership).collect())
        };
        Ok(of_accounts.into_iter().map(shown).collect())
    }
}
