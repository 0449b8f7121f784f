//! What holds for every GraphQL request, whatever it asks for.

mod attacks;
mod brief;
mod budget;
mod documents;
mod errors;
mod limits;
mod lists;
mod nested_lists;
mod node;
mod nulls;

use crate::support::Answer;

/// Asserts that a document was refused for this reason, and that nothing of it ran.
#[track_caller]
fn is_refused(answer: &Answer, because: &str) {
    assert_eq!(answer.code(), "BAD_REQUEST", "{}", answer.text);
    let message = answer.str("/errors/0/message");
    assert!(message.contains(because), "{}", answer.text);
    assert!(answer.body.get("data").is_none(), "{}", answer.text);
}
