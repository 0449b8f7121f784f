//! English.

use super::{Answer, AnswerBy, Labels, Of, Said, Sum, Topic};
use crate::domains::outbox::model::MailKind;

pub const LABELS: Labels = Labels {
    mission: "Mission",
    role: "Role",
    when: "When",
    before: "Before",
    place: "Where",
    reason: "Reason",
    until: "Please answer before",
    org: "Organisation",
};

const ANSWER: &str = "Answer";
const PERSONAL: &str = "This link is yours alone. Please do not pass it on.";

pub fn say(topic: &Topic, of: &Of) -> Said {
    let Of {
        org, title, day, ..
    } = of;
    match topic {
        Topic::Join => Said {
            subject: format!("An invitation to join {org}"),
            intro: vec![format!(
                "{org} invites you to join its team on Coulisses Crew."
            )],
            button: "Join the team",
            notes: vec![PERSONAL.to_owned()],
        },
        Topic::Invited => Said {
            subject: format!("Are you available on {day}? {title}"),
            intro: vec![format!(
                "{org} would like you on the crew of “{title}”. Are you available?"
            )],
            button: ANSWER,
            notes: vec![PERSONAL.to_owned()],
        },
        Topic::AskedAgain => Said {
            subject: format!("New time, please confirm again: {title}"),
            intro: vec![
                format!("The time of “{title}” has changed."),
                "You had accepted the old time. That does not count for the new one: please tell us whether you are \
                 available."
                    .to_owned(),
            ],
            button: ANSWER,
            notes: vec![match of.answer_by {
                AnswerBy::SigningIn => without_link(org),
                AnswerBy::NewLink | AnswerBy::OldLink => PERSONAL.to_owned(),
            }],
        },
        Topic::Moved => Said {
            subject: format!("New time: {title}"),
            intro: vec![format!(
                "The time of “{title}”, on which you were asked to work, has changed. Are you available?"
            )],
            button: ANSWER,
            notes: vec![match of.answer_by {
                AnswerBy::NewLink => format!("The old link no longer works. {PERSONAL}"),
                AnswerBy::OldLink => "You can answer with the link that you already have.".to_owned(),
                AnswerBy::SigningIn => without_link(org),
            }],
        },
        Topic::Kept => Said {
            subject: format!("Your call has changed: {title}, {day}"),
            intro: vec![
                format!("The time of “{title}” has changed."),
                "You are still expected, and need not confirm. This is the time that holds."
                    .to_owned(),
            ],
            ..Said::default()
        },
        Topic::CalledOff => Said {
            subject: format!("Called off: {title}, {day}"),
            intro: vec![if of.is_cancelled {
                format!("The mission “{title}” is cancelled.")
            } else {
                format!("You are no longer expected for “{title}”.")
            }],
            notes: vec!["You are free on this date.".to_owned()],
            ..Said::default()
        },
        Topic::Answers(answers) => Said {
            subject: subject(answers, title),
            intro: answers.iter().map(sentence).collect(),
            button: "Open the planning",
            ..Said::default()
        },
    }
}

pub fn several(sum: &Sum<'_>) -> Said {
    let missions = sum.missions;
    let subject = match sum.same {
        Some(Topic::Invited) => format!("Are you available for {missions} missions?"),
        Some(Topic::AskedAgain) => {
            format!("New times, please confirm again: {missions} missions")
        }
        Some(Topic::Moved) => format!("New times: {missions} missions"),
        Some(Topic::Kept) => format!("Your calls have changed: {missions} missions"),
        Some(Topic::CalledOff) => format!("Called off: {missions} missions"),
        Some(Topic::Answers(_)) => format!("{} answers for {missions} missions", sum.answers),
        _ if sum.asking > 0 => format!("News about {missions} missions: please answer"),
        _ => format!("News about {missions} missions"),
    };
    let changes = "This is what has changed for you, mission by mission.";
    let intro = match (sum.same, sum.asking) {
        (Some(Topic::Answers(_)), _) => "These are the answers, mission by mission.".to_owned(),
        (_, 0) => changes.to_owned(),
        (_, asking) if asking == missions && sum.linked == missions => {
            "Please answer for each of these missions. Each has a link of its own.".to_owned()
        }
        (_, asking) if asking == missions => "Please answer for each of these missions.".to_owned(),
        (_, 1) => format!("{changes} One of them needs your answer."),
        (_, asking) => format!("{changes} {asking} of them need your answer."),
    };
    Said {
        subject,
        intro: vec![intro],
        ..Said::default()
    }
}

/// How to answer if a link would have ended already.
fn without_link(org: &str) -> String {
    format!("It is too late for a link. To answer, sign in to Coulisses Crew or contact {org}.")
}

fn subject(answers: &[Answer], title: &str) -> String {
    match answers {
        [
            Answer {
                name,
                kind,
                is_late,
                ..
            },
        ] => match kind {
            MailKind::Declined => format!("{name} declined: {title}"),
            MailKind::Withdrawn if *is_late => format!("{name} withdrew late: {title}"),
            MailKind::Withdrawn => format!("{name} withdrew: {title}"),
            _ => format!("{name} confirmed again: {title}"),
        },
        answers => format!("{} answers: {title}", answers.len()),
    }
}

fn sentence(answer: &Answer) -> String {
    let name = &answer.name;
    let said = match answer.kind {
        MailKind::Declined => format!("{name} declined."),
        MailKind::Withdrawn if answer.is_late => format!("{name} withdrew after the cut-off."),
        MailKind::Withdrawn => format!("{name} withdrew."),
        _ => format!("{name} accepts the new time."),
    };
    match &answer.reason {
        Some(reason) => format!("{said} Reason: {reason}"),
        None => said,
    }
}
