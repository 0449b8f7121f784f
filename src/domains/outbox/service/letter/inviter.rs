//! Mail to the account that invited people to a mission.

use super::words::{Answer, Topic, labels, say};
use super::{Composed, Matter, PLACE, REASON, Section, when};
use crate::access::Role;
use crate::domains::assignments::model::AssignmentStatus;
use crate::domains::outbox::model::{Facts, Mail, MailKind};
use crate::ids::AccountId;
use crate::mail::{harmless, harmless_to};

/// The mail to an account about the answers of the people whom it invited to a mission. `member` is its name, address
/// and role, if it still is a member.
pub fn to_inviter(
    matter: &Matter<'_>,
    account_id: AccountId,
    member: Option<&(String, String, Role)>,
) -> Composed {
    let Some((name, email, _)) = member.filter(|(_, _, role)| *role >= Role::Manager) else {
        return Composed::Nothing;
    };
    let mut answers = Vec::new();
    for (i, row) in matter.rows.iter().enumerate() {
        let later = &matter.rows[i + 1..];
        let is_last = later
            .iter()
            .all(|later| later.assignment_id != row.assignment_id);
        let of = |facts: &&Facts| row.assignment_id == Some(facts.assignment_id);
        if let Some(facts) = matter.facts.iter().find(of).filter(|_| is_last) {
            // They know what they answered themselves.
            if facts.account_id != Some(account_id) {
                answers.extend(answer(matter, row, facts));
            }
        }
    }
    let (false, Some(facts)) = (answers.is_empty(), matter.facts.first()) else {
        return Composed::Nothing;
    };
    let (language, of) = (matter.org.language, matter.of(facts));
    let labels = labels(language);
    let mut shown = vec![
        (labels.mission, of.title.clone()),
        (
            labels.when,
            when::span(language, facts.starts_at, facts.ends_at, &facts.timezone),
        ),
    ];
    if let Some(place) = &facts.location {
        shown.push((labels.place, harmless_to(place, PLACE)));
    }
    let topic = Topic::Answers(answers);
    Composed::Section(Box::new(Section {
        to: email.clone(),
        is_member: true,
        name: Some(harmless(name)),
        said: say(language, &topic, &of),
        topic,
        starts_at: Some(facts.starts_at),
        facts: shown,
        link: Some(matter.state.config.app_url.clone()),
        events: Vec::new(),
    }))
}

/// The answer of a row. `None` if it no longer holds.
fn answer(matter: &Matter<'_>, row: &Mail, facts: &Facts) -> Option<Answer> {
    let holds = match row.kind {
        MailKind::Declined => facts.status == AssignmentStatus::Declined,
        MailKind::Withdrawn => facts.status == AssignmentStatus::Cancelled,
        MailKind::Reconfirmed => facts.status == AssignmentStatus::Accepted,
        MailKind::Join | MailKind::Invited | MailKind::Changed => false,
    };
    if !holds {
        return None;
    }
    let cut_off = facts.starts_at - matter.state.config.withdrawal_cutoff;
    Some(Answer {
        name: harmless(&facts.person),
        kind: row.kind,
        is_late: row.written_at() > cut_off,
        reason: facts
            .reason
            .as_deref()
            .map(|reason| harmless_to(reason, REASON)),
    })
}
