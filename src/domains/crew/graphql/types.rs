use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};

use super::super::{model, service};
use crate::access::{Requester, Role};
use crate::domains::assignments::model::{AssignmentFilter, AssignmentStatus};
use crate::domains::auth::graphql::Account;
use crate::domains::availability::graphql::{Availability, SlotsOf};
use crate::domains::bookings::graphql::{Assignment, AssignmentsOfUser};
use crate::error;
use crate::extent::Parts;
use crate::graphql::brief::{Brief, InParts, extent, extent_of_nodes};
use crate::graphql::connection::{Connection, page};
use crate::graphql::context::{load, load_many, load_one, member};
use crate::graphql::execute::by_id::{ById, Lookup, ValuesOf};
use crate::graphql::execute::object::{Many, One};
use crate::graphql::execute::pages::PageOf;
use crate::graphql::scalar::{DateTime, optional};
use crate::ids::UserId;
use crate::page::PageArgs;
use crate::state::AppState;
use crate::text::shown_mailbox;
use crate::validate;

/// `User` of the schema.
pub struct User(model::UserParts);

impl From<model::User> for User {
    fn from(row: model::User) -> Self {
        Self(row.into())
    }
}

impl InParts for User {
    const BRIEF: &'static [&'static str] = &[
        "id",
        "displayName",
        "skills",
        "tags",
        "assignments",
        "availability",
    ];
}

impl User {
    /// Whether the requester may see the private fields: MANAGER and above, and the person. For others the fields are
    /// null rather than an error, so that one document works for every role.
    fn private(&self, ctx: &Context<'_>) -> error::Result<bool> {
        let who = member(ctx)?;
        Ok(who.is(Role::Manager) || who.is_user(self.0.brief.id))
    }
}

/// A member of the crew: a person who can be booked. If the person joins the organisation with the same e-mail address,
/// the profile is linked to their account.
#[Object]
impl User {
    /// TypeID with the prefix `user`.
    pub async fn id(&self) -> ID {
        self.0.brief.id.into()
    }

    /// The name of the person.
    async fn display_name(&self) -> &str {
        &self.0.brief.display_name
    }

    /// The e-mail address. Visible to MANAGER and above and to the person; null for others.
    async fn email(&self, ctx: &Context<'_>) -> Result<Option<Cow<'_, str>>> {
        Ok(if self.private(ctx)? {
            self.0.rest()?.email.as_deref().map(shown_mailbox)
        } else {
            None
        })
    }

    /// The phone number. Visible to MANAGER and above and to the person; null for others.
    async fn phone(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        Ok(if self.private(ctx)? {
            self.0.rest()?.phone.as_deref()
        } else {
            None
        })
    }

    /// The skills of the person, in alphabetical order.
    async fn skills(&self, ctx: &Context<'_>) -> Result<Arc<Vec<String>>> {
        Ok(load(ctx, ById::<Skills>(self.0.brief.id))
            .await?
            .unwrap_or_default())
    }

    /// The tags that the organisation gives the person, in alphabetical order.
    async fn tags(&self, ctx: &Context<'_>) -> Result<Arc<Vec<String>>> {
        Ok(load(ctx, ById::<Tags>(self.0.brief.id))
            .await?
            .unwrap_or_default())
    }

    /// The account of the person, if they have joined the organisation. Visible to MANAGER and above and to the person,
    /// because it shows the e-mail address. Null for others.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<One<Arc<Account>>>> {
        match self.0.rest()?.account_id {
            Some(id) if self.private(ctx)? => {
                Ok(Some(One(load_one(ctx, ById::<Account>(id)).await?)))
            }
            _ => Ok(None),
        }
    }

    /// When the person was archived. Archived people cannot be booked, but their history stays.
    async fn archived_at(&self) -> Result<Option<DateTime>> {
        Ok(self.0.rest()?.archived_at.map(DateTime::from))
    }

    /// When the profile was created.
    async fn created_at(&self) -> Result<DateTime> {
        Ok(self.0.rest()?.created_at.into())
    }

    /// Increases with each change. Send it as `expectedVersion` when you change the person.
    async fn version(&self) -> Result<i32> {
        Ok(self.0.rest()?.version)
    }

    /// The assignments of the person, by the start of their missions. `from` and `to` select missions that overlap the
    /// time `[from, to)`.
    #[expect(clippy::too_many_arguments, reason = "the arguments of the contract")]
    async fn assignments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those with one of these statuses.")] status: Option<
            Vec<AssignmentStatus>,
        >,
        #[graphql(desc = "Only missions that end after this instant.")] from: Option<DateTime>,
        #[graphql(desc = "Only missions that start before this instant.")] to: Option<DateTime>,
        #[graphql(desc = "How many rows from the start: 0 to 200.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end: 0 to 200.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<One<Arc<Connection<Assignment>>>> {
        let from = optional(from.as_ref(), "from")?;
        let to = optional(to.as_ref(), "to")?;
        if let (Some(from), Some(to)) = (from, to) {
            validate::interval("to", from, to)?;
        }
        let filter = AssignmentFilter {
            status,
            from,
            to,
            ..AssignmentFilter::default()
        };
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let key = PageOf::<AssignmentsOfUser> {
            parent: self.0.brief.id,
            filter: (filter, extent_of_nodes::<Assignment>(ctx)),
            page: page(ctx, &args)?,
        };
        Ok(One(load_one(ctx, key).await?))
    }

    /// The availability slots of the person that overlap the time `[from, to)`, by start. Time without a slot means
    /// that the person has not said anything.
    async fn availability(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The start of the time.")] from: DateTime,
        #[graphql(desc = "The end of the time, which must be after `from`.")] to: DateTime,
    ) -> Result<Many<Availability>> {
        let interval = validate::interval("to", from.get("from")?, to.get("to")?)?;
        let slots = SlotsOf {
            user_id: self.0.brief.id,
            interval,
            extent: extent::<Availability>(ctx),
        };
        Ok(load_many(ctx, slots).await?)
    }
}

/// Crew members of the organisation.
impl Lookup for User {
    type Of = model::User;
    type Value = Self;

    async fn load(
        state: &AppState,
        who: &Requester,
        ids: &[UserId],
    ) -> error::Result<ValuesOf<Self>> {
        let rows = service::users(state, who.member()?, ids).await?;
        Ok(rows.into_iter().map(|row| (row.id, row.into())).collect())
    }
}

/// The same in brief.
impl Lookup for Brief<User> {
    type Of = model::User;
    type Value = User;

    async fn load(
        state: &AppState,
        who: &Requester,
        ids: &[UserId],
    ) -> error::Result<ValuesOf<Self>> {
        let rows = service::brief_users(state, who.member()?, ids).await?;
        let shown = |row: model::UserBrief| (row.id, User(Parts::brief(row)));
        Ok(rows.into_iter().map(shown).collect())
    }
}

/// The skills of people.
struct Skills;

impl Lookup for Skills {
    type Of = model::User;
    type Value = Vec<String>;

    async fn load(
        state: &AppState,
        who: &Requester,
        ids: &[UserId],
    ) -> error::Result<ValuesOf<Self>> {
        let skills = service::skills(state, who.member()?, ids).await?;
        Ok(skills.into_iter().collect())
    }
}

/// The tags of people.
struct Tags;

impl Lookup for Tags {
    type Of = model::User;
    type Value = Vec<String>;

    async fn load(
        state: &AppState,
        who: &Requester,
        ids: &[UserId],
    ) -> error::Result<ValuesOf<Self>> {
        let tags = service::tags(state, who.member()?, ids).await?;
        Ok(tags.into_iter().collect())
    }
}
