//! Rows of the outbox.

use chrono::TimeDelta;
use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::prelude::*;

use crate::db::schema::outbox;
use crate::db::types::{Id, Timestamp, text_enum};
use crate::domains::assignments::model::AssignmentStatus;
use crate::ids::{AccountId, AssignmentId, InvitationId, MailId, MissionId, OrgId};

/// How long a mail waits for what may follow about the same mission.
pub const FOLLOWS: TimeDelta = TimeDelta::minutes(2);

/// Why a mail is sent, and so to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, FromSqlRow, AsExpression)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub enum MailKind {
    /// To an address: an invitation to join the organisation.
    Join,
    /// To the person: a link to answer with, which goes at once.
    Invited,
    /// To the person: the mission moved, or the assignment was cancelled.
    Changed,
    /// To who invited: the person declined.
    Declined,
    /// To who invited: the person withdrew.
    Withdrawn,
    /// To who invited: the person accepted again after a move.
    Reconfirmed,
}

text_enum!(MailKind {
    Join = "JOIN",
    Invited = "INVITED",
    Changed = "CHANGED",
    Declined = "DECLINED",
    Withdrawn = "WITHDRAWN",
    Reconfirmed = "RECONFIRMED",
});

/// A crew member or an account: who gets a mail.
pub enum Recipient {}

/// A mail to be sent. It contains neither an address nor a text: both are read when it is sent.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = outbox, treat_none_as_default_value = false)]
pub struct Mail {
    pub id: MailId,
    pub org_id: OrgId,
    pub kind: MailKind,
    pub assignment_id: Option<AssignmentId>,
    pub mission_id: Option<MissionId>,
    /// The person of the assignment or the account that invited them.
    pub recipient_id: Option<Id<Recipient>>,
    /// The status that the recipient knew before this step. `None` if they knew of nothing.
    pub was_status: Option<AssignmentStatus>,
    /// When the mission started before this step, if the step moved it.
    pub was_starts_at: Option<Timestamp>,
    /// When it ended before this step.
    pub was_ends_at: Option<Timestamp>,
    /// The invitation whose link is in the mail.
    pub invitation_id: Option<InvitationId>,
    /// What the token of the link is derived from.
    pub seed: Option<Vec<u8>>,
    /// The account that caused it.
    pub sent_by: Option<AccountId>,
    /// The `Message-ID` of the mail that it was part of at the last attempt. Rows that were one mail stay one mail.
    pub letter_id: Option<MailId>,
    /// When it counted towards the allowances. They admit it once, however often it is tried.
    pub counted_at: Option<Timestamp>,
    /// How often it was tried.
    pub attempts: i32,
    /// Of how many attempts nobody knows whether the mail arrived. An attempt that is being made counts until its end.
    pub unsure: i32,
    /// When it was to be sent first.
    pub planned_at: Timestamp,
    /// When it is tried next. While a server tries it, when another one may. `None` for one that was given up.
    pub due_at: Option<Timestamp>,
    /// Why it could not be sent the last time. `None` while it is tried.
    pub problem: Option<String>,
}

impl Mail {
    /// When it was written. What may follow waits before it is sent.
    #[must_use]
    pub fn written_at(&self) -> Timestamp {
        match self.kind {
            MailKind::Join | MailKind::Invited => self.planned_at,
            _ => self.planned_at - FOLLOWS,
        }
    }

    /// Whether it was tried and will be tried again.
    #[must_use]
    pub fn is_tried(&self) -> bool {
        self.attempts > 0 && self.due_at.is_some()
    }

    /// Whether an attempt is being made, or was broken off a moment ago.
    #[must_use]
    pub fn is_in_flight(&self, now: Timestamp) -> bool {
        self.is_tried() && self.problem.is_none() && !self.is_due(now)
    }

    /// Whether it is to be tried now.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.due_at.is_some_and(|due_at| due_at <= now)
    }

    /// Whether its recipient is the person of the assignment.
    #[must_use]
    pub fn is_to_person(&self) -> bool {
        matches!(self.kind, MailKind::Invited | MailKind::Changed)
    }
}

/// An assignment as a mail tells of it.
#[derive(Clone, Debug, Queryable)]
pub struct Facts {
    pub assignment_id: AssignmentId,
    pub status: AssignmentStatus,
    /// Why it was declined or cancelled.
    pub reason: Option<String>,
    /// When the assignment was made.
    pub created_at: Timestamp,
    /// When the mission starts.
    pub starts_at: Timestamp,
    /// When the mission ends.
    pub ends_at: Timestamp,
    /// The title of the mission.
    pub title: String,
    /// The place of the mission.
    pub location: Option<String>,
    /// The IANA time zone of the mission.
    pub timezone: String,
    /// When the mission was cancelled.
    pub cancelled_at: Option<Timestamp>,
    /// The name of the role.
    pub role: String,
    /// The name of the person.
    pub person: String,
    /// The address of the person.
    pub email: Option<String>,
    /// The account of the person.
    pub account_id: Option<AccountId>,
    /// The address with which that account signs in, if it still is a member.
    pub member_email: Option<String>,
}
