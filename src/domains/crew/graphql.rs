//! The crew in the schema.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::model;
use super::service::{self, CreateUser};
use crate::access::{Requester, Role};
use crate::db::types::Id;
use crate::domains::auth::graphql::{Account, AccountById};
use crate::domains::availability::graphql::{Availability, SlotsOf};
use crate::domains::bookings::graphql::{Assignment, assignments_of_user};
use crate::domains::bookings::model::AssignmentStatus;
use crate::domains::bookings::service::AssignmentFilter;
use crate::domains::validate;
use crate::error;
use crate::graphql::connection::{Connection, connection, wants_total};
use crate::graphql::context::{load, load_many, load_one, member, state};
use crate::graphql::execute::loader::Key;
use crate::graphql::execute::object::{Many, One};
use crate::graphql::guard::{MANAGER, TECH};
use crate::graphql::id::{decode, id_of};
use crate::graphql::scalar::{DateTime, optional};
use crate::ids::Kind;
use crate::page::{Page, PageArgs};
use crate::state::State;
use crate::text::shown_mailbox;

/// `User` of the schema.
pub struct User(pub model::User);

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
        id_of(Kind::User, self.0.id)
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
        Ok(load(ctx, SkillsOf(self.0.id)).await?.unwrap_or_default())
    }

    /// How the organisation sorts its people, sorted.
    async fn tags(&self, ctx: &Context<'_>) -> Result<Arc<Vec<String>>> {
        Ok(load(ctx, TagsOf(self.0.id)).await?.unwrap_or_default())
    }

    /// The account of the person, once they sign in. It shows their e-mail address, so: MANAGER and above, or the
    /// person themselves; otherwise null.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<One<Arc<Account>>>> {
        match self.0.account_id {
            Some(id) if self.private(ctx)? => Ok(Some(One(load_one(ctx, AccountById(id)).await?))),
            _ => Ok(None),
        }
    }

    /// Since when the person is no longer booked; their history stays.
    async fn archived_at(&self) -> Option<DateTime> {
        self.0.archived_at.map(DateTime::from)
    }

    /// When the row was made.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// Raised by each change; give it back as expectedVersion.
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
        let page = PageArgs {
            first,
            after,
            last,
            before,
        };
        assignments_of_user(ctx, self.0.id, filter, page).await
    }

    /// What the person said of the time `[from, to)`: the slots that overlap it, by start. No slot means unknown.
    async fn availability(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "From this instant on.")] from: DateTime,
        #[graphql(desc = "Until this instant.")] to: DateTime,
    ) -> Result<Many<Availability>> {
        let interval = (from.get("from")?, to.get("to")?);
        validate::interval("to", interval.0, interval.1)?;
        let user_id = self.0.id;
        Ok(load_many(ctx, SlotsOf { user_id, interval }).await?)
    }
}

/// Loads crew members of the organisation.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct UserById(pub Id);

impl Key for UserById {
    type Value = User;

    async fn load(
        state: &State,
        who: &Requester,
        keys: Vec<Self>,
    ) -> error::Result<HashMap<Self, Self::Value>> {
        let ids: Vec<Id> = keys.into_iter().map(|key| key.0).collect();
        let rows = service::users(state, who.member()?, &ids).await?;
        let found = rows.into_iter();
        Ok(found.map(|row| (Self(row.id), User(row))).collect())
    }
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct SkillsOf(Id);

impl Key for SkillsOf {
    type Value = Vec<String>;

    async fn load(
        state: &State,
        who: &Requester,
        keys: Vec<Self>,
    ) -> error::Result<HashMap<Self, Self::Value>> {
        let ids: Vec<Id> = keys.into_iter().map(|key| key.0).collect();
        let skills = service::skills(state, who.member()?, &ids).await?;
        Ok(skills
            .into_iter()
            .map(|(id, skills)| (Self(id), skills))
            .collect())
    }
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct TagsOf(Id);

impl Key for TagsOf {
    type Value = Vec<String>;

