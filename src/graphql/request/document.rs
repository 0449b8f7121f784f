//! A document: parsed, and valid by the schema.

use std::collections::HashMap;

use apollo_compiler::ast::{self, Definition, Selection};
use apollo_compiler::diagnostic::ToCliReport as _;
use apollo_compiler::executable::{ExecutableDocument, Operation};
use apollo_compiler::parser::Parser;
use apollo_compiler::validation::{DiagnosticList, Valid};
use apollo_compiler::{Name, Node};
use apollo_parser::{Lexer, TokenKind};

use super::inputs;
use super::lines::Lines;
use super::refusal::{Fault, Refusal, RequestError};
use super::rules::Rules;
use super::suggestion;

/// Longest document, in bytes.
pub const MAX_BYTES: usize = 32 * 1024;
/// Most tokens: names, numbers, strings, punctuation (GraphQL September 2025, 2.1.5).
pub const MAX_TOKENS: usize = 2_000;
/// Deepest nesting of `[` and `{`; a fragment nests where it is spread.
pub const MAX_NESTING: usize = 64;

/// What a token takes when it is parsed, beside its text.
const TOKEN_BYTES: usize = 256;

/// A document that is valid.
pub struct Document {
    /// What was parsed.
    pub parsed: Valid<ExecutableDocument>,
    /// Where its lines are.
    pub lines: Lines,
    /// What it takes, in bytes.
    pub weight: u64,
}

impl Document {
    /// Parses and validates a document.
    pub fn read(rules: &Rules, text: &str, suggests: bool) -> Result<Self, Refusal> {
        check_length(text)?;
        let tokens = count_tokens(text);
        if tokens > MAX_TOKENS {
            let message = format!("The document has more than {MAX_TOKENS} tokens.");
            return Err(Refusal::of(message));
        }
        let lines = Lines::new(text);
        let refuse = |faults: Vec<Fault>| Err(refusal(&lines, faults));
        let mut parser = Parser::new().recursion_limit(MAX_NESTING);
        let parsed = match parser.parse_ast(text, "") {
            Ok(parsed) => parsed,
            Err(_) if parser.recursion_reached() > MAX_NESTING => return Err(too_deep()),
            Err(found) => return refuse(syntax_error(&found.errors).into_iter().collect()),
        };
        // The library's validation recurses through fragments, each as deep as the parser lets it be.
        check_nesting(&parsed)?;
        // In this order, for what is not in the schema makes the validation see mistakes where there are none.
        let built = parsed
            .to_executable(&rules.schema)
            .map_err(|found| found.errors);
        let validate =
            |it: ExecutableDocument| it.validate(&rules.schema).map_err(|found| found.errors);
        let parsed = match built.and_then(validate) {
            Ok(parsed) => parsed,
            Err(found) => {
                let meant = |message: &str| {
                    let meant = suggests.then(|| suggestion::field(&rules.schema, message));
                    meant.flatten()
                };
                return Err(refusal(&lines, invalid(&found, &meant)));
            }
        };
        let faults = inputs::faults(&rules.schema, &parsed);
        if !faults.is_empty() {
            return refuse(faults);
        }
        Ok(Self {
            parsed,
            lines,
            weight: (2 * text.len() + TOKEN_BYTES * tokens) as u64,
        })
    }

    /// The operation of a name, or the only one (GraphQL September 2025, 6.1).
    pub fn operation(&self, name: Option<&str>) -> Result<&Node<Operation>, Refusal> {
        self.parsed
            .operations
            .get(name)
            .map_err(|_| Refusal::of("operationName does not name an operation of the document."))
    }

    /// What is wrong with the document, each with line and column.
    pub fn refusal(&self, faults: impl IntoIterator<Item = Fault>) -> Refusal {
        refusal(&self.lines, faults)
    }
}

/// Refuses a document that is too long.
pub fn check_length(text: &str) -> Result<(), Refusal> {
    if text.len() <= MAX_BYTES {
        return Ok(());
    }
    let message = format!("The document is longer than {MAX_BYTES} bytes.");
    Err(Refusal::of(message))
}

/// White space, commas and comments are none: whether a document runs does not depend on how it is laid out. What is no
/// token at all counts as one.
fn count_tokens(text: &str) -> usize {
    let ignored = [
        TokenKind::Whitespace,
        TokenKind::Comma,
        TokenKind::Comment,
        TokenKind::Eof,
    ];
    let tokens = Lexer::new(text);
    tokens
        .filter(|token| {
            token
                .as_ref()
                .map_or(true, |token| !ignored.contains(&token.kind()))
        })
        .count()
}

fn refusal(lines: &Lines, faults: impl IntoIterator<Item = Fault>) -> Refusal {
    Refusal::new(faults.into_iter().map(|fault| RequestError {
        location: fault.at.map(|at| lines.pos(at.offset())),
        message: fault.message,
    }))
}

fn too_deep() -> Refusal {
    let message = format!("The document nests deeper than {MAX_NESTING} brackets.");
    Refusal::of(message)
}

/// The first one: what follows from it helps nobody.
fn syntax_error(found: &DiagnosticList) -> Option<Fault> {
    let first = found.iter().next()?;
    let told = first.error.to_string();
    let told = told
        .trim_start_matches("syntax error: ")
        .trim_end_matches('.');
    let told = match told.split_once(", got ") {
        Some((_, "EOF")) => "the document ends too early",
        // What was expected is told in the library's own names.
        Some((_, got)) => &format!("{got} is not expected here"),
        None => told,
    };
    Some(Fault::new(
        format!("Syntax error: {told}."),
        first.error.location(),
    ))
}

