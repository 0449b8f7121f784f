//! The endpoint: it always answers, and an answer never tells of a defect.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use async_graphql_parser::types::TypeKind;
use coulisses_crew::access::Role;
use proptest::prelude::*;
use serde_json::Value;
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use super::requests::Sent;
use super::tape::{Tape, written};
use super::{documents, holds, operations};
use crate::support::{Answer, Client, Rows, Schema, TestApp, World, on_each_database, rows};

/// What no answer may hold, in lower case; no made-up text holds it either.
const INSIDE: [&str; 8] = [
    "panicked",
    "sqlite",
    "postgres",
    "diesel",
    "async_graphql",
    "insert into",
    "no such column",
    "syntax error at",
];

/// An owner, and rows of every kind to ask for.
#[derive(Clone)]
struct Signed {
    client: Client,
    rows: Rows,
}

impl Signed {
    async fn new(app: &TestApp, number: u32) -> Self {
        let world = World::new(app, &format!("fuzz{number}")).await;
        let tech = world.member(Role::Tech).await;
        let rows = rows(app, &world, &tech, "régie").await;
        Self {
            client: world.owner,
            rows,
        }
    }

    /// Nothing that was tried has signed the owner out.
    async fn is_owner(&self) -> bool {
        let role = self.client.query("{ myRole }").await;
        role.body.pointer("/data/myRole") == Some(&Value::from("OWNER"))
    }
}

/// Sends requests as an owner and as nobody. At least so many in a hundred answers must be without an error.
async fn is_answered(good: u32, requests: &impl Strategy<Value = Sent>) {
    let codes = codes();
    on_each_database(async |app| {
        let owner = RefCell::new(Signed::new(&app, 0).await);
        let (sent, done, nobody) = (Cell::new(0), Cell::new(0), app.client());
        holds(4, requests, |request| {
            let answers = async {
                let mut signed = owner.borrow().clone();
                if !signed.is_owner().await {
                    signed = Signed::new(&app, sent.get() + 1).await;
                    owner.replace(signed.clone());
                }
                let [of_owner, of_nobody] = [&signed.client, &nobody]
                    .map(|client| client.send(request.from(client, &signed.rows)));
                [of_owner.await, of_nobody.await]
            };
            let answers = block_in_place(|| Handle::current().block_on(answers));
            sent.set(sent.get() + 1);
            done.set(done.get() + u32::from(answers[0].body.get("errors").is_none()));
            for answer in &answers {
                is_sound(answer, &codes);
            }
        });
        let (sent, done) = (sent.get(), done.get());
        println!("{done} of {sent} answers without an error");
        assert!(done * 100 >= sent * good, "{done} of {sent}");
    })
    .await;
}

/// What `extensions.code` may be, but for the two that tell of a defect.
fn codes() -> BTreeSet<String> {
    let schema = Schema::new();
    let Some(TypeKind::Enum(codes)) = schema.kind("ErrorCode") else {
        panic!("no ErrorCode in the schema");
    };
    let codes = codes.values.iter().map(|code| code.node.value.to_string());
    let codes = codes.filter(|code| !["INTERNAL", "UNAVAILABLE"].contains(&code.as_str()));
    codes.collect()
}

fn is_sound(answer: &Answer, codes: &BTreeSet<String>) {
    let text = &answer.text;
    assert!(answer.status.as_u16() < 500, "{} {text}", answer.status);
    let errors = answer
        .body
        .get("errors")
        .map(|errors| errors.as_array().expect("a list"));
    assert!(
        answer.body.get("data").is_some() || errors.is_some(),
        "{text}"
    );
    assert_ne!(errors.map(Vec::len), Some(0), "{text}");
    for error in errors.into_iter().flatten() {
        let code = error["extensions"]["code"].as_str();
        assert!(code.is_some_and(|code| codes.contains(code)), "{text}");
        assert!(error["message"].is_string(), "{text}");
    }
    let lower = text.to_lowercase();
    for word in INSIDE {
        assert!(!lower.contains(word), "{word} in {text}");
    }
}

fn document(schema: &Schema, tape: &mut Tape) -> (String, Value) {
    match tape.pick(8) {
        0..=4 => operations::operation(schema, tape),
        5 => (documents::values(tape), Value::Null),
        6 => (documents::spoilt(tape), Value::Null),
        _ => (documents::soup(tape), Value::Null),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn any_operation_is_answered() {
    let schema = Schema::new();
    let requests = written(250, |tape| {
        let (query, variables) = operations::operation(&schema, tape);
        Sent::well(&query, &variables)
    });
    is_answered(10, &requests).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_document_is_answered() {
    let schema = Schema::new();
    let requests = written(150, |tape| {
        let (query, variables) = document(&schema, tape);
        Sent::well(&query, &variables)
    });
    is_answered(1, &requests).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_request_is_answered() {
    let schema = Schema::new();
    let requests = written(150, |tape| {
        let (query, variables) = document(&schema, tape);
        Sent::oddly(&schema, tape, &query, &variables)
    });
    is_answered(0, &requests).await;
}
