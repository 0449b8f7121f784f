//! Who asks, and what they may do.

use async_graphql::Enum;
use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;

use crate::db::types::text_enum;
use crate::error::{AppError, ErrorCode, Result};
use crate::ids::{AccountId, OrgId, SessionId, UserId};

/// Owner > admin > manager > tech.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Enum, FromSqlRow, AsExpression,
)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub enum Role {
    /// Reads the planning, answers for themselves.
    Tech,
    /// Plans: projects, missions, crew, bookings.
    Manager,
    /// Runs the organisation: members, settings, deletions, the audit log. Not there yet: `deleteProject` and
    /// `auditLog`.
    Admin,
    /// Everything, and grants ownership.
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

/// Someone signed in: the account and session of a valid access token, with the membership that the database
/// holds at this request.
#[derive(Clone, Debug)]
pub struct Requester {
    pub account_id: AccountId,
    pub session_id: SessionId,
    /// Their place in the token's organisation; `None` when they have none (any more).
    pub member: Option<Member>,
}

impl Requester {
    /// Their place in the token's organisation.
    ///
    /// # Errors
    /// `FORBIDDEN` if they have none.
    pub fn member(&self) -> Result<Member> {
        self.member.ok_or_else(forbidden)
    }
}

/// A requester inside an organisation: what services of the planning take. All they read and write is of
/// `org_id`.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    pub account_id: AccountId,
    pub org_id: OrgId,
    /// What they may do there.
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

    /// Asks for a role that is high enough.
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

    /// MANAGER and above, or the person themselves.
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

/// Why nobody is signed in: `extensions.reason` of `UNAUTHENTICATED`. It says nothing that whoever sent the token does
/// not know: a forged token and one whose session has ended look alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anonymous {
    /// The request brought no access token, or one of another account than the one that is needed.
    Missing,
    /// This server made the token, and its time is over.
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
            Self::Missing => "Sign in first: the request has no access token for this.",
            Self::Expired => "The access token has expired. Renew it, or sign in again.",
            Self::Invalid => "The access token is not valid. Sign in again.",
        }
    }
}

/// The program that asks: a browser, as a rule.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// How it calls itself, cut to 255 characters.
    pub user_agent: Option<String>,
    /// Its network address, for counting attempts.
    pub ip: String,
    /// Whether it runs on the server's own machine, as far as can be told.
    pub is_local: bool,
}

/// What a field asks of the requester, written in its guard.
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
