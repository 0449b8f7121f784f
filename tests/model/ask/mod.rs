//! The operation of each step, as a front end would send it.

mod bookings;
mod people;
mod planning;

use serde_json::{Value, json};

use super::labels::{Labels, instant_of};
use super::state::{Model, Moment, Span, Who};
use super::step::{Deed, Question, Step, Token};

/// What one step sends.
pub struct Asked {
    /// Nobody for who holds a token.
    pub by: Option<Who>,
    /// The name of the operation, under which its payload is.
    pub field: &'static str,
    pub document: String,
    pub variables: Value,
}

/// The name of a mutation, what it selects of its payload, and its input.
struct Mutation(&'static str, String, Value);

/// What each invitation shows without signing in.
const PREVIEW: &str = "status mission { startsAt }";

/// The request of a step; `None` for a wait. `at` is the model before the step.
pub fn ask(step: &Step, at: &Model, labels: &Labels) -> Option<Asked> {
    let (by, mutation) = match step {
        Step::Wait(_) => return None,
        Step::ByToken(letter, Token::Invitation) => return Some(look(labels.token(*letter))),
        Step::By(by, Deed::Question(question)) => return Some(inquire(*by, question, labels)),
        Step::ByToken(letter, deed) => (None, by_token(labels.token(*letter), *deed)),
        Step::By(by, Deed::Crew(deed)) => (Some(*by), people::ask(deed, at, labels)),
        Step::By(by, Deed::Project(deed)) => (Some(*by), planning::project(deed, at, labels)),
        Step::By(by, Deed::Mission(deed)) => (Some(*by), planning::mission(deed, at, labels)),
        Step::By(by, Deed::Role(deed)) => (Some(*by), planning::role(deed, labels)),
        Step::By(by, Deed::Booking(deed)) => (Some(*by), bookings::ask(deed, labels)),
    };
    let Mutation(field, payload, input) = mutation;
    let of = field[..1].to_uppercase() + &field[1..];
    Some(Asked {
        by,
        field,
        document: format!(
            "mutation($input: {of}Input!) {{ {field}(input: $input) {{ {payload} }} }}"
        ),
        variables: json!({"input": input}),
    })
}

fn look(token: &str) -> Asked {
    Asked {
        by: None,
        field: "invitation",
        document: format!("query($token: String!) {{ invitation(token: $token) {{ {PREVIEW} }} }}"),
        variables: json!({"token": token}),
    }
}

fn by_token(token: &str, deed: Token) -> Mutation {
    let (field, reason) = match deed {
        Token::DeclineInvitation => ("declineInvitation", Some("busy")),
        Token::AcceptInvitation | Token::Invitation => ("acceptInvitation", None),
    };
    let mut input = json!({"token": token});
    if let Some(reason) = reason {
        input["reason"] = json!(reason);
    }
    Mutation(field, format!("status invitation {{ {PREVIEW} }}"), input)
}

fn inquire(by: Who, question: &Question, labels: &Labels) -> Asked {
    let (field, document, id) = match question {
        Question::Candidates(role) => (
            "candidates",
            "query($id: ID!) { candidates(roleId: $id) {
                user { id } hasSkill available availability overlaps { id }
            } }",
            labels.id("role", *role),
        ),
        Question::Conflicts(person) => (
            "conflicts",
            "query($id: ID!) { conflicts(userId: $id) {
                first { id } second { id } startsAt endsAt
            } }",
            labels.id("user", *person),
        ),
    };
    Asked {
        by: Some(by),
        field,
        document: document.to_owned(),
        variables: json!({"id": id}),
    }
}

/// `Project 2`.
pub fn called(kind: &str, number: usize) -> String {
    format!("{kind} {number}")
}

/// RFC 3339.
fn time(moment: Moment) -> String {
    instant_of(moment).to_rfc3339()
}

/// An input with the times of an interval.
fn timed(mut input: Value, span: Span) -> Value {
    input["startsAt"] = json!(time(span.starts));
    input["endsAt"] = json!(time(span.ends));
    input
}
