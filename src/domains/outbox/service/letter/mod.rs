//! What a mail says, decided when it is sent: the last state, compared with what the recipient knows.

mod inviter;
mod page;
mod person;
mod when;
mod words;

use super::super::model::{Facts, Mail};
use crate::domains::invitations::model::{Invitation, InvitationStatus};
use crate::domains::orgs::model::Org;
use crate::mail::{Letter, harmless};
use crate::state::AppState;
use page::Page;
use words::{AnswerBy, Of, Topic, labels, say};

pub use inviter::to_inviter;
pub use person::to_person;

/// Longest place in a mail, in characters.
const PLACE: usize = 200;
/// Longest reason in a mail, in characters.
const REASON: usize = 300;

/// What came out of rows of the outbox.
pub enum Composed {
    /// There is nothing to tell.
    Nothing,
    /// It cannot be written. The operator has to know why.
    Stuck(&'static str),
    /// A letter, and whether its recipient is a member of the organisation.
    Letter(Box<Letter>, bool),
}

/// What the rows of one mail are about.
pub struct Matter<'a> {
    pub state: &'a AppState,
    pub org: &'a Org,
    /// Oldest first. The newest one is the mail.
    pub rows: &'a [Mail],
    /// Of their assignments.
    pub facts: &'a [Facts],
    /// Of their links.
    pub invitations: &'a [Invitation],
}

impl Matter<'_> {
    /// The row that gives the mail its id and its time.
    fn newest(&self) -> Option<&Mail> {
        self.rows.last()
    }

    fn letter(&self, to: &str, page: &Page, calendar: Option<String>) -> Option<Box<Letter>> {
        Some(Box::new(Letter {
            id: self.newest()?.id.uuid(),
            at: self.state.clock.now(),
            to: to.to_owned(),
            subject: page.said.subject.clone(),
            text: page.text(),
            html: Some(page.html()),
            calendar,
        }))
    }

    /// The token of the newest link that still works, and its invitation. `Err` if the key of the token is gone.
    fn link(&self) -> Result<Option<(String, &Invitation)>, Composed> {
        let now = self.state.clock.now();
        for row in self.rows.iter().rev() {
            let (Some(id), Some(seed)) = (row.invitation_id, &row.seed) else {
                continue;
            };
            let found = self.invitations.iter().find(|row| row.id == id);
            let works = |row: &&Invitation| row.status_at(now) == InvitationStatus::Pending;
            if let Some(invitation) = found.filter(works) {
                let tokens = &self.state.link_tokens;
                let token = tokens.again(self.org.id, seed, &invitation.token_hash);
                let gone = "the key that its link was made with is gone; invite again";
                let token = token.ok_or(Composed::Stuck(gone))?;
                return Ok(Some((token, invitation)));
            }
        }
        Ok(None)
    }

    /// The mission in words.
    fn of(&self, facts: &Facts) -> Of {
        Of {
            org: harmless(&self.org.name),
            title: harmless(&facts.title),
            day: when::day(self.org.language, facts.starts_at, &facts.timezone),
            is_cancelled: facts.cancelled_at.is_some(),
            answer_by: AnswerBy::NewLink,
        }
    }
}

/// An invitation to join the organisation.
pub fn to_join(matter: &Matter<'_>) -> Composed {
    let (token, invitation) = match matter.link() {
        Ok(Some(found)) => found,
        Ok(None) => return Composed::Nothing,
        Err(stuck) => return stuck,
    };
    let (Some(email), language) = (&invitation.email, matter.org.language) else {
        return Composed::Nothing;
    };
    let of = Of {
        org: harmless(&matter.org.name),
        title: String::new(),
        day: String::new(),
        is_cancelled: false,
        answer_by: AnswerBy::NewLink,
    };
    let until = when::moment(language, invitation.expires_at, &matter.org.timezone);
    let page = Page {
        language,
        said: say(language, &Topic::Join, &of),
        org: of.org,
        name: None,
        facts: vec![(labels(language).until, until)],
        link: Some(format!(
            "{}/join?token={token}",
            matter.state.config.app_url
        )),
    };
    match matter.letter(email, &page, None) {
        Some(letter) => Composed::Letter(letter, false),
        None => Composed::Nothing,
    }
}
