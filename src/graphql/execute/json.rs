//! Writes values as JSON. A finished object or list passes through the library as [`Value::Binary`], which holds its
//! JSON text.

use async_graphql::Value;
use serde::Serialize;

/// Appends a value.
pub(super) fn write(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Binary(written) => out.extend_from_slice(written),
        Value::String(text) => append(text, out),
        Value::Enum(name) => append(name.as_str(), out),
        Value::Number(number) => append(number, out),
        Value::Boolean(yes) => append(yes, out),
        Value::Null => out.extend_from_slice(b"null"),
        Value::List(items) => {
            out.push(b'[');
            for (i, item) in items.iter().enumerate() {
                separate(i, out);
                write(item, out);
            }
            out.push(b']');
        }
        Value::Object(fields) => {
            out.push(b'{');
            for (i, (name, value)) in fields.iter().enumerate() {
                separate(i, out);
                // The value of a scalar: its keys are any texts.
                append(name.as_str(), out);
                out.push(b':');
                write(value, out);
            }
            out.push(b'}');
        }
    }
}

/// Appends a response key. A GraphQL name contains no characters that JSON escapes.
pub(super) fn key(name: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}

/// Appends a comma, except before the first item.
pub(super) fn separate(index: usize, out: &mut Vec<u8>) {
    if index > 0 {
        out.push(b',');
    }
}

/// The approximate size of a value in bytes. It is exact for finished JSON and for most other values.
pub(super) fn size(value: &Value) -> usize {
    match value {
        Value::Binary(written) => written.len(),
        value => bytes(value) + 8,
    }
}

/// The approximate number of bytes that a value adds to the finished JSON.
pub(super) fn bytes(value: &Value) -> usize {
    match value {
        Value::Binary(_) => 0,
        Value::String(text) => text.len(),
        Value::Enum(name) => name.len(),
        Value::Number(_) | Value::Boolean(_) | Value::Null => 5,
        Value::List(items) => items.iter().map(bytes).sum(),
        Value::Object(fields) => {
            let fields = fields.iter();
            fields.map(|(name, value)| name.len() + bytes(value)).sum()
        }
    }
}

fn append<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) {
    if serde_json::to_writer(out, value).is_err() {
        unreachable!("a text or number is JSON, and a vector takes it");
    }
}
