//! The crew in the schema.

mod inputs;
mod types;

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, SimpleObject};

use inputs::{ArchiveUserInput, CreateUserInput, UpdateUserInput, UserFilter};
pub use types::User;

use super::model;
use super::service::{self, ArchiveUser};
use crate::graphql::brief::load_row;
use crate::graphql::connection::{Connection, page};
use crate::graphql::context::{member, state};
use crate::graphql::execute::object::One;
use crate::graphql::guard::{MANAGER, TECH};
use crate::graphql::id::decode;
use crate::page::PageArgs;

/// The crew member that was created or changed.
#[derive(SimpleObject)]
struct UserPayload {
    /// The crew member.
    user: One<User>,
}

impl From<model::User> for UserPayload {
    fn from(row: model::User) -> Self {
        Self {
            user: One(row.into()),
        }
    }
}

/// Queries of the crew.
#[derive(Default)]
pub struct CrewQuery;

#[Object]
impl CrewQuery {
    /// Your own crew profile in the organisation of the access token. Null if you have none.
    #[graphql(guard = TECH)]
    async fn my_profile(&self, ctx: &Context<'_>) -> Result<Option<One<Arc<User>>>> {
        match member(ctx)?.user_id {
            Some(id) => Ok(load_row(ctx, id).await?.map(One)),
            None => Ok(None),
        }
    }

    /// The crew member with this id. Null if there is none in your organisation.
    #[graphql(guard = TECH)]
    async fn user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the crew member.")] id: ID,
    ) -> Result<Option<One<Arc<User>>>> {
        let id = decode(&id, "id")?;
        Ok(load_row(ctx, id).await?.map(One))
    }

    /// The crew of the organisation, by display name.
    #[graphql(guard = TECH)]
    async fn users(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which people to return.")] filter: Option<UserFilter>,
        #[graphql(desc = "How many rows from the start: 0 to 200.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end: 0 to 200.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<One<Connection<User>>> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let (page, filter) = (page(ctx, &args)?, filter.unwrap_or_default().read()?);
        let users = service::list_users(state(ctx), member(ctx)?, &filter, &page).await?;
        Ok(One(users.into()))
    }
}

/// Mutations of the crew.
#[derive(Default)]
pub struct CrewMutation;

#[Object]
impl CrewMutation {
    /// Adds a person to the crew. Needs MANAGER or above.
    #[graphql(guard = MANAGER)]
    async fn create_user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: CreateUserInput,
    ) -> Result<One<UserPayload>> {
        let user = service::create_user(state(ctx), member(ctx)?, input.read()).await?;
        Ok(One(user.into()))
    }

    /// Changes a person of the crew. Needs MANAGER or above, except for your own profile. Archived people can be changed
    /// too, for example to remove their phone number.
    #[graphql(guard = TECH)]
    async fn update_user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: UpdateUserInput,
    ) -> Result<One<UserPayload>> {
        let user = service::update_user(state(ctx), member(ctx)?, input.read()?).await?;
        Ok(One(user.into()))
    }

    /// Archives a person, who can then no longer be booked. Their history stays, and so does their membership of the
    /// organisation. Archiving somebody again succeeds and changes nothing. Needs MANAGER or above.
    #[graphql(guard = MANAGER)]
    async fn archive_user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: ArchiveUserInput,
    ) -> Result<One<UserPayload>> {
        let input = ArchiveUser {
            id: decode(&input.id, "id")?,
            cancel_future: input.cancel_future.unwrap_or_default(),
        };
        let user = service::archive_user(state(ctx), member(ctx)?, input).await?;
        Ok(One(user.into()))
    }
}
