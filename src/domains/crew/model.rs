//! Rows of the crew.

use diesel::prelude::*;
use serde_json::{Value, json};

use crate::db::schema::users;
use crate::db::types::Timestamp;
use crate::extent::Parts;
use crate::ids::{AccountId, Entity, OrgId, UserId};
use crate::page::{Listed, Position};
use crate::text::Label;

/// A crew member.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
pub struct User {
    pub id: UserId,
    pub org_id: OrgId,
    /// The account of the person, if they have joined the organisation.
    pub account_id: Option<AccountId>,
    /// The name of the person.
    pub display_name: String,
    /// The name folded for searching: lists are sorted by it.
    pub display_name_folded: String,
    /// Private. Only MANAGER and above and the person may see it.
    pub email: Option<String>,
    /// Private. Only MANAGER and above and the person may see it.
    pub phone: Option<String>,
    /// When the person was archived.
    pub archived_at: Option<Timestamp>,
    /// When the row was made.
    pub created_at: Timestamp,
    /// Increases with each change.
    pub version: i32,
}

impl Entity for User {
    const PREFIX: &str = "user";
    const TYPE: &str = "User";
}

/// By name.
impl Listed for User {
    type Of = Self;
    type Key = String;
    type KeyColumn = users::display_name_folded;
    type IdColumn = users::id;

    fn position(&self) -> Position<Self> {
        (self.display_name_folded.clone(), self.id)
    }
}

impl User {
    /// What the audit log says of a person.
    #[must_use]
    pub fn facts(&self, skills: &[Label], tags: &[Label]) -> Value {
        let texts = |labels: &[Label]| -> Vec<String> {
            labels.iter().map(|label| label.text.clone()).collect()
        };
        json!({
            "displayName": self.display_name,
            "email": self.email,
            "phone": self.phone,
            "skills": texts(skills),
            "tags": texts(tags),
            "archivedAt": self.archived_at.map(Timestamp::to_rfc3339),
        })
    }
}

/// What lists usually show of a person.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct UserBrief {
    pub id: UserId,
    /// The name of the person.
    pub display_name: String,
}

/// The rest of what the schema shows of a person, as in [`User`].
#[derive(Clone, Debug)]
pub struct UserRest {
    pub account_id: Option<AccountId>,
    /// Private.
    pub email: Option<String>,
    /// Private.
    pub phone: Option<String>,
    pub archived_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub version: i32,
}

/// A person as far as they were read.
pub type UserParts = Parts<UserBrief, UserRest>;

impl From<User> for UserParts {
    fn from(row: User) -> Self {
        let brief = UserBrief {
            id: row.id,
            display_name: row.display_name,
        };
        let rest = UserRest {
            account_id: row.account_id,
            email: row.email,
            phone: row.phone,
            archived_at: row.archived_at,
            created_at: row.created_at,
            version: row.version,
        };
        Self::whole(brief, rest)
    }
}

/// Which people to return.
#[derive(Clone, Debug, Default)]
pub struct UserFilter {
    /// A `LIKE` pattern on the folded name.
    pub search: Option<String>,
    /// Folded; any of them. Empty: all people.
    pub skills: Vec<String>,
    /// Folded; any of them. Empty: all people.
    pub tags: Vec<String>,
    /// Also those who are no longer booked.
    pub include_archived: bool,
}
