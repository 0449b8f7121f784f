use async_graphql::{Context, ID, Object, Result};

use crate::error::AppError;
use crate::graphql::context::member;
use crate::graphql::guard::{ADMIN, MANAGER, OWNER, TECH};
use crate::graphql::id::decode;

/// `RbacDemo` of the schema.
pub struct RbacDemo;

/// A demonstration of the roles. Each field works only for the roles that may read it.
#[Object]
impl RbacDemo {
    /// Needs TECH or above.
    #[graphql(guard = TECH)]
    async fn any(&self) -> Option<&str> {
        Some("You are a member of this organisation.")
    }

    /// Needs MANAGER or above.
    #[graphql(guard = MANAGER)]
    async fn manager(&self) -> Option<&str> {
        Some("You plan for this organisation.")
    }

    /// Needs ADMIN or above.
    #[graphql(guard = ADMIN)]
    async fn admin(&self) -> Option<&str> {
        Some("You run this organisation.")
    }

    /// Needs OWNER.
    #[graphql(guard = OWNER)]
    async fn owner(&self) -> Option<&str> {
        Some("You own this organisation.")
    }

    /// Works only if `orgId` is the organisation of the access token. Needs TECH or above.
    #[graphql(guard = TECH)]
    async fn scoped(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of an organisation.")] org_id: ID,
    ) -> Result<Option<&str>> {
        if decode(&org_id, "orgId")? == member(ctx)?.org_id {
            Ok(Some("This is the organisation of your access token."))
        } else {
            Err(AppError::not_found().at("orgId").into())
        }
    }
}
