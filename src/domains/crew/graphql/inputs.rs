use async_graphql::InputObject;

use super::super::model;
use super::super::service::CreateUser;
use crate::error::Result;
use crate::validate;

/// Which people to list.
#[derive(InputObject, Default)]
pub(super) struct UserFilter {
    /// Part of the name; case, accents, apostrophes and hyphens do not matter.
    search: Option<String>,
    /// People with any of these skills; case and accents do not matter.
    skills: Option<Vec<String>>,
    /// People with any of these tags; case and accents do not matter.
    tags: Option<Vec<String>>,
    /// Also those who are archived. Not there yet: `archiveUser`.
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
    /// How the person is called; at most 200 characters.
    display_name: String,
    /// E-mail address; nobody else in the organisation may have it. Its domain may be in Unicode or ASCII.
    email: Option<String>,
    /// Telephone number, as people write it.
    phone: Option<String>,
    /// What the person can do; at most 50. Two that differ only in case or white space are one.
    #[graphql(default_with = "Some(Vec::new())")]
    skills: Option<Vec<String>>,
    /// How the organisation sorts its people; at most 50. Two that differ only in case or white space are one.
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
