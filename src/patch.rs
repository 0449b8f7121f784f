//! The fields of an update.

use async_graphql::MaybeUndefined;

use crate::error::{AppError, Result};
use crate::validate;

/// A field of an update. An update changes only the fields that the client names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// The client left the field out. It stays as it is.
    #[default]
    Keep,
    /// The client sent null.
    Clear,
    /// The new value.
    Set(T),
}

impl<T> From<MaybeUndefined<T>> for Patch<T> {
    fn from(field: MaybeUndefined<T>) -> Self {
        match field {
            MaybeUndefined::Undefined => Self::Keep,
            MaybeUndefined::Null => Self::Clear,
            MaybeUndefined::Value(value) => Self::Set(value),
        }
    }
}

impl<T> Patch<T> {
    /// The new value of a field that must have one; `None` if it stays.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` at `field` for null.
    pub fn required(self, field: &str) -> Result<Option<T>> {
        match self {
            Self::Keep => Ok(None),
            Self::Clear => {
                let message = "This must not be null. Leave the field out to keep its value.";
                Err(AppError::bad_input(field, message))
            }
            Self::Set(value) => Ok(Some(value)),
        }
    }

    /// The value of an optional field after the update.
    pub fn or(self, present: Option<T>) -> Option<T> {
        match self {
            Self::Keep => present,
            Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }
}

impl Patch<String> {
    /// Validates a text that must not be empty, as [`validate::text`] does; `None` if it stays.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` at `field`.
    pub fn text(self, field: &str, max: usize) -> Result<Option<String>> {
        let value = self.required(field)?;
        value
            .map(|value| validate::text(field, &value, max))
            .transpose()
    }

    /// Validates an optional text. An empty text counts as null.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` at `field`.
    pub fn optional_text(self, field: &str, max: usize) -> Result<Self> {
        let Self::Set(value) = self else {
            return Ok(self);
        };
        let value = validate::optional(field, Some(&value), max)?;
        Ok(value.map_or(Self::Clear, Self::Set))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_is_left_out_stays_and_null_empties_it() {
        let present = || Some("old".to_owned());
        let text = |patch: Patch<String>| patch.optional_text("note", 10).expect("a text");
        assert_eq!(text(Patch::Keep).or(present()), present());
        assert_eq!(text(Patch::Clear).or(present()), None);
        assert_eq!(text(Patch::Set("  ".to_owned())).or(present()), None);
        let set = text(Patch::Set(" new ".to_owned())).or(present());
        assert_eq!(set.as_deref(), Some("new"));
    }

    #[test]
    fn a_field_that_must_have_a_value_refuses_null() {
        let refused = Patch::<String>::Clear.text("title", 10).expect_err("null");
        assert_eq!(refused.field.as_deref(), Some("title"));
        assert_eq!(Patch::Keep.text("title", 10).expect("nothing"), None);
    }
}
