//! Invitations: what the holder of a token can do, and what a manager can do about the token.

use coulisses_crew::access::Role;
use serde_json::{Value, json};

use super::super::state::{Answer, Booking, Model, Who, name};
use super::super::step::Token;
use super::{Reasons, Ruling, refuse};

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
        let status = self.letter_status(letter);
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
        let letter = self.write_letter(number);
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

    /// Makes the tokens of an open assignment worthless, also those that it was accepted with.
    pub(super) fn revoke_letters(&mut self, assignment: usize) {
        let letters = self.letters.iter_mut();
        for letter in letters.filter(|letter| letter.assignment == assignment) {
            letter.status = Answer::Revoked;
        }
    }
}
