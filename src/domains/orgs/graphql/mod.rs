//! Organisations and memberships in the schema.

mod demo;
mod payloads;
mod types;

use std::sync::Arc;

use async_graphql::{Context, Object, Result};

use demo::RbacDemo;
use payloads::{
    CreateOrgInput, InviteMemberInput, MembershipPayload, OrgPayload, RemoveMemberInput,
    RemoveMemberPayload, SetMemberRoleInput, UpdateOrgInput,
};
pub use types::{Memberships, Org, OrgMembership};

use super::service::{self, InviteMember, NewOrg, UpdateOrg};
use crate::access::Role;
use crate::domains::invitations::graphql::InvitationPayload;
use crate::graphql::context::{load_one, member, signed_in, state};
use crate::graphql::execute::by_id::ById;
use crate::graphql::execute::object::One;
use crate::graphql::guard::{ADMIN, SIGNED_IN, TECH};
use crate::graphql::id::decode;

/// Queries of organisations.
#[derive(Default)]
pub struct OrgQuery;

#[Object]
impl OrgQuery {
    /// The organisation of the access token.
    #[graphql(guard = TECH)]
    async fn org(&self, ctx: &Context<'_>) -> Result<One<Arc<Org>>> {
        let id = member(ctx)?.org_id;
        Ok(One(load_one(ctx, ById::<Org>(id)).await?))
    }

    /// Your role in the organisation of the access token.
    #[graphql(guard = TECH)]
    async fn my_role(&self, ctx: &Context<'_>) -> Result<Role> {
        Ok(member(ctx)?.role)
    }

    /// A demonstration of the rights of your role.
    #[graphql(guard = SIGNED_IN)]
    async fn rbac_demo(&self) -> One<RbacDemo> {
        One(RbacDemo)
    }
}

/// Mutations of organisations.
#[derive(Default)]
pub struct OrgMutation;

#[Object]
impl OrgMutation {
    /// Creates another organisation, which you own. Your access token stays in its organisation. Use `switchOrg` to
    /// work in the new one.
    #[graphql(guard = SIGNED_IN)]
    async fn create_org(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: CreateOrgInput,
    ) -> Result<One<OrgPayload>> {
        let timezone = input.timezone.unwrap_or_else(|| "Europe/Paris".to_owned());
        let input = NewOrg {
            name: input.name,
            timezone,
            language: input.language.unwrap_or_default(),
        };
        let org = service::create_org(state(ctx), &*signed_in(ctx)?, input).await?;
        Ok(One(OrgPayload { org: One(Org(org)) }))
    }

    /// Changes the settings of the organisation. Needs ADMIN or above.
    #[graphql(guard = ADMIN)]
    async fn update_org(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: UpdateOrgInput,
    ) -> Result<One<OrgPayload>> {
        let input = UpdateOrg {
            name: input.name,
            timezone: input.timezone,
            language: input.language,
        };
        let org = service::update_org(state(ctx), member(ctx)?, input).await?;
        Ok(One(OrgPayload { org: One(Org(org)) }))
    }

    /// Invites a person to join the organisation. If the server can send mail, it mails the link. A new invitation
    /// replaces an open one for the same address. Needs ADMIN or above. You cannot grant a role above your own.
    #[graphql(guard = ADMIN)]
    async fn invite_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: InviteMemberInput,
    ) -> Result<One<InvitationPayload>> {
        let input = InviteMember {
            email: input.email,
            role: input.role,
        };
        let invited = service::invite_member(state(ctx), member(ctx)?, input).await?;
        Ok(One(invited.into()))
    }

    /// Changes the role of a member. Needs ADMIN or above. You cannot grant a role above your own or change a member
    /// whose role is above yours.
    #[graphql(guard = ADMIN)]
    async fn set_member_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: SetMemberRoleInput,
    ) -> Result<One<MembershipPayload>> {
        let id = decode(&input.membership_id, "membershipId")?;
        let who = member(ctx)?;
        let membership = service::set_member_role(state(ctx), who, id, input.role).await?;
        Ok(One(MembershipPayload {
            membership: One(OrgMembership(membership)),
        }))
    }

    /// Removes a member from the organisation. The crew profile stays. Needs ADMIN or above, except for your own
    /// membership. You cannot remove a member whose role is above yours.
    #[graphql(guard = TECH)]
    async fn remove_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: RemoveMemberInput,
    ) -> Result<One<RemoveMemberPayload>> {
        let id = decode(&input.membership_id, "membershipId")?;
        service::remove_member(state(ctx), member(ctx)?, id).await?;
        Ok(One(RemoveMemberPayload {
            membership_id: input.membership_id,
        }))
    }
}
