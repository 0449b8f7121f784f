//! Turns the library's errors into sentences.

use apollo_compiler::Schema;
use apollo_compiler::diagnostic::ToCliReport as _;
use apollo_compiler::validation::DiagnosticList;

use super::refusal::Fault;
use super::suggestion;
use crate::graphql::error::MAX_ERRORS;

/// The first syntax error. Later ones usually follow from it and do not help.
pub fn syntax_error(found: &DiagnosticList) -> Vec<Fault> {
    let first = found.iter().next();
    let first = first.map(|first| {
        let told = first.error.to_string();
        let told = told
            .trim_start_matches("syntax error: ")
            .trim_end_matches('.');
        let told = match told.split_once(", got ") {
            Some((_, "EOF")) => "the document ends too early",
            // The library uses its own names for the expected tokens, so they are left out.
            Some((_, got)) => &format!("`{got}` is not expected here"),
            None => told,
        };
        Fault::new(format!("Syntax error: {told}."), first.error.location())
    });
    first.into_iter().collect()
}

/// The validation errors, up to the limit. With a schema, misspelt names get suggestions from it.
pub fn told(found: &DiagnosticList, suggests: Option<&Schema>) -> Vec<Fault> {
    let told = found.iter().take(MAX_ERRORS).map(|one| {
        let told = one.error.to_string();
        let meant = suggests.and_then(|schema| suggestion::field(schema, &told));
        let message = match meant {
            Some(meant) => format!("{} Did you mean `{meant}`?", sentence(&told)),
            None => sentence(&told),
        };
        Fault::new(message, one.error.location())
    });
    told.collect()
}

/// Makes a sentence of a message, because the library's messages begin in lower case and have no full stop.
fn sentence(told: &str) -> String {
    let mut letters = told.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).chain(['.']).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{documents, prepared, wrong};
    use serde_json::json;

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
                "2:11: Syntax error: `]` is not expected here.",
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
}