    async fn load(
        state: &State,
        who: &Requester,
        keys: Vec<Self>,
    ) -> error::Result<HashMap<Self, Self::Value>> {
        let ids: Vec<Id> = keys.into_iter().map(|key| key.0).collect();
        let tags = service::tags(state, who.member()?, &ids).await?;
        Ok(tags
            .into_iter()
            .map(|(id, tags)| (Self(id), tags))
            .collect())
    }
}

/// Which people to list.
#[derive(InputObject, Default)]
struct UserFilter {
    /// Part of the name; case, accents, apostrophes and hyphens do not matter.
    search: Option<String>,
    /// People with any of these skills; case and accents do not matter.
    skills: Option<Vec<String>>,
    /// People with any of these tags; case and accents do not matter.
    tags: Option<Vec<String>>,
    /// Also those who are archived.
    #[graphql(default_with = "Some(false)")]
    include_archived: Option<bool>,
}

impl UserFilter {
    fn read(self) -> error::Result<service::UserFilter> {
        let folded = |field: &str, values: Option<Vec<String>>| -> error::Result<Vec<String>> {
            let labels = validate::labels(field, &values.unwrap_or_default())?;
            Ok(labels.into_iter().map(|label| label.folded).collect())
        };
        Ok(service::UserFilter {
            search: validate::search(self.search.as_deref())?,
            skills: folded("filter.skills", self.skills)?,
            tags: folded("filter.tags", self.tags)?,
            include_archived: self.include_archived.unwrap_or_default(),
        })
    }
}

/// A new crew member.
#[derive(InputObject)]
struct CreateUserInput {
    /// How the person is called; at most 200 characters.
    display_name: String,
    /// E-mail address; nobody else in the organisation may have it. Its domain may be in Unicode or ASCII.
    email: Option<String>,
    /// Telephone number, as people write it.
    phone: Option<String>,
    /// What the person can do; at most 50. Two that differ only in case or white space are one.
    #[graphql(default_with = "Some(Vec::new())")]
    skills: Option<Vec<String>>,
    /// How the organisation sorts its people; at most 50. Two that differ only in case or white space are one.
    #[graphql(default_with = "Some(Vec::new())")]
    tags: Option<Vec<String>>,
}

/// A crew member that was made or changed.
#[derive(SimpleObject)]
struct UserPayload {
    /// The crew member.
    user: One<User>,
}

/// Queries of the crew.
#[derive(Default)]
pub struct CrewQuery;

#[Object]
impl CrewQuery {
    /// The account's own crew profile in this organisation.
    #[graphql(guard = TECH)]
    async fn my_profile(&self, ctx: &Context<'_>) -> Result<Option<One<Arc<User>>>> {
        match member(ctx)?.user_id {
            Some(id) => Ok(load(ctx, UserById(id)).await?.map(One)),
            None => Ok(None),
        }
    }

    /// A crew member.
    #[graphql(guard = TECH)]
    async fn user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The crew member's id.")] id: ID,
    ) -> Result<Option<One<Arc<User>>>> {
        let id = decode(Kind::User, &id, "id")?;
        Ok(load(ctx, UserById(id)).await?.map(One))
    }

    /// By display name.
    #[graphql(guard = TECH)]
    async fn users(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which people to list.")] filter: Option<UserFilter>,
        #[graphql(desc = "At most so many from the start: 0 to 200.")] first: Option<i32>,
        #[graphql(desc = "Only what comes behind this cursor.")] after: Option<String>,
        #[graphql(desc = "At most so many from the end: 0 to 200.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<One<Connection<User>>> {
        let page = Page::new(
            Kind::User,
            &PageArgs {
                first,
                after,
                last,
                before,
            },
        )?;
        let filter = filter.unwrap_or_default().read()?;
        let count = wants_total(ctx);
        let (slice, total) =
            service::list_users(state(ctx), member(ctx)?, &filter, &page, count).await?;
        let key = |row: &model::User| (row.display_name_folded.clone(), row.id);
        Ok(One(connection(slice, total, key, User)))
    }
}

/// Mutations of the crew.
#[derive(Default)]
pub struct CrewMutation;

#[Object]
impl CrewMutation {
    /// Adds someone to the crew. MANAGER.
    #[graphql(guard = MANAGER)]
    async fn create_user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: CreateUserInput,
    ) -> Result<One<UserPayload>> {
        let input = CreateUser {
            display_name: input.display_name,
            email: input.email,
            phone: input.phone,
            skills: input.skills.unwrap_or_default(),
            tags: input.tags.unwrap_or_default(),
        };
        let user = service::create_user(state(ctx), member(ctx)?, input).await?;
        Ok(One(UserPayload {
            user: One(User(user)),
        }))
    }
}
