//! Mail to the person of an assignment.

use super::words::{AnswerBy, Topic, colon, labels, say};
use super::{Composed, Matter, PLACE, REASON, Section, when};
use crate::db::types::Timestamp;
use crate::domains::assignments::model::{AssignmentStatus, OPEN};
use crate::domains::invitations::model::Invitation;
use crate::domains::outbox::model::{Facts, Mail};
use crate::mail::{Event, EventStatus, harmless, harmless_to};

/// What the person knows of an assignment.
struct Known {
    status: Option<AssignmentStatus>,
    starts_at: Timestamp,
    ends_at: Timestamp,
}

impl Known {
    /// The rows begin where the person was told everything before. Somebody whose first invitation waits knows of nothing,
    /// also if it was replaced and is no longer the oldest row.
    fn of(matter: &Matter<'_>, facts: &Facts) -> Self {
        let own = |row: &&_| is_of(row, facts);
        let mut statuses = matter.rows.iter().filter(own).map(|row| row.was_status);
        let oldest = statuses.clone().next().flatten();
        let was = |row: &Mail| Some((row.was_starts_at?, row.was_ends_at?));
        let mut moves = matter.rows.iter().filter(own).filter_map(was);
        let (starts_at, ends_at) = moves.next().unwrap_or((facts.starts_at, facts.ends_at));
        Self {
            status: oldest.filter(|_| statuses.all(|status| status.is_some())),
            starts_at,
            ends_at,
        }
    }

    fn is_open(&self) -> bool {
        self.status.is_some_and(|status| OPEN.contains(&status))
    }

    fn is_elsewhen(&self, facts: &Facts) -> bool {
        (self.starts_at, self.ends_at) != (facts.starts_at, facts.ends_at)
    }
}

fn is_of(row: &Mail, facts: &Facts) -> bool {
    row.assignment_id == Some(facts.assignment_id)
}

/// What a person is told of a mission.
pub fn to_person(matter: &Matter<'_>) -> Composed {
    // Of several assignments on one mission, at most one is open: the person was invited again.
    let open = |facts: &&Facts| OPEN.contains(&facts.status);
    let newest = |facts: &&Facts| matter.newest().is_some_and(|row| is_of(row, facts));
    let main = matter.facts.iter().find(open);
    let Some(facts) = main.or_else(|| matter.facts.iter().find(newest)) else {
        return Composed::Nothing;
    };
    let known = Known::of(matter, facts);
    let Some(topic) = topic(matter, facts, &known) else {
        return Composed::Nothing;
    };
    let asks = matches!(topic, Topic::Invited | Topic::AskedAgain | Topic::Moved);
    let link = match matter.link() {
        Ok(link) => link.filter(|_| asks),
        Err(stuck) => return stuck,
    };
    // Nobody can answer any more. Who was asked before has to know of the new time all the same.
    if link.is_none() && matches!(topic, Topic::Invited) {
        tracing::warn!(
            assignment = %facts.assignment_id,
            "an invitation ended before it could be mailed"
        );
        return Composed::Nothing;
    }
    let Some(email) = &facts.email else {
        return Composed::Nothing;
    };
    let section = section(matter, facts, (&known, topic), link, email);
    Composed::Section(Box::new(section))
}

/// What to tell. `None` if the person knows it.
fn topic(matter: &Matter<'_>, facts: &Facts, known: &Known) -> Option<Topic> {
    let rows = matter.rows;
    // Each new link ends the one before.
    let is_asked = rows.iter().any(|row| row.seed.is_some());
    // A mail of which nobody knows whether it arrived may have told what is no longer true.
    let is_unsure = rows.iter().any(|row| row.unsure > 0);
    let is_elsewhen = known.is_elsewhen(facts);
    match facts.status {
        AssignmentStatus::Cancelled if known.is_open() || is_unsure => Some(Topic::CalledOff),
        AssignmentStatus::Accepted if is_elsewhen || (is_unsure && known.is_open()) => {
            Some(Topic::Kept)
        }
        AssignmentStatus::Cancelled | AssignmentStatus::Declined | AssignmentStatus::Accepted => {
            None
        }
        AssignmentStatus::Invited => match known.status {
            Some(AssignmentStatus::Accepted) => Some(Topic::AskedAgain),
            Some(AssignmentStatus::Invited) if is_elsewhen => Some(Topic::Moved),
            Some(AssignmentStatus::Invited) if !is_asked && !is_unsure => None,
            _ => Some(Topic::Invited),
        },
    }
}

