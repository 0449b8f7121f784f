//! Invitations: what the holder of a token can do, and what a manager can do about the token.

use coulisses_crew::access::Role;
use serde_json::{Value, json};

use super::super::state::{Answer, Booking, HOUR, Letter, Model, Moment, Who, name};
use super::super::step::Token;
use super::{Reasons, Ruling, label, refuse};

/// How long an invitation lasts if its mission does not start before.
const LASTS: i64 = 7 * 24 * HOUR;

impl Model {
    pub(super) fn take_by_token(&mut self, letter: usize, deed: Token) -> Ruling {
        let row = self.letters[letter].clone();
        match deed {
            Token::Invitation => return Ok(self.look(letter)),
            Token::AcceptInvitation => {
                self.is_worth_something(letter)?;
                self.accept(row.assignment, false)?;
            }
            Token::DeclineInvitation => {
                self.is_worth_something(letter)?;
                self.decline(row.assignment)?;
            }
        }
        let status = name(self.assignments[row.assignment].status);
        Ok(json!({"status": status, "invitation": self.look(letter)}))
    }

    /// A token is worth something until it ends, and then to hear again what it was answered with.
    fn is_worth_something(&self, letter: usize) -> Result<(), Reasons> {
        let row = &self.letters[letter];
        let status = self.assignments[row.assignment].status;
        let holds = match row.status {
            Answer::Pending => row.ends > self.now,
            Answer::Accepted => status == Booking::Accepted,
            Answer::Declined => status == Booking::Declined,
            Answer::Revoked => false,
        };
        refuse(!holds, "INVALID_TOKEN")
    }

    /// Mail scanners open links too, so it changes nothing. What was not accepted shows its mission no more.
    fn look(&self, letter: usize) -> Value {
        let status = self.letters[letter].status_at(self.now);
        let row = &self.missions[self.assignments[self.letters[letter].assignment].mission];
        let is_shown = ["PENDING", "ACCEPTED"].contains(&&*status);
        let mission = is_shown.then(|| json!({"startsAt": row.span.starts.0}));
        json!({"status": status, "mission": mission})
    }

    /// A lost token can be had again: the old one stops working.
    pub(super) fn resend_invitation(&mut self, by: Who, number: usize) -> Ruling {
        by.needs(Role::Manager)?;
        refuse(!Self::sees(by, false), "NOT_FOUND")?;
        let row = &self.assignments[number];
        Reasons::default()
            .or(row.status != Booking::Invited, "INVALID_TRANSITION")
            .or(self.is_closed(row.mission), "MISSION_CLOSED")
            .settle()?;
        self.revoke_letters(number);
        let letter = self.show_letter(number);
        Ok(json!({"invitation": self.letter(letter), "token": "token"}))
    }

    /// The assignment waits on: it can be answered without the token.
    pub(super) fn revoke_invitation(&mut self, by: Who, letter: usize) -> Ruling {
        by.needs(Role::Manager)?;
        refuse(!Self::sees(by, false), "NOT_FOUND")?;
        let row = &mut self.letters[letter];
        let is_answered = matches!(row.status, Answer::Accepted | Answer::Declined);
        refuse(is_answered, "INVALID_TRANSITION")?;
        row.status = Answer::Revoked;
        Ok(json!({"invitation": self.letter(letter)}))
    }

    /// Makes an invitation that ends before the mission starts.
    pub(super) fn write_letter(&self, assignment: usize) -> Letter {
        let mission = self.assignments[assignment].mission;
        let starts = self.missions[mission].span.starts;
        Letter {
            assignment,
            status: Answer::Pending,
            ends: starts.min(Moment(self.now.0 + LASTS)),
        }
    }

    /// Makes an invitation whose token is shown.
    pub(super) fn show_letter(&mut self, assignment: usize) -> usize {
        self.letters.push(self.write_letter(assignment));
        self.letters.len() - 1
    }

    /// Makes the tokens of an open assignment worthless, also those that it was accepted with.
    pub(super) fn revoke_letters(&mut self, assignment: usize) {
        for letter in self.letters_of(assignment) {
            letter.status = Answer::Revoked;
        }
    }

    /// The invitations of an assignment.
    pub(super) fn letters_of(&mut self, assignment: usize) -> impl Iterator<Item = &mut Letter> {
        let all = self.letters.iter_mut().chain(&mut self.mailed);
        all.filter(move |letter| letter.assignment == assignment)
    }

    pub(super) fn letter(&self, letter: usize) -> Value {
        let status = self.letters[letter].status_at(self.now);
        json!({"id": label("invitation", letter), "status": status})
    }
}

impl Letter {
    /// What the API tells of it.
    pub fn status_at(&self, now: Moment) -> String {
        match self.status == Answer::Pending && self.ends <= now {
            true => "EXPIRED".to_owned(),
            false => name(self.status),
        }
    }
}
