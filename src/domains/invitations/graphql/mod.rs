//! Invitations in the schema.

mod types;

use async_graphql::{Context, InputObject, Object, Result};

pub use types::{Invitation, InvitationPayload, NewestInvitation};

use super::model::{self, InvitationStatus};
use super::service;
use crate::graphql::connection::{Connection, page};
use crate::graphql::context::{member, state};
use crate::graphql::execute::object::One;
use crate::graphql::guard::MANAGER;
use crate::page::PageArgs;

/// Selects invitations.
#[derive(InputObject, Default)]
struct InvitationFilter {
    /// Only invitations with one of these statuses.
    status: Option<Vec<InvitationStatus>>,
}

/// Queries of invitations.
#[derive(Default)]
pub struct InvitationQuery;

#[Object]
impl InvitationQuery {
    /// The invitations of the organisation, to missions and to join it, newest first. Needs MANAGER or above.
    #[graphql(guard = MANAGER)]
    async fn invitations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which invitations to return.")] filter: Option<InvitationFilter>,
        #[graphql(desc = "How many rows from the start: 0 to 200.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end: 0 to 200.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<One<Connection<Invitation>>> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let page = page(ctx, &args)?;
        let filter = model::InvitationFilter {
            status: filter.unwrap_or_default().status,
        };
        let found = service::list_invitations(state(ctx), member(ctx)?, &filter, &page).await?;
        Ok(One(found.into()))
    }
}
