use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};

use super::super::{model, service};
use crate::access::{Requester, Role};
use crate::domains::auth::graphql::Account;
use crate::domains::availability::graphql::{Availability, SlotsOf};
use crate::domains::bookings::graphql::{Assignment, AssignmentsOfUser};
use crate::domains::bookings::model::{AssignmentFilter, AssignmentStatus};
use crate::error;
use crate::graphql::connection::{Connection, page};
use crate::graphql::context::{load, load_many, load_one, member};
use crate::graphql::execute::by_id::{ById, Lookup};
use crate::graphql::execute::object::{Many, One};
use crate::graphql::execute::pages::PageOf;
use crate::graphql::scalar::{DateTime, optional};
use crate::ids::UserId;
use crate::page::PageArgs;
use crate::state::AppState;
use crate::text::shown_mailbox;
use crate::validate;

/// `User` of the schema.
pub struct User(pub model::User);

impl From<model::User> for User {
    fn from(row: model::User) -> Self {
        Self(row)
    }
}

impl User {
    /// Private fields are for MANAGER and above and for the person; null to others, so that one document serves
    /// every role.
    fn private(&self, ctx: &Context<'_>) -> error::Result<bool> {
        let who = member(ctx)?;
        Ok(who.is(Role::Manager) || who.is_user(self.0.id))
    }
}

/// A member of the crew: someone who can be booked. Linked to an account once they sign in.
#[Object]
impl User {
    /// TypeID with the prefix `user`.
    pub async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// How the person is called.
    async fn display_name(&self) -> &str {
        &self.0.display_name
    }

    /// MANAGER and above, or the person themselves; otherwise null.
    async fn email(&self, ctx: &Context<'_>) -> Result<Option<Cow<'_, str>>> {
        Ok(if self.private(ctx)? {
            self.0.email.as_deref().map(shown_mailbox)
        } else {
            None
        })
    }

    /// MANAGER and above, or the person themselves; otherwise null.
    async fn phone(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        Ok(if self.private(ctx)? {
            self.0.phone.as_deref()
        } else {
            None
        })
    }

    /// What the person can do, sorted.
    async fn skills(&self, ctx: &Context<'_>) -> Result<Arc<Vec<String>>> {
        Ok(load(ctx, ById::<Skills>(self.0.id))
            .await?
            .unwrap_or_default())
    }

    /// How the organisation sorts its people, sorted.
    async fn tags(&self, ctx: &Context<'_>) -> Result<Arc<Vec<String>>> {
        Ok(load(ctx, ById::<Tags>(self.0.id))
            .await?
            .unwrap_or_default())
    }

    /// The account of the person, once they sign in. It shows their e-mail address, so: MANAGER and above, or the
    /// person themselves; otherwise null.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<One<Arc<Account>>>> {
        match self.0.account_id {
            Some(id) if self.private(ctx)? => {
                Ok(Some(One(load_one(ctx, ById::<Account>(id)).await?)))
            }
            _ => Ok(None),
        }
    }

    /// Since when the person is no longer booked; their history stays. Not there yet: `archiveUser`, which sets it.
    async fn archived_at(&self) -> Option<DateTime> {
        self.0.archived_at.map(DateTime::from)
    }

    /// When the row was made.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// Raised by each change; give it back as expectedVersion. Not there yet: `updateUser`, which takes it.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// What the person was asked to do, by mission start. `from`/`to` select missions that overlap `[from, to)`.
    #[expect(clippy::too_many_arguments, reason = "the arguments of the contract")]
    async fn assignments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that stand at one of these.")] status: Option<
            Vec<AssignmentStatus>,
        >,
        #[graphql(desc = "Only missions that are not over at this instant.")] from: Option<
            DateTime,
        >,
        #[graphql(desc = "Only missions that start before this instant.")] to: Option<DateTime>,
        #[graphql(desc = "At most so many from the start: 0 to 200.")] first: Option<i32>,
        #[graphql(desc = "Only what comes behind this cursor.")] after: Option<String>,
        #[graphql(desc = "At most so many from the end: 0 to 200.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
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
            parent: self.0.id,
            filter,
            page: page(ctx, &args)?,
        };
        Ok(One(load_one(ctx, key).await?))
    }

    /// What the person said of the time `[from, to)`: the slots that overlap it, by start. No slot means unknown.
    async fn availability(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "From this instant on.")] from: DateTime,
        #[graphql(desc = "Until this instant.")] to: DateTime,
    ) -> Result<Many<Availability>> {
        let interval = validate::interval("to", from.get("from")?, to.get("to")?)?;
        let user_id = self.0.id;
        Ok(load_many(ctx, SlotsOf { user_id, interval }).await?)
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
    ) -> error::Result<HashMap<UserId, Self>> {
        let rows = service::users(state, who.member()?, ids).await?;
        Ok(rows.into_iter().map(|row| (row.id, Self(row))).collect())
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
    ) -> error::Result<HashMap<UserId, Vec<String>>> {
        service::skills(state, who.member()?, ids).await
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
    ) -> error::Result<HashMap<UserId, Vec<String>>> {
        service::tags(state, who.member()?, ids).await
    }
}
