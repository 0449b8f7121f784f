//! TypeIDs: the ids that clients see, a prefix and a UUIDv7 in base32 (`mission_01jdq3…`). They sort by their
//! making, are safe to log, and tell what they stand for: one of the wrong kind is `BAD_USER_INPUT`.

use type_safe_id::{DynamicType, TypeSafeId};

use crate::db::types::Id;
use crate::error::{AppError, Result};

/// What an id stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `account_…`
    Account,
    /// `session_…`
    Session,
    /// `org_…`
    Org,
    /// `membership_…`
    Membership,
    /// `user_…`
    User,
    /// `project_…`
    Project,
    /// `mission_…`
    Mission,
    /// `role_…`
    Role,
    /// `assignment_…`
    Assignment,
    /// `availability_…`
    Availability,
    /// `invitation_…`
    Invitation,
    /// `audit_…`
    Audit,
}

/// Prefix and GraphQL type of each kind.
const KINDS: [(Kind, &str, &str); 12] = [
    (Kind::Account, "account", "Account"),
    (Kind::Session, "session", "Session"),
    (Kind::Org, "org", "Org"),
    (Kind::Membership, "membership", "OrgMembership"),
    (Kind::User, "user", "User"),
    (Kind::Project, "project", "Project"),
    (Kind::Mission, "mission", "Mission"),
    (Kind::Role, "role", "MissionRole"),
    (Kind::Assignment, "assignment", "Assignment"),
    (Kind::Availability, "availability", "Availability"),
    (Kind::Invitation, "invitation", "Invitation"),
    (Kind::Audit, "audit", "AuditEntry"),
];

impl Kind {
    fn row(self) -> &'static (Kind, &'static str, &'static str) {
        // KINDS lists the variants in their order.
        &KINDS[self as usize]
    }

    /// The prefix of its ids.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        self.row().1
    }

    /// The GraphQL type that its ids belong to.
    #[must_use]
    pub fn type_name(self) -> &'static str {
        self.row().2
    }
}

/// The id as clients see it.
#[must_use]
pub fn encode(kind: Kind, id: Id) -> String {
    let prefix = DynamicType::new(kind.prefix()).unwrap_or_else(|_| unreachable!("a valid prefix"));
    TypeSafeId::from_type_and_uuid(prefix, id.0).to_string()
}

/// Reads an id of one kind.
///
/// # Errors
/// `BAD_USER_INPUT` at `field` for anything else.
pub fn decode(kind: Kind, text: &str, field: &str) -> Result<Id> {
    match decode_any(text) {
        Some((found, id)) if found == kind => Ok(id),
        _ => Err(AppError::bad_input(
            field,
            format!("Expected an id that starts with {}_.", kind.prefix()),
        )),
    }
}

/// Reads an id of any kind; `None` for what is no id.
#[must_use]
pub fn decode_any(text: &str) -> Option<(Kind, Id)> {
    let id: TypeSafeId<DynamicType> = text.parse().ok()?;
    let (kind, ..) = KINDS
        .iter()
        .find(|(_, prefix, _)| *prefix == id.type_prefix())?;
    Some((*kind, Id(id.uuid())))
}
