//! The table of the status machine.

/// What there is of a person on a mission before the action.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum State {
    /// No assignment.
    New,
    Invited,
    Accepted,
    Declined,
    Cancelled,
}

pub const STATES: [State; 5] = [
    State::New,
    State::Invited,
    State::Accepted,
    State::Declined,
    State::Cancelled,
];

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Action {
    Invite,
    Assign,
    Accept,
    Decline,
    Cancel,
    Resend,
    AcceptByToken,
    DeclineByToken,
}

pub const ACTIONS: [Action; 8] = [
    Action::Invite,
    Action::Assign,
    Action::Accept,
    Action::Decline,
    Action::Cancel,
    Action::Resend,
    Action::AcceptByToken,
    Action::DeclineByToken,
];

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Actor {
    /// The person of the assignment, who is TECH.
    Person,
    /// Somebody else who is TECH.
    Other,
    Manager,
    /// Somebody who is not signed in, and may have the link.
    Holder,
    /// The OWNER of another organisation.
    Stranger,
}

pub const ACTORS: [Actor; 5] = [
    Actor::Person,
    Actor::Other,
    Actor::Manager,
    Actor::Holder,
    Actor::Stranger,
];

/// For each action and the actors to whom it answers the same: what it answers in each state, in the order of
/// [`STATES`]. It is the status after the action, or a code. Where the status is what it was, nothing is written.
pub type Line = (Action, &'static [Actor], [&'static str; 5]);

const NOBODY: [&str; 5] = ["UNAUTHENTICATED"; 5];
const FORBIDDEN: [&str; 5] = ["FORBIDDEN"; 5];
const NOT_FOUND: [&str; 5] = ["NOT_FOUND"; 5];
const NOT_OWN: [&str; 5] = [
    "NOT_FOUND",
    "FORBIDDEN",
    "FORBIDDEN",
    "FORBIDDEN",
    "FORBIDDEN",
];

#[rustfmt::skip]
pub const TABLE: [Line; 27] = {
    use Action::*;
    use Actor::*;
    const FINAL: &str = "INVALID_TRANSITION";
    [
        (Invite, &[Manager], ["INVITED", "ALREADY_ASSIGNED", "ALREADY_ASSIGNED", "INVITED", "INVITED"]),
        (Invite, &[Person, Other], FORBIDDEN),
        (Invite, &[Holder], NOBODY),
        (Invite, &[Stranger], NOT_FOUND),
        (Assign, &[Manager], ["ACCEPTED", "ALREADY_ASSIGNED", "ALREADY_ASSIGNED", "ACCEPTED", "ACCEPTED"]),
        (Assign, &[Person, Other], FORBIDDEN),
        (Assign, &[Holder], NOBODY),
        (Assign, &[Stranger], NOT_FOUND),
        (Accept, &[Manager, Person], ["NOT_FOUND", "ACCEPTED", "ACCEPTED", FINAL, FINAL]),
        (Accept, &[Other], NOT_OWN),
        (Accept, &[Holder], NOBODY),
        (Accept, &[Stranger], NOT_FOUND),
        (Decline, &[Manager, Person], ["NOT_FOUND", "DECLINED", FINAL, "DECLINED", FINAL]),
        (Decline, &[Other], NOT_OWN),
        (Decline, &[Holder], NOBODY),
        (Decline, &[Stranger], NOT_FOUND),
        (Cancel, &[Manager], ["NOT_FOUND", "CANCELLED", "CANCELLED", FINAL, "CANCELLED"]),
        (Cancel, &[Person], ["NOT_FOUND", FINAL, "CANCELLED", FINAL, "CANCELLED"]),
        (Cancel, &[Other], NOT_OWN),
        (Cancel, &[Holder], NOBODY),
        (Cancel, &[Stranger], NOT_FOUND),
        (Resend, &[Manager], ["NOT_FOUND", "INVITED", FINAL, FINAL, FINAL]),
        (Resend, &[Person, Other], FORBIDDEN),
        (Resend, &[Holder], NOBODY),
        (Resend, &[Stranger], NOT_FOUND),
        (AcceptByToken, &ACTORS, ["INVALID_TOKEN", "ACCEPTED", "ACCEPTED", FINAL, "INVALID_TOKEN"]),
        (DeclineByToken, &ACTORS, ["INVALID_TOKEN", "DECLINED", FINAL, "DECLINED", "INVALID_TOKEN"]),
    ]
};

/// What the table says of a case.
pub fn expected(action: Action, actor: Actor) -> [&'static str; 5] {
    let lines = TABLE
        .iter()
        .filter(|(of, by, _)| *of == action && by.contains(&actor));
    let lines: Vec<_> = lines.map(|(_, _, answers)| *answers).collect();
    assert_eq!(
        lines.len(),
        1,
        "lines of the table for {action:?} by {actor:?}"
    );
    lines[0]
}
