//! The parameters of a request: `query`, `operationName`, `variables`, `extensions`.

use async_graphql::{Request, Variables};
use serde_json::{Map, Value};

use crate::error::{AppError, ErrorCode, Result};

/// Reads a JSON body.
///
/// # Errors
/// `BAD_REQUEST` for what is not an object with parameters of the right types; a list, for there are no batches.
pub fn from_body(body: &[u8]) -> Result<Request> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(params)) => request(params),
        Ok(Value::Array(_)) => refuse("Requests are sent one by one; there are no batches."),
        Ok(_) => refuse("The body is not a JSON object."),
        Err(_) => refuse("The body is not JSON."),
    }
}

/// Reads a query string.
///
/// # Errors
/// As [`from_body`].
pub fn from_query(query: &str) -> Result<Request> {
    let mut params = Map::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let value = match name.as_ref() {
            "variables" | "extensions" if value.is_empty() => continue,
            "variables" | "extensions" => match serde_json::from_str(&value) {
                Ok(value) => value,
                Err(_) => return refuse("variables and extensions are JSON objects."),
            },
            _ => Value::String(value.into_owned()),
        };
        params.insert(name.into_owned(), value);
    }
    request(params)
}

fn request(mut params: Map<String, Value>) -> Result<Request> {
    let Some(Value::String(query)) = params.remove("query") else {
        return refuse("The parameter query is missing, or not a string.");
    };
    let mut request = Request::new(query);
    match params.remove("operationName") {
        None | Some(Value::Null) => {}
        Some(Value::String(name)) if name.is_empty() => {}
        Some(Value::String(name)) => request = request.operation_name(name),
        Some(_) => return refuse("The parameter operationName is not a string."),
    }
    match params.remove("variables") {
        None | Some(Value::Null) => {}
        Some(variables @ Value::Object(_)) => {
            request = request.variables(Variables::from_json(variables));
        }
        Some(_) => return refuse("The parameter variables is not an object."),
    }
    match params.remove("extensions") {
        None | Some(Value::Null | Value::Object(_)) => Ok(request),
        Some(_) => refuse("The parameter extensions is not an object."),
    }
}

fn refuse<T>(message: &'static str) -> Result<T> {
    Err(AppError::new(ErrorCode::BadRequest, message))
}