fn section(
    matter: &Matter<'_>,
    facts: &Facts,
    (known, topic): (&Known, Topic),
    link: Option<(String, &Invitation)>,
    email: &str,
) -> Section {
    let language = matter.org.language;
    let (labels, zone) = (labels(language), &*facts.timezone);
    let mut of = matter.of(facts);
    of.answer_by = match link {
        Some(_) => AnswerBy::NewLink,
        None if matter.rows.iter().any(|row| row.seed.is_some()) => AnswerBy::SigningIn,
        None => AnswerBy::OldLink,
    };
    let mut shown = vec![
        (labels.mission, of.title.clone()),
        (labels.role, harmless(&facts.role)),
        (
            labels.when,
            when::span(language, facts.starts_at, facts.ends_at, zone),
        ),
    ];
    if known.is_open() && known.is_elsewhen(facts) {
        let before = when::span(language, known.starts_at, known.ends_at, zone);
        shown.push((labels.before, before));
    }
    if let Some(place) = &facts.location {
        shown.push((labels.place, harmless_to(place, PLACE)));
    }
    if let Some(reason) = facts
        .reason
        .as_deref()
        .filter(|_| matches!(topic, Topic::CalledOff))
    {
        shown.push((labels.reason, harmless_to(reason, REASON)));
    }
    let url = &matter.state.config.app_url;
    let link = link.map(|(token, invitation)| {
        let until = when::moment(language, invitation.expires_at, zone);
        shown.push((labels.until, until));
        format!("{url}/invitation?token={token}")
    });
    Section {
        to: email.to_owned(),
        is_member: facts.member_email.as_deref() == Some(email),
        name: Some(harmless(&facts.person)),
        said: say(language, &topic, &of),
        topic,
        starts_at: Some(facts.starts_at),
        facts: shown,
        link,
        events: events(matter, facts),
    }
}

/// For the calendar file: the assignment and, if the person was invited again, what was cancelled before.
fn events(matter: &Matter<'_>, main: &Facts) -> Vec<Event> {
    let is_shown = |facts: &&Facts| {
        facts.assignment_id == main.assignment_id
            || (facts.status == AssignmentStatus::Cancelled && Known::of(matter, facts).is_open())
    };
    let shown = matter.facts.iter().filter(is_shown);
    shown.map(|facts| event(matter, facts)).collect()
}

fn event(matter: &Matter<'_>, facts: &Facts) -> Event {
    let (labels, colon) = (labels(matter.org.language), colon(matter.org.language));
    let (title, role) = (harmless(&facts.title), harmless(&facts.role));
    // The seconds from the making of the assignment to that of the mail. They rise from mail to mail, and a mail that is
    // sent twice has the same ones.
    let written = matter.newest().map_or(facts.created_at, Mail::written_at);
    Event {
        uid: facts.assignment_id.to_string(),
        sequence: (written - facts.created_at).num_seconds().max(0),
        status: match facts.status {
            AssignmentStatus::Invited => EventStatus::Tentative,
            AssignmentStatus::Accepted => EventStatus::Confirmed,
            AssignmentStatus::Declined | AssignmentStatus::Cancelled => EventStatus::Cancelled,
        },
        starts_at: facts.starts_at,
        ends_at: facts.ends_at,
        summary: format!("{title} – {role}"),
        location: facts
            .location
            .as_deref()
            .map(|place| harmless_to(place, PLACE)),
        description: format!(
            "{}{colon}{role}\n{}{colon}{}",
            labels.role,
            labels.org,
            harmless(&matter.org.name)
        ),
    }
}
