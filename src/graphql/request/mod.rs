//! From what a client sent to what may run.
//!
//! A document is parsed and validated once, and kept. For each request the operation that runs is held against the
//! limits, its variables are read, and it is written out anew: with values instead of variables, with nothing left to
//! spread, to skip or to merge.

mod complexity;
mod diagnostics;
mod document;
mod inputs;
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

/// What a client asks for.
pub struct Asked<'a> {
    /// The document.
    pub query: Option<&'a str>,
    /// What the document is known under.
    pub id: Option<&'a str>,
    /// Which operation of the document.
    pub operation_name: Option<&'a str>,
    /// The values of its variables.
    pub variables: &'a Variables,
}

/// Makes an operation that may run of what a client asks for.
///
/// # Errors
/// `BAD_REQUEST` for whatever may not run, `PERSISTED_QUERY_NOT_FOUND` for a document that is not known.
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
