//! What a mail says, decided when it is sent: the last state, compared with what the recipient knows.

mod inviter;
mod page;
mod person;
mod when;
mod words;

use super::super::model::{Facts, Mail};
use crate::db::types::Timestamp;
use crate::domains::invitations::model::{Invitation, InvitationStatus};
use crate::domains::orgs::model::Org;
use crate::ids::MailId;
use crate::mail::{Event, Letter, calendar, harmless};
use crate::state::AppState;
use page::Page;
use words::{AnswerBy, Of, Said, Topic, labels, say, several};

pub use inviter::to_inviter;
pub use person::to_person;

/// Longest place in a mail, in characters.
const PLACE: usize = 200;
/// Longest reason in a mail, in characters.
const REASON: usize = 300;

/// What came out of the rows about one mission.
pub enum Composed {
    /// There is nothing to tell.
    Nothing,
    /// It cannot be written. The operator has to know why.
    Stuck(&'static str),
    Section(Box<Section>),
}

/// What a mail tells of one mission, or the invitation to join.
pub struct Section {
    /// The address of the recipient.
    to: String,
    /// Whether a member of the organisation signs in with it.
    is_member: bool,
    /// The name of the recipient, if it is known.
    name: Option<String>,
    topic: Topic,
    said: Said,
    /// When the mission starts. An invitation to join has no mission.
    starts_at: Option<Timestamp>,
    /// Labels and what they are of.
    facts: Vec<(&'static str, String)>,
    /// Where the button leads.
    link: Option<String>,
    /// For the calendar file.
    events: Vec<Event>,
}

impl Section {
    /// Whether it is to an address with which a member of the organisation signs in.
    pub fn is_to_member(&self) -> bool {
        self.is_member
    }
}

/// The letter with these sections, in the order in which the missions start. `None` if there are none.
///
/// Its one calendar file has the events of all missions (RFC 5546 3.2.1 allows that), so that a phone adds them in one
/// step. A file for each mission would be up to fifty attachments.
pub fn letter(
    state: &AppState,
    org: &Org,
    id: MailId,
    mut sections: Vec<Section>,
) -> Option<Box<Letter>> {
    sections.sort_by_key(|section| section.starts_at);
    let first = sections.first()?;
    let (language, org_name) = (org.language, harmless(&org.name));
    let summary = match &*sections {
        [_] => None,
        sections => {
            let topics = sections.iter().map(|it| (&it.topic, it.link.is_some()));
            Some(several(language, topics))
        }
    };
    let page = Page {
        language,
        org: &org_name,
        name: first.name.as_deref(),
        summary: summary.as_ref(),
        sections: &sections,
    };
    let events: Vec<Event> = sections.iter().flat_map(|it| it.events.clone()).collect();
    let (at, sender) = (state.clock.now(), state.mailer.sender());
    let calendar = calendar(&events, (&org_name, sender), at);
    Some(Box::new(Letter {
        id: id.uuid(),
        at,
        to: first.to.clone(),
        subject: page.subject().to_owned(),
        text: page.text(),
        html: Some(page.html()),
        calendar: Some(calendar).filter(|_| !events.is_empty()),
    }))
}

/// What the rows about one mission, or the invitation to join, are about.
pub struct Matter<'a> {
    pub state: &'a AppState,
    pub org: &'a Org,
    /// Oldest first.
    pub rows: &'a [Mail],
    /// Of their assignments.
    pub facts: &'a [Facts],
    /// Of their links, and perhaps of others.
    pub invitations: &'a [Invitation],
}

impl Matter<'_> {
    fn newest(&self) -> Option<&Mail> {
        self.rows.last()
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
    Composed::Section(Box::new(Section {
        to: email.clone(),
        is_member: false,
        name: None,
        said: say(language, &Topic::Join, &of),
        topic: Topic::Join,
        starts_at: None,
        facts: vec![(labels(language).until, until)],
        link: Some(format!(
            "{}/join?token={token}",
            matter.state.config.app_url
        )),
        events: Vec::new(),
    }))
}
