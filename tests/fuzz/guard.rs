//! The guard in front of the parser: what it lets through does the parser no harm.

use std::cell::Cell;
use std::thread;

use async_graphql::parser::parse_query;
use coulisses_crew::graphql::document::{MAX_NESTING, check};
use proptest::prelude::*;

use super::tape::written;
use super::{documents, holds, nesting, operations};
use crate::support::Schema;

/// The stack of a thread that answers requests.
const STACK: usize = 2 * 1024 * 1024;

/// Tries these texts. At least so many in a hundred must be documents, or the test would say little.
fn is_safe_with(documents: u32, texts: &impl Strategy<Value = String>) {
    let (tried, parsed) = (Cell::new(0), Cell::new(0));
    holds(1, texts, |text| {
        tried.set(tried.get() + 1);
        if check(&text).is_ok()
            && let Some(nesting) = parse(&text)
        {
            parsed.set(parsed.get() + 1);
            assert!(nesting <= MAX_NESTING, "{nesting} brackets got past");
            // No bracket is overlooked: with as many around it as are missing to one too many, it is refused.
            let padded = "{".repeat(MAX_NESTING + 1 - nesting) + &text;
            assert!(check(&padded).is_err(), "fewer than {nesting} brackets");
        }
    });
    let (tried, parsed) = (tried.get(), parsed.get());
    assert!(parsed * 100 >= tried * documents, "{parsed} of {tried}");
}

/// How deep the brackets of a document nest; none of what does not parse.
fn parse(text: &str) -> Option<usize> {
    let text = text.to_owned();
    let parse = move || Some(nesting::of_document(&parse_query(text).ok()?));
    let parser = thread::Builder::new().stack_size(STACK).spawn(parse);
    parser.expect("a thread").join().expect("no panic")
}

#[test]
fn the_guard_takes_any_text() {
    is_safe_with(0, &any::<String>());
    let bytes = prop::collection::vec(any::<u8>(), 0..200);
    is_safe_with(
        0,
        &bytes.prop_map(|of| String::from_utf8_lossy(&of).into_owned()),
    );
}

#[test]
fn the_guard_takes_tokens_in_any_order() {
    is_safe_with(0, &written(300, documents::soup));
}

#[test]
fn the_guard_sees_all_brackets_among_values() {
    is_safe_with(50, &written(100, documents::values));
}

#[test]
fn the_guard_sees_all_brackets_of_spoilt_documents() {
    is_safe_with(5, &written(40, documents::spoilt));
}

#[test]
fn the_guard_sees_all_brackets_of_operations() {
    let schema = Schema::new();
    let texts = written(200, |tape| operations::operation(&schema, tape).0);
    is_safe_with(80, &texts);
}
