use async_graphql::{ID, InputObject, SimpleObject};

use super::types::{Org, OrgMembership};
use crate::access::Role;
use crate::domains::invitations::graphql::Invitation;
use crate::graphql::execute::object::One;

/// A further organisation.
#[derive(InputObject)]
pub(super) struct CreateOrgInput {
    /// Its name, at most 200 characters. Other organisations may have the same.
    pub name: String,
    /// IANA zone name; the zone of new missions.
    #[graphql(default_with = "Some(String::from(\"Europe/Paris\"))")]
    pub timezone: Option<String>,
}

/// Changes of the organisation; what is left out stays as it is.
#[derive(InputObject)]
pub(super) struct UpdateOrgInput {
    /// Its name, at most 200 characters. Other organisations may have the same.
    pub name: Option<String>,
    /// IANA zone name; the zone of new missions.
    pub timezone: Option<String>,
}

/// An organisation that was made or changed.
#[derive(SimpleObject)]
pub(super) struct OrgPayload {
    /// The organisation.
    pub org: One<Org>,
}

/// Another role for a member.
#[derive(InputObject)]
pub(super) struct SetMemberRoleInput {
    /// The membership.
    pub membership_id: ID,
    /// What the account may do from now on.
    pub role: Role,
}

/// A membership that was made or changed.
#[derive(SimpleObject)]
pub(super) struct MembershipPayload {
    /// The membership.
    pub membership: One<OrgMembership>,
}

/// A member to be taken out.
#[derive(InputObject)]
pub(super) struct RemoveMemberInput {
    /// The membership.
    pub membership_id: ID,
}

/// The membership that is gone.
#[derive(SimpleObject)]
pub(super) struct RemoveMemberPayload {
    /// Its id.
    pub membership_id: ID,
}

/// Somebody to be invited into the organisation.
#[derive(InputObject)]
pub(super) struct InviteMemberInput {
    /// Their e-mail address; only its owner can take the invitation up.
    pub email: String,
    /// What they will be able to do; not above your own role.
    pub role: Role,
}

/// An invitation that was made.
#[derive(SimpleObject)]
pub struct InvitationPayload {
    /// The invitation.
    pub invitation: One<Invitation>,
    /// The token appears here and nowhere else.
    pub token: String,
}
