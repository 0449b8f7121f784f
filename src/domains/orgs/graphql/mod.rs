//! Organisations and memberships in the schema.

mod demo;
mod payloads;
mod types;

use std::sync::Arc;

use async_graphql::{Context, Object, Result};

use demo::RbacDemo;
use payloads::{
    CreateOrgInput, InvitationPayload, InviteMemberInput, MembershipPayload, OrgPayload,
    RemoveMemberInput, RemoveMemberPayload, SetMemberRoleInput, UpdateOrgInput,
};
pub use types::{Memberships, Org, OrgMembership};

use super::service::{self, InviteMember, NewOrg, UpdateOrg};
use crate::access::Role;
use crate::domains::invitations::graphql::Invitation;
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

    /// What the account may do there.
    #[graphql(guard = TECH)]
    async fn my_role(&self, ctx: &Context<'_>) -> Result<Role> {
        Ok(member(ctx)?.role)
    }

    /// Shows what your role may do.
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
    /// Makes a further organisation that you own. Your token stays where it is: switchOrg moves it.
    #[graphql(guard = SIGNED_IN)]
    async fn create_org(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: CreateOrgInput,
    ) -> Result<One<OrgPayload>> {
        let timezone = input.timezone.unwrap_or_else(|| "Europe/Paris".to_owned());
        let input = NewOrg {
            name: input.name,
            timezone,
        };
        let org = service::create_org(state(ctx), &*signed_in(ctx)?, input).await?;
        Ok(One(OrgPayload { org: One(Org(org)) }))
    }

    /// Changes the organisation's settings. ADMIN.
    #[graphql(guard = ADMIN)]
    async fn update_org(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: UpdateOrgInput,
    ) -> Result<One<OrgPayload>> {
        let input = UpdateOrg {
            name: input.name,
            timezone: input.timezone,
        };
        let org = service::update_org(state(ctx), member(ctx)?, input).await?;
        Ok(One(OrgPayload { org: One(Org(org)) }))
    }

    /// Invites somebody into the organisation, also by mail. ADMIN; nobody grants above their own role.
    #[graphql(guard = ADMIN)]
    async fn invite_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: InviteMemberInput,
    ) -> Result<One<InvitationPayload>> {
        let input = InviteMember {
            email: input.email,
            role: input.role,
        };
        let invited = service::invite_member(state(ctx), member(ctx)?, input).await?;
        Ok(One(InvitationPayload {
            invitation: One(Invitation(invited.invitation)),
            token: invited.token,
        }))
    }

    /// Changes what a member may do. ADMIN; nobody grants above their own role, nor changes someone above it.
    #[graphql(guard = ADMIN)]
    async fn set_member_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: SetMemberRoleInput,
    ) -> Result<One<MembershipPayload>> {
        let id = decode(&input.membership_id, "membershipId")?;
        let who = member(ctx)?;
        let membership = service::set_member_role(state(ctx), who, id, input.role).await?;
        Ok(One(MembershipPayload {
            membership: One(OrgMembership(membership)),
        }))
    }

    /// Takes a member out of the organisation. ADMIN, or oneself.
    #[graphql(guard = TECH)]
    async fn remove_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: RemoveMemberInput,
    ) -> Result<One<RemoveMemberPayload>> {
        let id = decode(&input.membership_id, "membershipId")?;
        service::remove_member(state(ctx), member(ctx)?, id).await?;
        Ok(One(RemoveMemberPayload {
            membership_id: input.membership_id,
        }))
    }
}
