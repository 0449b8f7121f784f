//! Rows of accounts and sessions.

use diesel::prelude::*;
use serde_json::{Value, json};

use crate::access::Role;
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

/// The state of an access token's session and membership in the database. The server reads it on each request.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// When the session was ended.
    pub revoked_at: Option<Timestamp>,
    /// When the session ends.
    pub expires_at: Timestamp,
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
