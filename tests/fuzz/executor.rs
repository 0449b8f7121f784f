//! The executor against the library's own: where that one keeps the specification, both answer the same. The documents
//! are made up, on a schema of items that exists twice, once for each.

use std::cell::Cell;

use async_graphql::{
    Data, EmptyMutation, EmptySubscription, Object, Request, Schema, SimpleObject, Variables,
};
use coulisses_crew::graphql::execute::object::{Many, One};
use coulisses_crew::graphql::execute::{self, OnError};
use coulisses_crew::graphql::request::{self, Asked, Documents, Rules};
use serde_json::{Value, json};
use tokio::runtime::Handle;
use tokio::task::{block_in_place, yield_now};

use super::holds;
use super::tape::{Tape, written};
use crate::support::{Backend, TestApp};

/// An item, as the library runs it.
struct Plain(i32);

#[Object(name = "Item")]
impl Plain {
    async fn number(&self) -> i32 {
        self.0
    }

    async fn text(&self) -> Option<String> {
        text(self.0)
    }

    // It comes later than what is asked for behind it.
    async fn late(&self) -> Option<Plain> {
        late(self.0).await.map(Plain)
    }

    async fn next(&self) -> Plain {
        Plain(next(self.0))
    }

    async fn items(&self, count: i32) -> Vec<Plain> {
        items(self.0, count).map(Plain).collect()
    }

    async fn size(&self) -> PlainSize {
        PlainSize { width: self.0 }
    }
}

#[derive(SimpleObject)]
#[graphql(name = "Size")]
struct PlainSize {
    width: i32,
}

/// An item, as our executor runs it.
struct Own(i32);

#[Object(name = "Item")]
impl Own {
    async fn number(&self) -> i32 {
        self.0
    }

    async fn text(&self) -> Option<String> {
        text(self.0)
    }

    async fn late(&self) -> Option<One<Own>> {
        late(self.0).await.map(Own).map(One)
    }

    async fn next(&self) -> One<Own> {
        One(Own(next(self.0)))
    }

    async fn items(&self, count: i32) -> Many<Own> {
        items(self.0, count).map(Own).collect()
    }

    async fn size(&self) -> One<OwnSize> {
        One(OwnSize { width: self.0 })
    }
}

#[derive(SimpleObject)]
#[graphql(name = "Size")]
struct OwnSize {
    width: i32,
}

fn text(number: i32) -> Option<String> {
    (number % 3 > 0).then(|| format!("\"{number}\"\\\n\u{1F3AD}"))
}

async fn late(number: i32) -> Option<i32> {
    for _ in 0..number % 4 {
        yield_now().await;
    }
    (number % 5 > 0).then_some(number + 2)
}

fn next(number: i32) -> i32 {
    number + 1
}

fn items(number: i32, count: i32) -> impl Iterator<Item = i32> {
    (0..count).map(move |i| number + i)
}

/// A document without what the library answers wrongly: no object of which all is skipped.
fn document(tape: &mut Tape) -> String {
    let all = format!("...F ... @include(if: $yes) {}", selection(tape, 4));
    format!("query($yes: Boolean!) {{ {all} }} fragment F on Item {{ text next {{ number }} }}")
}

fn selection(tape: &mut Tape, depth: usize) -> String {
    let mut fields = vec!["number".to_owned()];
    for _ in 0..tape.pick(5) {
        let skip = tape.one(&[
            "",
            " @skip(if: true)",
            " @include(if: $yes)",
            " @skip(if: $yes)",
        ]);
        let field = match tape.pick(9) {
            0 => "text".to_owned(),
            1 => "__typename".to_owned(),
            2 => "...F".to_owned(),
            3 => "size { width }".to_owned(),
            4 if depth > 0 => format!("... on Item {}", selection(tape, depth - 1)),
            5 if depth > 0 => format!("late {}", selection(tape, depth - 1)),
            6 if depth > 0 => format!("next {}", selection(tape, depth - 1)),
            7 | 8 if depth > 0 => {
                let count = tape.pick(4);
                format!(
                    "of{count}: items(count: {count}) {}",
                    selection(tape, depth - 1)
                )
            }
            _ => "a: number".to_owned(),
        };
        // A directive stands before the selection.
        fields.push(match field.split_once(" {") {
            _ if field.starts_with("...") => field,
            Some((name, below)) => format!("{name}{skip} {{{below}"),
            None => format!("{field}{skip}"),
        });
    }
    format!("{{ {} }}", fields.join(" "))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_executor_answers_as_the_library_does() {
    let app = TestApp::with(Backend::Sqlite, &[]).await;
    let plain = Schema::new(Plain(1), EmptyMutation, EmptySubscription);
    let own = execute::schema(Own(1), EmptyMutation).finish();
    assert_eq!(plain.sdl(), own.sdl());
    let rules = Rules::new(&plain.sdl(), &[]).expect("a schema");
    let documents = Documents::new(Box::leak(Box::new(rules)), true, None).expect("documents");
    let variables = Variables::from_json(json!({"yes": true}));
    let run = async |text: &str| {
        let asked = Asked {
            query: Some(text),
            id: None,
            operation_name: None,
            variables: &variables,
        };
        let operation = match request::prepare(&documents, &asked) {
            Ok(operation) => operation,
            // It goes beyond a limit.
            Err(refusal) => {
                let told = &refusal.errors[0].message;
                assert!(told.contains("The document"), "{told}: {text}");
                return None;
            }
        };
        let answer = execute::run(
            &own,
            &app.state,
            operation,
            OnError::Propagate,
            Data::default(),
        );
        let answer = answer.await.expect("an answer within its budget");
        let body = String::from_utf8(answer.body().expect("JSON")).expect("a text");
        let request = Request::new(text).variables(variables.clone());
        let expected = plain.execute(request).await.into_result();
        let data = serde_json::to_string(&expected.expect("an answer").data).expect("JSON");
        Some((body, format!("{{\"data\":{data}}}")))
    };
    let (tried, compared) = (Cell::new(0), Cell::new(0));
    let handle = Handle::current();
    holds(1, &written(80, document), |text| {
        let answers = block_in_place(|| handle.block_on(run(&text)));
        tried.set(tried.get() + 1);
        if let Some((own, plain)) = answers {
            compared.set(compared.get() + 1);
            // What comes late, the library writes behind the others.
            if text.contains("late") {
                let read = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
                assert_eq!(read(&own), read(&plain), "{text}");
            } else {
                assert_eq!(own, plain, "{text}");
            }
        }
    });
    assert!(compared.get() * 2 > tried.get(), "too few are compared");
}
