//! What comes before the executor: it takes any text, and what it lets through is written out well.

use std::cell::Cell;

use coulisses_crew::graphql::request::{Operation, Refusal};
use proptest::prelude::*;
use serde_json::Value;

use super::printed::{Measured, print};
use super::tape::written;
use super::{documents, holds, operations};
use crate::support::{Schema, prepared};

/// An answer is small, whatever was sent, and has no drawings in it but those that were sent.
fn is_bounded(refusal: &Refusal, text: &str) {
    assert!((1..=50).contains(&refusal.errors.len()), "{refusal:?}");
    for error in &refusal.errors {
        assert!(error.message.len() <= 300, "{error}");
        let is_drawing = |letter| ('\u{2500}'..='\u{257f}').contains(&letter);
        let odd =
            |letter: char| letter.is_control() || (is_drawing(letter) && !text.contains(letter));
        assert!(!error.message.contains(odd), "{error}");
    }
}

fn is_safe_with(texts: &impl Strategy<Value = String>) {
    holds(1, texts, |text| {
        if let Err(refusal) = prepared(&text, &Value::Null) {
            is_bounded(&refusal, &text);
        }
    });
}

#[test]
fn any_text_is_taken() {
    is_safe_with(&any::<String>());
    let bytes = prop::collection::vec(any::<u8>(), 0..200);
    is_safe_with(&bytes.prop_map(|of| String::from_utf8_lossy(&of).into_owned()));
}

#[test]
fn tokens_in_any_order_are_taken() {
    is_safe_with(&written(300, documents::soup));
}

#[test]
fn values_of_any_shape_are_taken() {
    is_safe_with(&written(100, documents::values));
}

#[test]
fn spoilt_documents_are_taken() {
    is_safe_with(&written(40, documents::spoilt));
}

#[test]
fn what_is_written_out_stays_the_same_when_it_is_written_out_again() {
    let schema = Schema::new();
    let texts = written(200, |tape| operations::operation(&schema, tape));
    let (tried, ran, again) = (Cell::new(0), Cell::new(0), Cell::new(0));
    holds(1, &texts, |(text, variables)| {
        tried.set(tried.get() + 1);
        let operation = match prepared(&text, &variables) {
            Ok(operation) => operation,
            Err(refusal) => return is_bounded(&refusal, &text),
        };
        ran.set(ran.get() + 1);
        is_within_the_limits(&operation);
        let once = print(&operation);
        // What is asked of an interface, written out for each type, can be too much.
        if let Ok(twice) = prepared(&once, &Value::Null) {
            again.set(again.get() + 1);
            assert_eq!(print(&twice), once);
        }
    });
    let (tried, ran, again) = (tried.get(), ran.get(), again.get());
    println!("{ran} of {tried} may run, {again} again");
    assert!(ran * 100 >= tried * 30, "{ran} of {tried}");
    assert!(again * 100 >= ran * 95, "{again} of {ran}");
}

fn is_within_the_limits(operation: &Operation) {
    let measured = Measured::of(operation);
    assert!(measured.depth <= 12, "{measured:?}");
    assert!(measured.root_fields <= 10, "{measured:?}");
    assert!(measured.widest <= 100, "{measured:?}");
    assert!(measured.fields <= 2_000, "{measured:?}");
}
