use async_graphql::{ID, InputObject, SimpleObject};

use super::types::{Org, OrgMembership};
use crate::access::Role;
use crate::domains::orgs::model::Language;
use crate::graphql::execute::object::One;

/// Another organisation.
#[derive(InputObject)]
pub(super) struct CreateOrgInput {
    /// The name of the organisation, at most 200 characters. Names of organisations need not be unique.
    pub name: String,
    /// The IANA time zone of the organisation. New missions get it by default.
    #[graphql(default_with = "Some(String::from(\"Europe/Paris\"))")]
    pub timezone: Option<String>,
    /// The language of the mail that the organisation sends.
    #[graphql(default_with = "Some(Language::default())")]
    pub language: Option<Language>,
}

/// Changes to the organisation. Fields that you leave out stay the same.
#[derive(InputObject)]
pub(super) struct UpdateOrgInput {
    /// The name of the organisation, at most 200 characters. Names of organisations need not be unique.
    pub name: Option<String>,
    /// The IANA time zone of the organisation. New missions get it by default.
    pub timezone: Option<String>,
    /// The language of the mail that the organisation sends.
    pub language: Option<Language>,
}

/// The organisation that was created or changed.
#[derive(SimpleObject)]
pub(super) struct OrgPayload {
    /// The organisation.
    pub org: One<Org>,
}

/// A member's new role.
#[derive(InputObject)]
pub(super) struct SetMemberRoleInput {
    /// The id of the membership to change.
    pub membership_id: ID,
    /// The new role. It must not be above your own.
    pub role: Role,
}

/// The membership that was changed.
#[derive(SimpleObject)]
pub(super) struct MembershipPayload {
    /// The membership.
    pub membership: One<OrgMembership>,
}

/// The member to remove.
#[derive(InputObject)]
pub(super) struct RemoveMemberInput {
    /// The id of the membership to remove.
    pub membership_id: ID,
}

/// The membership that was removed.
#[derive(SimpleObject)]
pub(super) struct RemoveMemberPayload {
    /// The id of the removed membership.
    pub membership_id: ID,
}

/// A person to invite to join the organisation.
#[derive(InputObject)]
pub(super) struct InviteMemberInput {
    /// The e-mail address of the person. Only the account with this address can accept the invitation.
    pub email: String,
    /// The role that the person will have. It must not be above your own.
    pub role: Role,
}
