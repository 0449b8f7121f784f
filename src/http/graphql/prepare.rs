//! What happens to a request before it is executed.

use std::sync::Arc;

use async_graphql::parser::types::{OperationDefinition, OperationType};
use async_graphql::{Positioned, Request};

use super::params::Params;
use crate::error::{AppError, ErrorCode, Result};
use crate::graphql::documents::{Document, Documents};

/// A request within the limits.
pub struct Prepared {
    /// For the executor.
    pub request: Request,
    /// Its document.
    pub document: Arc<Document>,
    /// The operation that runs.
    pub operation: OperationDefinition,
}

impl Prepared {
    /// Finds the document and its operation, and checks them.
    ///
    /// # Errors
    /// `BAD_REQUEST`, `PERSISTED_QUERY_NOT_FOUND`.
    pub fn new(params: Params, documents: &Documents) -> Result<Self> {
        let document = documents.find(params.query.as_deref(), params.id.as_deref())?;
        let name = params.operation_name.as_deref();
        let operation = document.operation(name).cloned().ok_or_else(|| {
            let message = "operationName does not name an operation of the document.";
            AppError::new(ErrorCode::BadRequest, message)
        })?;
        if operation.ty == OperationType::Subscription {
            let message = "There are no subscriptions on this transport.";
            return Err(AppError::new(ErrorCode::BadRequest, message));
        }
        documents.check(&document, &operation, &params.variables)?;
        let mut variables = params.variables;
        for Positioned { node: of, .. } in &operation.variable_definitions {
            // The executor does not know defaults when it skips fields.
            if let Some(default) = &of.default_value {
                let value = variables.entry(of.name.node.clone());
                value.or_insert_with(|| default.node.clone());
            }
        }
        let mut request = Request::new("").variables(variables);
        request.operation_name = params.operation_name;
        request.set_parsed_query(document.parsed.clone());
        Ok(Self {
            request,
            document,
            operation,
        })
    }
}
