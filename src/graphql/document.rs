//! A look at a document before the parser sees it.
//!
//! The parser descends by recursion: about 2,000 nested brackets overflow its stack and abort the process, which
//! nothing can catch. So brackets and tokens are counted first, in one pass that allocates nothing.

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};

use crate::error::{AppError, ErrorCode, Result};

/// Longest document, in bytes.
pub const MAX_BYTES: usize = 32 * 1024;
/// Most tokens: names, numbers, strings, punctuation (GraphQL October 2021, 2.1.6).
pub const MAX_TOKENS: usize = 2_000;
/// Deepest nesting of `(`, `[` and `{`.
pub const MAX_NESTING: usize = 64;

/// Refuses a document that is too long, has too many tokens or nests too deeply.
///
/// # Errors
/// `BAD_REQUEST`.
pub fn check(document: &str) -> Result<()> {
    check_length(document)?;
    let bytes = document.as_bytes();
    let (mut at, mut tokens, mut nesting) = (0, 0_usize, 0_usize);
    while let Some(&byte) = bytes.get(at) {
        let end = match byte {
            b' ' | b'\t' | b'\n' | b'\r' | b',' => {
                at += 1;
                continue;
            }
            b'#' => {
                at = line_end(bytes, at);
                continue;
            }
            b'"' => string_end(bytes, at),
            b'(' | b'[' | b'{' => {
                nesting += 1;
                if nesting > MAX_NESTING {
                    return refuse(format!(
                        "The document nests deeper than {MAX_NESTING} brackets."
                    ));
                }
                at + 1
            }
            b')' | b']' | b'}' => {
                nesting = nesting.saturating_sub(1);
                at + 1
            }
            _ if is_word(byte) => word_end(bytes, at),
            _ => at + 1,
        };
        tokens += 1;
        if tokens > MAX_TOKENS {
            return refuse(format!("The document has more than {MAX_TOKENS} tokens."));
        }
        at = end;
    }
    Ok(())
}

/// Refuses a document that is too long.
///
/// # Errors
/// `BAD_REQUEST`.
pub fn check_length(document: &str) -> Result<()> {
    if document.len() <= MAX_BYTES {
        return Ok(());
    }
    refuse(format!("The document is longer than {MAX_BYTES} bytes."))
}

/// Refuses a document that asks for the schema itself.
///
/// # Errors
/// `BAD_REQUEST`.
pub fn check_no_introspection(document: &ExecutableDocument) -> Result<()> {
    let operations = document
        .operations
        .iter()
        .map(|(_, operation)| &operation.node.selection_set);
    let fragments = document
        .fragments
        .values()
        .map(|fragment| &fragment.node.selection_set);
    if operations
        .chain(fragments)
        .any(|set| asks_for_schema(&set.node))
    {
        return refuse("Introspection is switched off on this server.".to_owned());
    }
    Ok(())
}

fn asks_for_schema(set: &SelectionSet) -> bool {
    set.items.iter().any(|item| match &item.node {
        Selection::Field(field) => {
            matches!(field.node.name.node.as_str(), "__schema" | "__type")
                || asks_for_schema(&field.node.selection_set.node)
        }
        Selection::InlineFragment(inline) => asks_for_schema(&inline.node.selection_set.node),
        Selection::FragmentSpread(_) => false,
    })
}

fn refuse(message: String) -> Result<()> {
    Err(AppError::new(ErrorCode::BadRequest, message))
}

/// Names and numbers; a sign or point splits a number, which only counts it higher.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn word_end(bytes: &[u8], start: usize) -> usize {
    bytes[start..]
        .iter()
        .position(|byte| !is_word(*byte))
        .map_or(bytes.len(), |len| start + len)
}

fn line_end(bytes: &[u8], start: usize) -> usize {
    let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
    bytes[start..]
        .iter()
        .position(is_end)
        .map_or(bytes.len(), |len| start + len)
}

/// The end of a string or block string. One that is not closed ends with its line (a block string: with the
/// document), so that no bracket behind it goes uncounted.
fn string_end(bytes: &[u8], start: usize) -> usize {
    if bytes[start..].starts_with(b"\"\"\"") {
        let mut at = start + 3;
        while at < bytes.len() {
            if bytes[at..].starts_with(b"\\\"\"\"") {
                at += 4;
            } else if bytes[at..].starts_with(b"\"\"\"") {
                return at + 3;
            } else {
                at += 1;
            }
        }
        return bytes.len();
    }
    let mut at = start + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\n' | b'\r' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_is_refused_one_beyond_the_limit() {
        let nested = |depth: usize| format!("{{a(b:{}1{})}}", "[".repeat(depth), "]".repeat(depth));
        assert!(check(&nested(MAX_NESTING - 2)).is_ok());
        assert!(check(&nested(MAX_NESTING - 1)).is_err());
    }

    #[test]
    fn tokens_are_refused_one_beyond_the_limit() {
        let tokens = |count: usize| "a ".repeat(count);
        assert!(check(&tokens(MAX_TOKENS)).is_ok());
        assert!(check(&tokens(MAX_TOKENS + 1)).is_err());
    }

    #[test]
    fn bytes_are_refused_one_beyond_the_limit() {
        assert!(check(&" ".repeat(MAX_BYTES)).is_ok());
        assert!(check(&" ".repeat(MAX_BYTES + 1)).is_err());
    }

    #[test]
    fn brackets_in_strings_and_comments_do_not_count() {
        let many = "[".repeat(100);
        assert!(check(&format!("{{a(b:\"{many}\")}}")).is_ok());
        assert!(check(&format!("{{a(b:\"\"\"{many}\"\"\")}}")).is_ok());
        assert!(check(&format!("#{many}\n{{a}}")).is_ok());
    }

    #[test]
    fn brackets_behind_an_open_string_or_an_escape_count() {
        let many = "[".repeat(100);
        assert!(check(&format!("\"open\n{many}")).is_err());
        assert!(check(&format!("\"\\\"\" {many}")).is_err());
        assert!(check(&format!("\"\"\" \\\"\"\" \"\"\" {many}")).is_err());
    }
}
