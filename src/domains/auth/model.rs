//! Rows of accounts and sessions.

use diesel::prelude::*;
use serde_json::{Value, json};

use crate::access::Role;
use crate::clock::SET_BACK;
use crate::db::schema::{accounts, password_resets, sessions};
use crate::db::types::{Id, Timestamp};
use crate::ids::{AccountId, Entity, OrgId, SessionId, UserId};

/// An account.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = accounts, treat_none_as_default_value = false)]
pub struct Account {
    pub id: AccountId,
    /// Its address, in lower case.
    pub email: String,
    /// The name of the person.
    pub display_name: String,
    /// bcrypt.
    pub password_hash: String,
    /// The organisation that the account used last. The next login works there.
    pub last_org_id: Option<OrgId>,
    pub created_at: Timestamp,
    /// When the operator disabled it. A disabled account has no session and gets none.
    pub disabled_at: Option<Timestamp>,
}

impl Account {
    /// Whether it may sign in.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.disabled_at.is_none()
    }
}

impl Entity for Account {
    const PREFIX: &str = "account";
    const TYPE: &str = "Account";
}

/// A signed-in device.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions, treat_none_as_default_value = false)]
pub struct Session {
    pub id: SessionId,
    pub account_id: AccountId,
    /// The organisation of its access tokens.
    pub org_id: Option<OrgId>,
    /// How often its refresh token was rotated.
    pub generation: i32,
    /// The `User-Agent` at login.
    pub user_agent: Option<String>,
    pub created_at: Timestamp,
    /// When its refresh token was rotated last.
    pub last_used_at: Timestamp,
    /// When the session ends if it is not renewed.
    pub expires_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
}

impl Entity for Session {
    const PREFIX: &str = "session";
    const TYPE: &str = "Session";
}

impl Session {
    /// What decides whether it is open.
    #[must_use]
    pub fn life(&self) -> Life {
        Life {
            revoked_at: self.revoked_at,
            last_used_at: self.last_used_at,
            expires_at: self.expires_at,
        }
    }

    /// What the audit log says of it.
    #[must_use]
    pub fn facts(&self) -> Value {
        let revoked_at = self.revoked_at.map(Timestamp::to_rfc3339);
        let account = self.account_id;
        json!({"account": account, "userAgent": self.user_agent, "revokedAt": revoked_at})
    }
}

/// A requested reset of a password.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = password_resets, treat_none_as_default_value = false)]
pub struct PasswordReset {
    pub id: Id<PasswordReset>,
    /// Whose password.
    pub account_id: AccountId,
    /// SHA-256 of its token.
    pub token_hash: Vec<u8>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When the token expires.
    pub expires_at: Timestamp,
    /// When this token, or another one of the same account, was used.
    pub used_at: Option<Timestamp>,
}

/// The data that decides whether a session is open.
#[derive(Clone, Copy, Debug, Queryable)]
pub struct Life {
    /// When it was ended.
    pub revoked_at: Option<Timestamp>,
    /// When it was renewed last.
    pub last_used_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl Life {
    /// Whether the session is open.
    #[must_use]
    pub fn is_open(self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at > now && !self.is_ahead(now)
    }

    /// Whether it was made or renewed while the clock was far ahead, so that its end is meaningless.
    #[must_use]
    pub fn is_ahead(self, now: Timestamp) -> bool {
        self.last_used_at > now + SET_BACK
    }
}

/// The state of an access token's session and membership in the database. The server reads it on each request.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// Whether its session is open.
    pub life: Life,
    /// The account's role and crew profile in the token's organisation.
    pub place: Option<Place>,
}

/// The role and the crew profile of an account in an organisation.
#[derive(Clone, Copy, Debug, Queryable)]
pub struct Place {
    /// Its role.
    pub role: Role,
    /// Its crew profile.
    pub user_id: Option<UserId>,
}
