//! Prepares the text of a document for the library's parser.
//!
//! The parser does not accept descriptions in front of operations, fragments and variables (GraphQL September 2025,
//! 2.3), and it misreads some commas (`...,F`). Both have no meaning here, so they are replaced with spaces. Everything
//! else keeps its position.

use std::ops::Range;

use apollo_parser::{Lexer, Token, TokenKind};

use super::refusal::Refusal;

/// Longest document, in bytes.
const MAX_BYTES: usize = 32 * 1024;
/// Most tokens: names, numbers, strings, punctuation (GraphQL September 2025, 2.1.5).
const MAX_TOKENS: usize = 2_000;

/// A text that is not too large for the parser.
pub struct Source {
    /// The text for the parser.
    pub text: String,
    /// The number of tokens.
    pub tokens: usize,
}

/// Refuses a document that is too long.
pub fn check_length(text: &str) -> Result<(), Refusal> {
    if text.len() <= MAX_BYTES {
        return Ok(());
    }
    let message = format!("The document is longer than {MAX_BYTES} bytes.");
    Err(Refusal::of(message))
}

impl Source {
    /// Refuses a text with too many tokens. White space, commas and comments do not count, because the layout of a
    /// document must not decide whether it runs.
    pub fn new(text: &str) -> Result<Self, Refusal> {
        check_length(text)?;
        let (mut tokens, mut meaningless, mut errors) = (Vec::new(), Vec::new(), 0);
        for token in Lexer::new(text) {
            match token {
                Ok(token) => match token.kind() {
                    TokenKind::Whitespace | TokenKind::Comment | TokenKind::Eof => {}
                    TokenKind::Comma => meaningless.push(place(&token)),
                    _ => tokens.push(token),
                },
                // The parser will report this error. The invalid text counts as a token.
                Err(_) => errors += 1,
            }
            if tokens.len() + errors > MAX_TOKENS {
                let message = format!("The document has more than {MAX_TOKENS} tokens.");
                return Err(Refusal::of(message));
            }
        }
        meaningless.extend(descriptions(&tokens));
        Ok(Self {
            text: without(text, &meaningless),
            tokens: tokens.len() + errors,
        })
    }
}

/// The descriptions of operations, fragments and variables.
fn descriptions(tokens: &[Token<'_>]) -> Vec<Range<usize>> {
    let (mut found, mut open) = (Vec::new(), Vec::new());
    for (i, token) in tokens.iter().enumerate() {
        match token.kind() {
            TokenKind::LParen | TokenKind::LBracket | TokenKind::LCurly => open.push(token.kind()),
            TokenKind::RParen | TokenKind::RBracket | TokenKind::RCurly => drop(open.pop()),
            TokenKind::StringValue => {
                let before = i.checked_sub(1).map(|before| tokens[before].kind());
                let is_one = tokens.get(i + 1).is_some_and(|next| match open[..] {
                    [] => ["query", "mutation", "subscription", "fragment"].contains(&next.data()),
                    // This is inside the list of variables. After `=` follows a default.
                    [TokenKind::LParen] => {
                        next.kind() == TokenKind::Dollar && before != Some(TokenKind::Eq)
                    }
                    _ => false,
                });
                if is_one {
                    found.push(place(token));
                }
            }
            _ => {}
        }
    }
    found
}

fn place(token: &Token<'_>) -> Range<usize> {
    token.index()..token.index() + token.data().len()
}

/// Replaces ranges of a text with spaces. The ranges are whole tokens, so no character is split.
fn without(text: &str, places: &[Range<usize>]) -> String {
    let mut kept = text.as_bytes().to_vec();
    for place in places {
        kept[place.clone()].fill(b' ');
    }
    String::from_utf8(kept).unwrap_or_else(|_| unreachable!("tokens end where characters end"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{prepared, wrong};
    use super::*;
    use serde_json::json;

    fn source(text: &str) -> Source {
        Source::new(text).expect("small enough")
    }

    #[test]
    fn tokens_count_and_what_lies_between_them_does_not() {
        for (text, tokens) in [
            ("{a(b:[1,2 3])}#c\n", 12),
            ("\u{feff}{ a ...on B{c} }", 9),
            (" , # {a}", 0),
            ("\"a b\" \"\"\"a \"b\" c\"\"\"", 2),
            ("%%", 2),
        ] {
            assert_eq!(source(text).tokens, tokens, "{text}");
        }
    }

    #[test]
    fn a_text_is_refused_one_byte_or_token_beyond_the_limits() {
        for (fits, beyond) in [
            (" ".repeat(MAX_BYTES), " ".repeat(MAX_BYTES + 1)),
            ("a ".repeat(MAX_TOKENS), "a ".repeat(MAX_TOKENS + 1)),
            ("%".repeat(MAX_TOKENS), "%".repeat(MAX_TOKENS + 1)),
        ] {
            assert!(Source::new(&fits).is_ok());
            assert!(Source::new(&beyond).is_err());
        }
    }

    #[test]
    fn descriptions_and_commas_become_spaces() {
        let text = "\"é\" query Q(\"\"\"a\nb\"\"\" $v: ID = \"c\", \"d\" $w: [In!] = [{id: \"e\"}]) {,\n id x: rows(id: \"f,\" of: $w) { ...,F } y: rows(id: $v) { id } } \"g\" fragment F on Row { id }";
        let kept = source(text).text;
        assert_eq!(kept.len(), text.len());
        for (gone, stays) in [
            ("é", "\"c\""),
            ("a\nb", "\"e\""),
            ("\"d\"", "\"f,\""),
            ("\"g\"", "$w"),
        ] {
            assert!(
                !kept.contains(gone) && kept.contains(stays),
                "{gone} {stays}"
            );
        }
        prepared(text, json!({})).expect("valid");
    }

    #[test]
    fn other_strings_are_no_descriptions() {
        for text in [
            "\"a\" { id }",
            "\"a\" \"b\" query { id }",
            "\"a\"",
            "query(\"a\") { id }",
            "query($v: ID = \"a\" \"b\") { rows(id: $v) { id } }",
            "{ \"a\" id }",
        ] {
            assert!(
                wrong(text).contains("Syntax error"),
                "{} {text}",
                wrong(text)
            );
        }
    }

    #[test]
    fn places_are_those_of_the_text_that_was_sent() {
        assert_eq!(
            wrong("\"\"\"one\ntwo\"\"\" query {\n  nothing\n}"),
            "3:3: Type `Query` does not have a field `nothing`."
        );
    }
}
