//! What happens to a document before it is executed.

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, OperationDefinition, OperationType,
};
use async_graphql::{Request, ServerError};

use crate::error::{AppError, ErrorCode, Result};
use crate::graphql::{cost, document};

/// A request whose document was parsed and is within the limits.
pub struct Prepared {
    /// For the executor.
    pub request: Request,
    /// The document.
    pub document: ExecutableDocument,
    /// The operation that runs.
    pub operation: OperationDefinition,
}

impl Prepared {
    /// Parses the document, behind the check that keeps the parser safe, and finds the operation.
    ///
    /// # Errors
    /// `BAD_REQUEST`.
    pub fn new(mut request: Request, introspection: bool) -> Result<Self> {
        document::check(&request.query)?;
        let document = request.parsed_query().map_err(|error: ServerError| {
            AppError::new(ErrorCode::BadRequest, error.message.clone())
        })?;
        let document = document.clone();
        if !introspection {
            document::check_no_introspection(&document)?;
        }
        cost::check(&document)?;
        let operation = find(&document, request.operation_name.as_deref()).ok_or_else(|| {
            let message = "operationName does not name an operation of the document.";
            AppError::new(ErrorCode::BadRequest, message)
        })?;
        let operation = operation.clone();
        if operation.ty == OperationType::Subscription {
            let message = "There are no subscriptions on this transport.";
            return Err(AppError::new(ErrorCode::BadRequest, message));
        }
        Ok(Self {
            request,
            document,
            operation,
        })
    }
}

/// The operation of a name, or the only one (GraphQL October 2021, 6.1).
fn find<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Option<&'a OperationDefinition> {
    let operation = match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => Some(operation),
        (DocumentOperations::Multiple(operations), Some(name)) => operations.get(name),
        // The parser counts a single operation with a name as several.
        (DocumentOperations::Multiple(operations), None) if operations.len() == 1 => {
            operations.values().next()
        }
        (DocumentOperations::Single(_), Some(_)) | (DocumentOperations::Multiple(_), None) => None,
    };
    operation.map(|operation| &operation.node)
}
