use async_graphql::{Context, ID, Object, Result};

use crate::error::AppError;
use crate::graphql::context::member;
use crate::graphql::guard::{ADMIN, MANAGER, OWNER, TECH};
use crate::graphql::id::decode;

/// `RbacDemo` of the schema.
pub struct RbacDemo;

/// Shows what each role may do: fields that answer only those who may read them.
#[Object]
impl RbacDemo {
    /// TECH and above.
    #[graphql(guard = TECH)]
    async fn any(&self) -> Option<&str> {
        Some("You are a member of this organisation.")
    }

    /// MANAGER and above.
    #[graphql(guard = MANAGER)]
    async fn manager(&self) -> Option<&str> {
        Some("You plan for this organisation.")
    }

    /// ADMIN and above.
    #[graphql(guard = ADMIN)]
    async fn admin(&self) -> Option<&str> {
        Some("You run this organisation.")
    }

    /// OWNER.
    #[graphql(guard = OWNER)]
    async fn owner(&self) -> Option<&str> {
        Some("You own this organisation.")
    }

    /// Only where orgId is the organisation of the access token.
    #[graphql(guard = TECH)]
    async fn scoped(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "An organisation.")] org_id: ID,
    ) -> Result<Option<&str>> {
        if decode(&org_id, "orgId")? == member(ctx)?.org_id {
            Ok(Some("This is the organisation of your access token."))
        } else {
            Err(AppError::not_found().at("orgId").into())
        }
    }
}
