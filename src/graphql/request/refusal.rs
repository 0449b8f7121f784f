//! The reasons why a request does not run: a list of errors with a limited size, whatever the client sent.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use apollo_compiler::parser::SourceSpan;
use async_graphql::Pos;
use serde_json::{Value, json};

use crate::error::{AppError, ErrorCode};
use crate::graphql::error::{MAX_ERRORS, one_line};

/// The reasons why a request does not run.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The code of all its errors.
    pub code: ErrorCode,
    /// At least one.
    pub errors: Vec<RequestError>,
}

/// One of the errors.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestError {
    /// A sentence for people.
    pub message: String,
    /// The position in the document.
    pub location: Option<Pos>,
}

/// An error whose position is not yet converted to line and column.
#[derive(Debug)]
pub struct Fault {
    /// A sentence for people.
    pub message: String,
    /// The position in the document.
    pub at: Option<SourceSpan>,
}

impl Fault {
    /// An error at a position.
    pub fn new(message: impl Into<String>, at: Option<SourceSpan>) -> Self {
        Self {
            message: message.into(),
            at,
        }
    }
}

impl Refusal {
    /// `BAD_REQUEST` for these errors, without duplicates. Only the first ones are kept, and long messages are cut.
    pub fn new(errors: impl IntoIterator<Item = RequestError>) -> Self {
        let mut told = HashSet::new();
        let errors = errors.into_iter().map(|mut error| {
            error.message = one_line(&error.message);
            error
        });
        let errors = errors.filter(|error| told.insert(error.clone()));
        Self {
            code: ErrorCode::BadRequest,
            errors: errors.take(MAX_ERRORS).collect(),
        }
    }

    /// `BAD_REQUEST` for one error without a position in the document.
    pub fn of(message: impl Into<Cow<'static, str>>) -> Self {
        AppError::new(ErrorCode::BadRequest, message).into()
    }

    /// The answer's body.
    #[must_use]
    pub fn body(&self) -> Value {
        let errors = self.errors.iter().map(|error| {
            let mut body = json!({
                "message": error.message,
                "extensions": {"code": self.code.as_str()},
            });
            if let Some(at) = error.location {
                body["locations"] = json!([{"line": at.line, "column": at.column}]);
            }
            body
        });
        json!({"errors": errors.collect::<Vec<_>>()})
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.location {
            Some(at) => write!(f, "{}:{}: {}", at.line, at.column, self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl From<AppError> for Refusal {
    fn from(error: AppError) -> Self {
        let only = RequestError {
            message: error.message.into_owned(),
            location: None,
        };
        Self {
            code: error.code,
            ..Self::new([only])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(message: impl Into<String>, line: usize) -> RequestError {
        RequestError {
            message: message.into(),
            location: Some(Pos { line, column: 1 }),
        }
    }

    #[test]
    fn fifty_errors_are_told_and_no_more() {
        let errors = |count: usize| Refusal::new((0..count).map(|line| error("Wrong.", line)));
        assert_eq!(errors(50).errors.len(), 50);
        assert_eq!(errors(51).errors.len(), 50);
    }

    #[test]
    fn a_fault_is_told_once() {
        let refusal = Refusal::new([error("a", 1), error("a", 1), error("a", 2), error("b", 1)]);
        assert_eq!(refusal.errors.len(), 3);
    }

    #[test]
    fn a_message_is_one_line() {
        let refusal = Refusal::new([error("a\nb\u{0}c", 1)]);
        assert_eq!(refusal.errors[0].message, "a b c");
    }

    #[test]
    fn a_message_is_cut_between_characters() {
        for (text, length) in [("x".repeat(300), 300), ("x".repeat(301), 300)] {
            assert_eq!(
                Refusal::new([error(text, 1)]).errors[0].message.len(),
                length
            );
        }
        // The 297th byte stands in the middle of a character of two.
        let long = Refusal::new([error("é".repeat(151), 1)]);
        assert_eq!(long.errors[0].message, "é".repeat(148) + "…");
    }
}
