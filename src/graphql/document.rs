//! A look at a document before the parser sees it.
//!
//! A document is read by recursion: a few hundred nested brackets can overflow the stack and abort the process, which
//! nothing can catch. So brackets and tokens are counted first, in one pass that allocates nothing.

use std::borrow::Cow;

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};

use crate::error::{AppError, ErrorCode, Result};

/// Longest document, in bytes.
pub const MAX_BYTES: usize = 32 * 1024;
/// Most tokens: names, numbers, strings, punctuation (GraphQL October 2021, 2.1.6).
pub const MAX_TOKENS: usize = 2_000;
/// Deepest nesting of `(`, `[` and `{`.
pub const MAX_NESTING: usize = 64;
/// Longest name or number, in bytes. The executor's messages repeat names, once for each mistake.
pub const MAX_WORD: usize = 100;

/// Refuses a document that is too long, has too many tokens, nests too deeply or leaves a string open. Tells the number
/// of tokens.
///
/// # Errors
/// `BAD_REQUEST`.
pub fn check(document: &str) -> Result<usize> {
    check_length(document)?;
    let bytes = document.as_bytes();
    let (mut at, mut tokens, mut nesting) = (0, 0_usize, 0_usize);
    while let Some(&byte) = bytes.get(at) {
        let mut pieces = 1;
        let end = match byte {
            b' ' | b'\t' | b'\n' | b'\r' | b',' => {
                at += 1;
                continue;
            }
            b'#' => {
                at = line_end(bytes, at);
                continue;
            }
            // The parser might read the quotes otherwise, and brackets behind them that were not counted.
            b'"' => string_end(bytes, at).ok_or_else(|| bad("A string is not closed."))?,
            b'(' | b'[' | b'{' => {
                nesting += 1;
                if nesting > MAX_NESTING {
                    let message = format!("The document nests deeper than {MAX_NESTING} brackets.");
                    return Err(bad(message));
                }
                at + 1
            }
            b')' | b']' | b'}' => {
                nesting = nesting.saturating_sub(1);
                at + 1
            }
            _ if is_word(byte) => {
                let end = word_end(bytes, at);
                if end - at > MAX_WORD {
                    let message = format!("A name or number is longer than {MAX_WORD} bytes.");
                    return Err(bad(message));
                }
                pieces = pieces_of(&bytes[at..end]);
                end
            }
            _ => at + 1,
        };
        tokens += pieces;
        if tokens > MAX_TOKENS {
            return Err(bad(format!(
                "The document has more than {MAX_TOKENS} tokens."
            )));
        }
        at = end;
    }
    Ok(tokens)
}

/// Refuses a document that is too long.
///
/// # Errors
/// `BAD_REQUEST`.
pub fn check_length(document: &str) -> Result<()> {
    if document.len() <= MAX_BYTES {
        return Ok(());
    }
    Err(bad(format!(
        "The document is longer than {MAX_BYTES} bytes."
    )))
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
        return Err(bad("Introspection is switched off on this server."));
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

fn bad(message: impl Into<Cow<'static, str>>) -> AppError {
    AppError::new(ErrorCode::BadRequest, message)
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

/// What the parser makes of a word: behind a number or a keyword it looks for no end, and reads `00` or `truenull` as two
/// values.
fn pieces_of(mut word: &[u8]) -> usize {
    let mut pieces = 0;
    while let Some(&first) = word.first() {
        let digits = || word.iter().position(|byte| !byte.is_ascii_digit());
        let keywords: [&[u8]; 3] = [b"true", b"false", b"null"];
        let keyword = keywords.iter().find(|keyword| word.starts_with(keyword));
        let len = match (first, keyword) {
            (b'0', _) => 1,
            (b'1'..=b'9', _) => digits().unwrap_or(word.len()),
            (_, Some(keyword)) => keyword.len(),
            (_, None) => word.len(),
        };
        word = &word[len..];
        pieces += 1;
    }
    pieces
}

fn line_end(bytes: &[u8], start: usize) -> usize {
    let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
    bytes[start..]
        .iter()
        .position(is_end)
        .map_or(bytes.len(), |len| start + len)
}

/// The end of a string or block string; none where it is not closed, a string on its line.
fn string_end(bytes: &[u8], start: usize) -> Option<usize> {
    if bytes[start..].starts_with(b"\"\"\"") {
        let mut at = start + 3;
        while at < bytes.len() {
            if bytes[at..].starts_with(b"\\\"\"\"") {
                at += 4;
            } else if bytes[at..].starts_with(b"\"\"\"") {
                return Some(at + 3);
            } else {
                at += 1;
            }
        }
        return None;
    }
    let mut at = start + 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\n' | b'\r' => return None,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
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
    fn names_are_refused_one_byte_beyond_the_limit() {
        let name = |bytes: usize| format!("{{{}}}", "a".repeat(bytes));
        assert!(check(&name(MAX_WORD)).is_ok());
        assert!(check(&name(MAX_WORD + 1)).is_err());
    }

    #[test]
    fn brackets_in_strings_and_comments_do_not_count() {
        let many = "[".repeat(100);
        assert!(check(&format!("{{a(b:\"{many}\")}}")).is_ok());
        assert!(check(&format!("{{a(b:\"\"\"{many}\"\"\")}}")).is_ok());
        assert!(check(&format!("#{many}\n{{a}}")).is_ok());
    }

    #[test]
    fn an_open_string_hides_no_brackets() {
        for open in [
            "{a(b:[\"\"\"\" [[]]])}",
            "\"",
            "\"\"\"",
            "{a(b:\"\\\")}",
            "\"open\n\"",
        ] {
            assert!(check(open).is_err(), "{open}");
        }
    }

    #[test]
    fn values_without_a_space_between_them_count_each() {
        assert_eq!(
            check("{a(b:[00 000truenullfalse10 1x a10])}").ok(),
            Some(9 + 2 + 7 + 2 + 1)
        );
        let zeros = |count: usize| {
            format!(
                "{{a(b:[{}])}}",
                format!("{} ", "0".repeat(100)).repeat(count)
            )
        };
        assert!(check(&zeros(19)).is_ok());
        assert!(check(&zeros(20)).is_err());
    }

    #[test]
    fn brackets_behind_an_escape_count() {
        let many = "[".repeat(100);
        assert!(check(&format!("\"\\\"\" {many}")).is_err());
        assert!(check(&format!("\"\"\" \\\"\"\" \"\"\" {many}")).is_err());
    }
}
