use async_graphql::{ID, InputObject, MaybeUndefined};

use super::super::model;
use super::super::service::{CreateUser, UpdateUser};
use crate::error::Result;
use crate::graphql::id::decode;
use crate::validate;

/// Selects crew members. All fields that are set must match.
#[derive(InputObject, Default)]
pub(super) struct UserFilter {
    /// Part of the name. The search ignores case and accents. It treats apostrophes, hyphens and spaces alike.
    search: Option<String>,
    /// Only people with at least one of these skills. Case and accents are ignored.
    skills: Option<Vec<String>>,
    /// Only people with at least one of these tags. Case and accents are ignored.
    tags: Option<Vec<String>>,
    /// Whether to include archived people.
    #[graphql(default_with = "Some(false)")]
    include_archived: Option<bool>,
}

impl UserFilter {
    pub(super) fn read(self) -> Result<model::UserFilter> {
        let folded = |field: &str, values: Option<Vec<String>>| -> Result<Vec<String>> {
            let labels = validate::labels(field, &values.unwrap_or_default())?;
            Ok(labels.into_iter().map(|label| label.folded).collect())
        };
        Ok(model::UserFilter {
            search: validate::search(self.search.as_deref())?,
            skills: folded("filter.skills", self.skills)?,
            tags: folded("filter.tags", self.tags)?,
            include_archived: self.include_archived.unwrap_or_default(),
        })
    }
}

/// A new crew member.
#[derive(InputObject)]
pub(super) struct CreateUserInput {
    /// The name of the person, at most 200 characters.
    display_name: String,
    /// The e-mail address. It must be unique in the crew of the organisation. Its domain may be in Unicode or in ASCII.
    email: Option<String>,
    /// The phone number, in any format.
    phone: Option<String>,
    /// The skills of the person, at most 50. Skills that differ only in case or white space are the same skill. Each is
    /// written as the people who have it already write it.
    #[graphql(default_with = "Some(Vec::new())")]
    skills: Option<Vec<String>>,
    /// The tags of the person, at most 50. Tags that differ only in case or white space are the same tag. Each is
    /// written as the people who have it already write it.
    #[graphql(default_with = "Some(Vec::new())")]
    tags: Option<Vec<String>>,
}

impl CreateUserInput {
    pub(super) fn read(self) -> CreateUser {
        CreateUser {
            display_name: self.display_name,
            email: self.email,
            phone: self.phone,
            skills: self.skills.unwrap_or_default(),
            tags: self.tags.unwrap_or_default(),
        }
    }
}

/// What to change in a crew member. A field that is left out stays as it is. Null empties it.
#[derive(InputObject)]
pub(super) struct UpdateUserInput {
    /// The id of the crew member.
    id: ID,
    /// The `version` that you have read. If somebody has changed the person since, the mutation fails with
    /// `VERSION_CONFLICT`.
    expected_version: Option<i32>,
    /// The name of the person, at most 200 characters. It must not be null.
    display_name: MaybeUndefined<String>,
    /// The e-mail address. It must be unique among the people who are not archived. In your own profile you can only
    /// enter the address that you sign in with, unless you are MANAGER or above.
    email: MaybeUndefined<String>,
    /// The phone number, in any format.
    phone: MaybeUndefined<String>,
    /// All skills of the person, at most 50. They replace the present ones. Each is written as the people who have it
    /// already write it.
    skills: MaybeUndefined<Vec<String>>,
    /// All tags of the person, at most 50. They replace the present ones. Each is written as the people who have it
    /// already write it. Needs MANAGER or above.
    tags: MaybeUndefined<Vec<String>>,
}

impl UpdateUserInput {
    pub(super) fn read(self) -> Result<UpdateUser> {
        Ok(UpdateUser {
            id: decode(&self.id, "id")?,
            expected_version: self.expected_version,
            display_name: self.display_name.into(),
            email: self.email.into(),
            phone: self.phone.into(),
            skills: self.skills.into(),
            tags: self.tags.into(),
        })
    }
}

/// The crew member to archive.
#[derive(InputObject)]
pub(super) struct ArchiveUserInput {
    /// The id of the crew member.
    pub id: ID,
    /// Whether to cancel the person's INVITED and ACCEPTED assignments on missions that have not started. Without it,
    /// archiving somebody who has such assignments fails with `IN_USE`.
    #[graphql(default_with = "Some(false)")]
    pub cancel_future: Option<bool>,
}