/// What the validation found, in sentences. `meant` makes suggestions.
fn invalid<'a>(
    found: &'a DiagnosticList,
    meant: &'a dyn Fn(&str) -> Option<&'a str>,
) -> impl Iterator<Item = Fault> + 'a {
    found.iter().map(|one| {
        let told = one.error.to_string();
        let message = match meant(&told) {
            Some(meant) => format!("{} Did you mean `{meant}`?", sentence(&told)),
            None => sentence(&told),
        };
        Fault::new(message, one.error.location())
    })
}

fn sentence(told: &str) -> String {
    let mut letters = told.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).chain(['.']).collect()
}

/// Refuses a document whose selection sets nest too deeply, each fragment taken where it is spread.
fn check_nesting(document: &ast::Document) -> Result<(), Refusal> {
    let fragments = document
        .definitions
        .iter()
        .filter_map(|of| of.as_fragment_definition());
    let mut nesting = Nesting {
        fragments: fragments
            .map(|of| (&of.name, of.selection_set.as_slice()))
            .collect(),
        known: HashMap::new(),
    };
    for definition in &document.definitions {
        let set = match definition {
            Definition::OperationDefinition(of) => &of.selection_set,
            Definition::FragmentDefinition(of) => &of.selection_set,
            _ => continue,
        };
        if nesting.of(set, MAX_NESTING).is_none() {
            return Err(too_deep());
        }
    }
    Ok(())
}

struct Nesting<'a> {
    fragments: HashMap<&'a Name, &'a [Selection]>,
    /// How deep each fragment is; 0 while it is looked at, for what spreads itself is told by the validation.
    known: HashMap<&'a Name, usize>,
}

impl<'a> Nesting<'a> {
    /// How deep a selection set is, if not deeper than what is left.
    fn of(&mut self, set: &'a [Selection], left: usize) -> Option<usize> {
        let left = left.checked_sub(1)?;
        let mut deepest = 0;
        for selection in set {
            deepest = deepest.max(match selection {
                Selection::Field(field) if field.selection_set.is_empty() => 0,
                Selection::Field(field) => self.of(&field.selection_set, left)?,
                Selection::InlineFragment(inline) => self.of(&inline.selection_set, left)?,
                Selection::FragmentSpread(spread) => self.fragment(&spread.fragment_name, left)?,
            });
        }
        (deepest <= left).then_some(deepest + 1)
    }

    fn fragment(&mut self, name: &'a Name, left: usize) -> Option<usize> {
        if let Some(known) = self.known.get(name) {
            return Some(*known);
        }
        self.known.insert(name, 0);
        let depth = match self.fragments.get(name) {
            Some(set) => self.of(set, left)?,
            None => 0,
        };
        self.known.insert(name, depth);
        Some(depth)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{documents, prepared, wrong};
    use super::*;
    use serde_json::json;

    #[test]
    fn tokens_count_and_what_lies_between_them_does_not() {
        for (text, tokens) in [
            ("{a(b:[1,2 3])}#c\n", 12),
            ("\u{feff}{ a ...on B{c} }", 9),
            (" , # {a}", 0),
            ("\"a b\" \"\"\"a \"b\" c\"\"\"", 2),
        ] {
            assert_eq!(count_tokens(text), tokens, "{text}");
        }
    }

    #[test]
    fn a_syntax_error_is_told_in_one_sentence_with_its_place() {
        for (text, told) in [
            ("{ id", "1:5: Syntax error: the document ends too early."),
            (
                "query Q() { id }",
                "1:9: Syntax error: expected a Variable Definition.",
            ),
            (
                "{ id }\n}",
                "2:1: Syntax error: expected a StringValue, Name or OperationDefinition.",
            ),
            (
                "{\n  me { id ]\n}",
                "2:11: Syntax error: ] is not expected here.",
            ),
            ("", "1:1: Syntax error: Unexpected <EOF>."),
        ] {
            assert_eq!(wrong(text), told);
        }
    }

    #[test]
    fn what_is_not_valid_is_told_in_sentences_with_places() {
        let refusal = prepared("query($v: Int) {\n  x: id x: __typename\n}", json!({}));
        let told: Vec<_> = refusal
            .expect_err("invalid")
            .errors
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            told,
            [
                "1:7: Unused variable: `$v`.",
                "2:9: Operation must not select different types using the same name `x`.",
                "2:9: Cannot select different fields into the same alias `x`.",
            ]
        );
    }

    #[test]
    fn a_name_is_suggested_where_the_schema_may_be_read() {
        for (introspection, told) in [
            (
                true,
                "Type `Row` does not have a field `naem`. Did you mean `name`?",
            ),
            (false, "Type `Row` does not have a field `naem`."),
        ] {
            let found = documents(introspection).find(Some("{ rows { naem } }"), None);
            let refusal = found.map(drop).expect_err("invalid");
            assert_eq!(refusal.errors[0].message, told);
        }
    }

    #[test]
    fn fragments_nest_where_they_are_spread() {
        let text = |outside: usize, inside: usize| {
            let nested = |depth: usize, innermost: &str| {
                format!(
                    "{}{innermost}{}",
                    "{...".repeat(depth - 1),
                    "}".repeat(depth - 1)
                )
            };
            let (outside, inside) = (nested(outside, "{...F}"), nested(inside, "{id}"));
            format!("{outside} fragment F on Query {inside}")
        };
        for (outside, inside) in [(1, 63), (32, 32), (63, 1)] {
            prepared(&text(outside, inside), json!({})).expect("at the limit");
        }
        for (outside, inside) in [(2, 63), (33, 32), (64, 1)] {
            assert!(wrong(&text(outside, inside)).contains("deeper than 64 brackets"));
        }
        let circle = "{...F} fragment F on Query {me {...G}} fragment G on Query {...F}";
        assert!(
            wrong(circle).contains("fragment cannot reference itself"),
            "{}",
            wrong(circle)
        );
    }
}
