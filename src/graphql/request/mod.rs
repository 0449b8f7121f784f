//! From a request to an operation that is ready to run.
//!
//! A document is parsed and validated once and then cached. For each request the operation is checked against the
//! limits, its variables are converted, and it is rewritten: variables are replaced with values, fragments are
//! expanded, skipped fields are removed, and fields are merged.

mod complexity;
mod diagnostics;
mod document;
mod inputs;
mod label;
mod limits;
mod lines;
mod literals;
mod normalise;
mod refusal;
mod rules;
mod source;
mod spread;
mod store;
mod suggestion;
#[cfg(test)]
mod tests;
mod variables;

use async_graphql::Variables;

use refusal::Fault;

pub use document::MAX_NESTING;
pub use normalise::{Operation, strip};
pub use refusal::{Refusal, RequestError};
pub use rules::Rules;
pub use store::Documents;

/// The parameters of a request.
pub struct Asked<'a> {
    /// The document.
    pub query: Option<&'a str>,
    /// The hash or name of the document.
    pub id: Option<&'a str>,
    /// The name of the operation to run.
    pub operation_name: Option<&'a str>,
    /// The values of its variables.
    pub variables: &'a Variables,
}

/// Turns a request into an operation that is ready to run.
///
/// # Errors
/// `BAD_REQUEST` for an operation that must not run, `PERSISTED_QUERY_NOT_FOUND` for an unknown hash or name.
pub fn prepare(documents: &Documents, asked: &Asked<'_>) -> Result<Operation, Refusal> {
    let rules = documents.rules();
    let document = documents.find(asked.query, asked.id)?;
    let operation = document.operation(asked.operation_name)?;
    let run = || -> Result<Operation, Fault> {
        limits::check(rules, &document, operation, documents.introspection())?;
        let variables = variables::coerce(rules, operation, asked.variables)?;
        complexity::check(&document, operation, |name| variables.get(name).cloned())?;
        normalise::normalise(rules, &document, operation, &variables)
    };
    run().map_err(|fault| document.refusal([fault]))
}
