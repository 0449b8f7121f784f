//! How much of a row is read.
//!
//! A list shows many rows, and usually a few columns of each. Every column that is read costs time in the database and
//! in the server. So a row that is read in numbers has two parts: what lists usually show, and the rest.

use crate::error::{AppError, ErrorCode, Result};

/// Most bytes of the texts that one statement reads with the rest of its rows. An answer has no room for more.
const MAX_TEXTS: i64 = 16 * 1024 * 1024;

/// How much of a row is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Extent {
    /// Only what lists usually show.
    Brief,
    /// The rest too.
    Whole,
}

/// A row in its two parts, as far as it was read.
#[derive(Clone, Debug)]
pub struct Parts<B, R> {
    /// What lists usually show.
    pub brief: B,
    rest: Option<R>,
}

/// The schema shows a part of a row that was not read: a defect of the server.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a field that needs the whole row is declared as one that the brief part is enough for")]
struct NotRead;

impl<B, R> Parts<B, R> {
    /// A row that was read in brief.
    pub fn brief(brief: B) -> Self {
        Self { brief, rest: None }
    }

    /// A row that was read whole.
    pub fn whole(brief: B, rest: R) -> Self {
        let rest = Some(rest);
        Self { brief, rest }
    }

    /// What lists usually do not show.
    ///
    /// # Errors
    /// `INTERNAL` if the row was read in brief.
    pub fn rest(&self) -> Result<&R> {
        self.rest
            .as_ref()
            .ok_or_else(|| AppError::internal(NotRead))
    }
}

/// Refuses rows whose long texts have so many bytes in all, before they are read.
///
/// # Errors
/// `BAD_REQUEST` for more than 16 MiB.
pub fn check_texts(bytes: Option<i64>) -> Result<()> {
    if bytes.unwrap_or_default() <= MAX_TEXTS {
        return Ok(());
    }
    let message = "The texts of these rows have more than 16 MiB. Ask for fewer rows at once, or leave out their texts.";
    Err(AppError::new(ErrorCode::BadRequest, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_a_limit() {
        assert!(check_texts(None).is_ok());
        assert!(check_texts(Some(16_777_216)).is_ok());
        let refused = check_texts(Some(16_777_217)).expect_err("too much");
        assert_eq!(refused.code, ErrorCode::BadRequest);
    }

    #[test]
    fn the_rest_of_a_row_that_was_read_in_brief_is_a_defect() {
        let brief: Parts<&str, &str> = Parts::brief("name");
        let error = brief.rest().expect_err("it was not read");
        assert_eq!(error.code, ErrorCode::Internal);
        let whole = Parts::whole("name", "phone");
        assert_eq!(*whole.rest().expect("it was read"), "phone");
    }
}
