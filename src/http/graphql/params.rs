//! The parameters of a request: `query`, `operationName`, `variables`, `extensions`, `onError`, and `documentId` of the
//! draft on persisted documents (GraphQL over HTTP, appendix A).

use async_graphql::Variables;
use serde_json::{Map, Value};

use crate::error::{AppError, ErrorCode, Result};
use crate::graphql::execute::OnError;

/// Most values of the JSON of a request. Each takes up to 288 bytes of memory, and only 2 of the request.
const MAX_VALUES: usize = 40_000;

/// The parameters of a request.
pub struct Params {
    /// The document.
    pub query: Option<String>,
    /// The id of the document: `documentId`, or Apollo's `extensions.persistedQuery.sha256Hash`.
    pub id: Option<String>,
    /// The name of the operation to run.
    pub operation_name: Option<String>,
    /// The values of its variables.
    pub variables: Variables,
    /// The value of failed fields.
    pub on_error: OnError,
}

/// Reads a JSON body.
///
/// # Errors
/// `BAD_REQUEST` if the body is not an object with parameters of the right types. A list is refused too, because there
/// are no batches.
pub fn from_body(body: &[u8]) -> Result<Params> {
    check_values(body)?;
    match serde_json::from_slice(body) {
        Ok(Value::Object(params)) => read(params),
        Ok(Value::Array(_)) => refuse("Requests are sent one by one; there are no batches."),
        Ok(_) => refuse("The body is not a JSON object."),
        Err(_) => refuse("The body is not JSON."),
    }
}

/// Reads a query string.
///
/// # Errors
/// As [`from_body`].
pub fn from_query(query: &str) -> Result<Params> {
    let mut params = Map::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let value = match name.as_ref() {
            "variables" | "extensions" if value.is_empty() => continue,
            "variables" | "extensions" => {
                check_values(value.as_bytes())?;
                match serde_json::from_str(&value) {
                    Ok(value) => value,
                    Err(_) => return refuse("variables and extensions are JSON objects."),
                }
            }
            _ => Value::String(value.into_owned()),
        };
        params.insert(name.into_owned(), value);
    }
    read(params)
}

/// Refuses JSON with too many values before it is read. A value begins behind `[`, `{` or `,` outside of a text.
fn check_values(json: &[u8]) -> Result<()> {
    let (mut values, mut is_text, mut is_escaped) = (0, false, false);
    for byte in json {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_text => is_escaped = true,
            b'"' => is_text = !is_text,
            b'[' | b'{' | b',' if !is_text => values += 1,
            _ => {}
        }
    }
    match values <= MAX_VALUES {
        true => Ok(()),
        false => refuse("The request has more than 40,000 values in its JSON. Send less at once."),
    }
}

fn read(mut params: Map<String, Value>) -> Result<Params> {
    let text = |value| match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => refuse("The parameters query, operationName and documentId are strings."),
    };
    let variables = match params.remove("variables") {
        None | Some(Value::Null) => Variables::default(),
        Some(variables @ Value::Object(_)) => Variables::from_json(variables),
        Some(_) => return refuse("The parameter variables is not an object."),
    };
    let hash = match params.remove("extensions") {
        None | Some(Value::Null) => None,
        Some(Value::Object(extensions)) => persisted_query(extensions)?,
        Some(_) => return refuse("The parameter extensions is not an object."),
    };
    let id = text(params.remove("documentId"))?;
    if id.is_some() && hash.is_some() {
        return refuse("Give documentId or the extension persistedQuery, not both.");
    }
    let (query, id) = (text(params.remove("query"))?, id.or(hash));
    if query.is_none() && id.is_none() {
        return refuse("The parameter query is missing.");
    }
    Ok(Params {
        query,
        id,
        operation_name: text(params.remove("operationName"))?.filter(|name| !name.is_empty()),
        variables,
        on_error: on_error(params.remove("onError"))?,
    })
}

/// `onError` of graphql-spec's pull request 1163, for clients that want as much data as possible.
fn on_error(value: Option<Value>) -> Result<OnError> {
    match value {
        None | Some(Value::Null) => Ok(OnError::default()),
        Some(Value::String(text)) if text == "PROPAGATE" => Ok(OnError::Propagate),
        Some(Value::String(text)) if text == "NULL" => Ok(OnError::Null),
        Some(_) => refuse("The parameter onError is NULL or PROPAGATE."),
    }
}

/// `{"version": 1, "sha256Hash": "…"}`.
fn persisted_query(mut extensions: Map<String, Value>) -> Result<Option<String>> {
    match extensions.remove("persistedQuery") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(mut persisted)) => match persisted.remove("sha256Hash") {
            Some(Value::String(hash)) if persisted.get("version") == Some(&Value::from(1)) => {
                Ok(Some(hash))
            }
            _ => refuse("A persisted query has the version 1 and a sha256Hash."),
        },
        Some(_) => refuse("The extension persistedQuery is not an object."),
    }
}

fn refuse<T>(message: &'static str) -> Result<T> {
    Err(AppError::new(ErrorCode::BadRequest, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(values: usize, text: &str) -> String {
        // The parameters are four values: the object, the text, `variables` and its list.
        let rest = "0,".repeat(values - 4);
        format!("{{\"query\": \"{text}\", \"variables\": {{\"x\": [{rest}0]}}}}")
    }

    #[test]
    fn a_body_has_so_many_values_and_no_more() {
        for text in ["{ me }", r#"{ me(a: \"[,\\\\\", b: [1, 2]) }"#] {
            assert!(from_body(body(MAX_VALUES, text).as_bytes()).is_ok());
            let refused = from_body(body(MAX_VALUES + 1, text).as_bytes());
            let error = refused.err().expect("a refusal");
            assert!(error.message.contains("40,000"), "{}", error.message);
        }
        let deep = format!("{{\"x\": {}", "[".repeat(MAX_VALUES));
        assert!(from_body(deep.as_bytes()).is_err());
        let variables = "[".repeat(MAX_VALUES + 1);
        assert!(from_query(&format!("query=x&variables={variables}")).is_err());
    }
}
