//! TypeIDs: the ids that clients see. A TypeID is a prefix and a UUIDv7 in base32 (`mission_01jdq3…`). TypeIDs sort by
//! their creation and are safe to log. The prefix names the type, so an id of the wrong type is `BAD_USER_INPUT`.

use std::fmt::{self, Display};
use std::marker::PhantomData;
use std::str::FromStr;

use derive_where::derive_where;
use serde::{Serialize, Serializer};
use type_safe_id::{DynamicType, StaticType, TypeSafeId};
use uuid::Uuid;

use crate::db::types::Id;
use crate::domains::{
    assignments, audit, auth, availability, crew, invitations, missions, orgs, outbox, projects,
};
use crate::error::{AppError, ErrorCode, Result};

/// A row with an id that clients see. Its model declares it.
pub trait Entity: 'static {
    /// The prefix of its ids.
    const PREFIX: &'static str;
    /// Its type in the schema.
    const TYPE: &'static str;
}

/// `account_…`
pub type AccountId = Id<auth::model::Account>;
/// `session_…`
pub type SessionId = Id<auth::model::Session>;
/// `org_…`
pub type OrgId = Id<orgs::model::Org>;
/// `membership_…`
pub type MembershipId = Id<orgs::model::Membership>;
/// `user_…`
pub type UserId = Id<crew::model::User>;
/// `availability_…`
pub type AvailabilityId = Id<availability::model::Availability>;
/// `project_…`
pub type ProjectId = Id<projects::model::Project>;
/// `mission_…`
pub type MissionId = Id<missions::model::Mission>;
/// `role_…`
pub type RoleId = Id<missions::model::MissionRole>;
/// `assignment_…`
pub type AssignmentId = Id<assignments::model::Assignment>;
/// `invitation_…`
pub type InvitationId = Id<invitations::model::Invitation>;
/// `audit_…`
pub type AuditEntryId = Id<audit::model::AuditEntry>;
/// Of a mail. Clients do not see it.
pub type MailId = Id<outbox::model::Mail>;

impl<T: Entity> Id<T> {
    /// The prefix of the ids of this type.
    pub const PREFIX: &'static str = T::PREFIX;
}

/// The prefix of a type, checked when the program is compiled.
#[derive_where(Default)]
struct Prefix<T>(PhantomData<fn() -> T>);

impl<T: Entity> StaticType for Prefix<T> {
    const TYPE: &'static str = T::PREFIX;
}

/// The id as clients see it.
impl<T: Entity> Display for Id<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        TypeSafeId::<Prefix<T>>::from_uuid(self.uuid()).fmt(out)
    }
}

impl<T: Entity> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<T: Entity> FromStr for Id<T> {
    type Err = AppError;

    fn from_str(text: &str) -> Result<Self> {
        let id = AnyId::parse(text).and_then(|id| id.of());
        id.ok_or_else(|| {
            let message = format!("Expected an id that starts with {}_.", T::PREFIX);
            AppError::new(ErrorCode::BadUserInput, message)
        })
    }
}

/// The prefix and the type in the schema of every kind of id.
const KINDS: [(&str, &str); 12] = [
    kind::<auth::model::Account>(),
    kind::<auth::model::Session>(),
    kind::<orgs::model::Org>(),
    kind::<orgs::model::Membership>(),
    kind::<crew::model::User>(),
    kind::<availability::model::Availability>(),
    kind::<projects::model::Project>(),
    kind::<missions::model::Mission>(),
    kind::<missions::model::MissionRole>(),
    kind::<assignments::model::Assignment>(),
    kind::<invitations::model::Invitation>(),
    kind::<audit::model::AuditEntry>(),
];

const fn kind<T: Entity>() -> (&'static str, &'static str) {
    (T::PREFIX, T::TYPE)
}

/// An id whose type is not known when the program is compiled.
pub struct AnyId(TypeSafeId<DynamicType>);

impl AnyId {
    /// Parses a TypeID; `None` if the text is not one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }

    /// The id of a row of this type of the schema; `None` if no rows of it have ids.
    #[must_use]
    pub fn new(entity_type: &str, uuid: Uuid) -> Option<Self> {
        let (prefix, _) = KINDS.into_iter().find(|(_, of)| *of == entity_type)?;
        let prefix = DynamicType::new(prefix).ok()?;
        Some(Self(TypeSafeId::from_type_and_uuid(prefix, uuid)))
    }

    /// The type in the schema of the row with this id; `None` if no id has this prefix.
    #[must_use]
    pub fn entity_type(&self) -> Option<&'static str> {
        let kind = KINDS
            .into_iter()
            .find(|(prefix, _)| *prefix == self.prefix());
        kind.map(|(_, of)| of)
    }

    #[must_use]
    pub fn prefix(&self) -> &str {
        self.0.type_prefix()
    }

    #[must_use]
    pub fn uuid(&self) -> Uuid {
        self.0.uuid()
    }

    /// The id as the id of a `T`; `None` if its prefix is another one.
    #[must_use]
    pub fn of<T: Entity>(&self) -> Option<Id<T>> {
        (self.prefix() == T::PREFIX).then(|| Id::new(self.uuid()))
    }
}

impl Display for AnyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}
