//! How much mail an account and an organisation may send, and a recipient may get.

use chrono::TimeDelta;

use crate::domains::orgs::model::Org;
use crate::domains::throttle::service::{
    MAIL_OF_ACCOUNT, MAIL_OF_NEW_ORG, MAIL_TO, Rule, mail_from_org,
};
use crate::ids::AccountId;
use crate::state::AppState;

/// As long as an organisation is new, it may send less mail: nobody knows yet what it is there for.
const NEW: TimeDelta = TimeDelta::weeks(1);

/// A mail that an allowance is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Allowed<'a> {
    pub org: &'a Org,
    /// The account that caused it. `None` for the holder of a token.
    pub sent_by: Option<AccountId>,
    /// The address of the recipient.
    pub to: &'a str,
    /// Whether it is the address with which a member of the organisation signs in.
    pub is_member: bool,
}

/// The rules that a mail counts towards, and what it counts for.
#[must_use]
pub fn allowances(state: &AppState, mail: Allowed<'_>) -> Vec<(Rule, String)> {
    let org = mail.org.id.to_string();
    let from_org = format!("{org}\0{}", mail.to);
    let mut counted = Vec::new();
    if let Some(account) = mail.sent_by {
        counted.push((MAIL_OF_ACCOUNT, account.to_string()));
    }
    counted.push((mail_from_org(state.config.mails_per_recipient), from_org));
    // Strangers with many new organisations must not keep an old one from writing to its people.
    if state.clock.now() - mail.org.created_at < NEW {
        counted.push((MAIL_OF_NEW_ORG, org));
        // They must not keep somebody from hearing of a new organisation that they joined or founded themselves either.
        if !mail.is_member {
            counted.push((MAIL_TO, mail.to.to_owned()));
        }
    }
    counted
}
