//! Guards of fields. The attribute of a resolver names the policy: `#[graphql(guard = MANAGER)]`.

use async_graphql::{Context, Guard, Result};

use super::context::requester;
use crate::access::{Policy, Role};

/// Any signed-in account.
pub const SIGNED_IN: Policy = Policy::SignedIn;
/// Every member of the organisation.
pub const TECH: Policy = Policy::AtLeast(Role::Tech);
/// MANAGER and above.
pub const MANAGER: Policy = Policy::AtLeast(Role::Manager);
/// ADMIN and above.
pub const ADMIN: Policy = Policy::AtLeast(Role::Admin);
/// OWNER.
pub const OWNER: Policy = Policy::AtLeast(Role::Owner);

impl Guard for Policy {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        Ok(Self::check(
            *self,
            requester(ctx).as_deref().map_err(|why| *why),
        )?)
    }
}
