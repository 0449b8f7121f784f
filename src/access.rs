//! The requester of a request, and roles.

use async_graphql::Enum;
use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;

use crate::address::Address;
use crate::db::types::text_enum;
use crate::error::{AppError, ErrorCode, Result};
use crate::ids::{AccountId, OrgId, SessionId, UserId};

/// The role of a member in an organisation. Each role includes the rights of those below it: OWNER, then ADMIN, then
/// MANAGER, then TECH.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Enum, FromSqlRow, AsExpression,
)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub enum Role {
    /// Reads the planning and answers their own invitations.
    Tech,
    /// Manages the planning: projects, missions, crew and bookings.
    Manager,
    /// Manages the organisation: members, settings, deletions and the audit log.
    Admin,
    /// May do everything, and may make others OWNER.
    Owner,
}

impl Role {
    /// Whether somebody of this role may invite others into the organisation, who will have the other role.
    #[must_use]
    pub fn may_invite(self, other: Self) -> bool {
        self >= Self::Admin && other <= self
    }
}

text_enum!(Role { Tech = "TECH", Manager = "MANAGER", Admin = "ADMIN", Owner = "OWNER" });

/// The account and session of a valid access token, with the membership as the database has it at this request.
#[derive(Clone, Debug)]
pub struct Requester {
    pub account_id: AccountId,
    pub session_id: SessionId,
    /// Their membership in the token's organisation. `None` if they have none or have left.
    pub member: Option<Member>,
}

impl Requester {
    /// The requester as a member of the token's organisation.
    ///
    /// # Errors
    /// `FORBIDDEN` if they have none.
    pub fn member(&self) -> Result<Member> {
        self.member.ok_or_else(forbidden)
    }
}

/// A requester as a member of an organisation. Services take it, and read and write only rows of `org_id`.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    pub account_id: AccountId,
    pub org_id: OrgId,
    /// Their role there.
    pub role: Role,
    /// Their own crew profile there.
    pub user_id: Option<UserId>,
}

impl Member {
    /// Whether the role is high enough.
    #[must_use]
    pub fn is(&self, least: Role) -> bool {
        self.role >= least
    }

    /// Requires a role.
    ///
    /// # Errors
    /// `FORBIDDEN` below it.
    pub fn require(&self, least: Role) -> Result<()> {
        if self.is(least) {
            Ok(())
        } else {
            Err(forbidden())
        }
    }

    /// Whether the crew member is the requester.
    #[must_use]
    pub fn is_user(&self, user_id: UserId) -> bool {
        self.user_id == Some(user_id)
    }

    /// Requires MANAGER or above, or that the crew member is the requester.
    ///
    /// # Errors
    /// `FORBIDDEN`.
    pub fn manages_or_is(&self, user_id: UserId) -> Result<()> {
        if self.is(Role::Manager) || self.is_user(user_id) {
            Ok(())
        } else {
            Err(forbidden())
        }
    }
}

/// Why nobody is signed in, for `extensions.reason` of `UNAUTHENTICATED`. It reveals nothing about a token: the reason
/// is the same for a forged token and for a token whose session has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anonymous {
    /// The request has no access token, or the token belongs to another account than the one needed.
    Missing,
    /// This server made the token, and the token has expired.
    Expired,
    /// This server did not make the token, or its session has ended.
    Invalid,
}

impl Anonymous {
    /// The reason as clients read it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "MISSING",
            Self::Expired => "EXPIRED",
            Self::Invalid => "INVALID",
        }
    }

    fn message(self) -> &'static str {
        match self {
            Self::Missing => "Sign in first. This needs an access token.",
            Self::Expired => "The access token has expired. Renew it, or sign in again.",
            Self::Invalid => "The access token is not valid. Sign in again.",
        }
    }
}

/// The client program, usually a browser.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// Its `User-Agent`, cut to 255 characters.
    pub user_agent: Option<String>,
    /// Its network address, which throttling counts attempts for.
    pub address: Address,
    /// Whether it runs on the server's own machine, as far as can be told.
    pub is_local: bool,
}

/// What a field requires of the requester. Its guard names the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Any signed-in account.
    SignedIn,
    /// A member of the token's organisation with at least this role.
    AtLeast(Role),
}

impl Policy {
    /// Checks the policy.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` without a requester, `FORBIDDEN` when the role is too low.
    pub fn check(self, requester: Result<&Requester, Anonymous>) -> Result<()> {
        let requester = requester.map_err(unauthenticated)?;
        match (self, requester.member) {
            (Self::SignedIn, _) => Ok(()),
            (Self::AtLeast(role), Some(member)) if member.is(role) => Ok(()),
            (Self::AtLeast(_), _) => Err(forbidden()),
        }
    }
}

/// `UNAUTHENTICATED`, with its reason.
#[must_use]
pub fn unauthenticated(why: Anonymous) -> AppError {
    AppError::new(ErrorCode::Unauthenticated, why.message()).with("reason", why.as_str().into())
}

#[must_use]
pub fn forbidden() -> AppError {
    AppError::new(ErrorCode::Forbidden, "Your role does not allow this.")
}
