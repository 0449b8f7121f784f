//! Rows of the crew.

use diesel::prelude::*;
use serde_json::{Value, json};

use crate::db::schema::users;
use crate::db::types::{Id, Timestamp};
use crate::domains::validate::Label;

/// A crew member.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
pub struct User {
    /// Its key.
    pub id: Id,
    /// The organisation.
    pub org_id: Id,
    /// The account of the person, once they sign in.
    pub account_id: Option<Id>,
    /// How the person is called.
    pub display_name: String,
    /// The name folded for searching: lists are sorted by it.
    pub display_name_folded: String,
    /// Private: MANAGER and above, or the person.
    pub email: Option<String>,
    /// Private: MANAGER and above, or the person.
    pub phone: Option<String>,
    /// Since when the person is no longer booked.
    pub archived_at: Option<Timestamp>,
    /// When the row was made.
    pub created_at: Timestamp,
    /// Raised by each change.
    pub version: i32,
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
