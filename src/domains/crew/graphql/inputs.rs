use async_graphql::InputObject;

use super::super::model;
use super::super::service::CreateUser;
use crate::error::Result;
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
    /// Whether to include archived people. Not there yet: `archiveUser`.
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
    /// The skills of the person, at most 50. Skills that differ only in case or white space are the same skill.
    #[graphql(default_with = "Some(Vec::new())")]
    skills: Option<Vec<String>>,
    /// The tags of the person, at most 50. Tags that differ only in case or white space are the same tag.
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
