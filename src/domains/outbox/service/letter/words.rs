//! The words of mails, in both languages.

mod en;
mod fr;

use std::mem::discriminant;

use super::super::super::model::MailKind;
use crate::domains::orgs::model::Language;

/// What a mail is about.
pub enum Topic {
    /// Please join the organisation.
    Join,
    /// Can you come?
    Invited,
    /// It is at another time than the one that you accepted: can you come?
    AskedAgain,
    /// It is at another time than the one that you were asked for: can you come?
    Moved,
    /// It is at another time, and you are expected.
    Kept,
    /// You are not expected any more.
    CalledOff,
    /// What others answered.
    Answers(Vec<Answer>),
}

impl Topic {
    /// Whether the recipient is to answer.
    fn asks(&self) -> bool {
        matches!(self, Self::Invited | Self::AskedAgain | Self::Moved)
    }
}

/// What several sections of a mail are about.
struct Sum<'a> {
    missions: usize,
    /// What all of them are about, if it is the same.
    same: Option<&'a Topic>,
    /// How many are to be answered.
    asking: usize,
    /// How many of these have a link to answer with.
    linked: usize,
    /// How many answers of others they tell.
    answers: usize,
}

/// The mission, as texts.
pub struct Of {
    pub org: String,
    /// Empty in an invitation to join.
    pub title: String,
    /// The day on which it starts.
    pub day: String,
    /// Whether all of the mission is cancelled.
    pub is_cancelled: bool,
    pub answer_by: AnswerBy,
}

/// How the recipient can answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerBy {
    /// With the link of the mail.
    NewLink,
    /// With the link of an earlier mail, which still works.
    OldLink,
    /// Without a link: a new one would have ended already.
    SigningIn,
}

/// An answer that whoever invited is told of.
pub struct Answer {
    pub name: String,
    pub kind: MailKind,
    /// Whether the person withdrew after the cut-off.
    pub is_late: bool,
    pub reason: Option<String>,
}

/// What a mail says about its topic.
#[derive(Default)]
pub struct Said {
    pub subject: String,
    /// Paragraphs above the facts.
    pub intro: Vec<String>,
    /// What the link does.
    pub button: &'static str,
    /// Paragraphs below the link.
    pub notes: Vec<String>,
}

/// The names of facts.
pub struct Labels {
    pub mission: &'static str,
    pub role: &'static str,
    pub when: &'static str,
    pub before: &'static str,
    pub place: &'static str,
    pub reason: &'static str,
    pub until: &'static str,
    pub org: &'static str,
}

pub fn say(language: Language, topic: &Topic, of: &Of) -> Said {
    match language {
        Language::Fr => fr::say(topic, of),
        Language::En => en::say(topic, of),
    }
}

/// What a mail about several missions says above the first of them: its subject, and an introduction. Each topic comes
/// with whether its section has a link.
pub fn several<'a>(language: Language, sections: impl Iterator<Item = (&'a Topic, bool)>) -> Said {
    let sections: Vec<(&Topic, bool)> = sections.collect();
    let linked = sections
        .iter()
        .filter(|(topic, has_link)| *has_link && topic.asks());
    let linked = linked.count();
    let topics: Vec<&Topic> = sections.iter().map(|(topic, _)| *topic).collect();
    let asking = topics.iter().filter(|topic| topic.asks()).count();
    let is_same = |topic: &&Topic| discriminant(*topic) == discriminant(topics[0]);
    let same = topics.first().filter(|_| topics.iter().all(is_same));
    let answers = topics.iter().map(|topic| match topic {
        Topic::Answers(answers) => answers.len(),
        _ => 0,
    });
    let sum = Sum {
        missions: topics.len(),
        same: same.copied(),
        asking,
        linked,
        answers: answers.sum(),
    };
    match language {
        Language::Fr => fr::several(&sum),
        Language::En => en::several(&sum),
    }
}

pub fn labels(language: Language) -> &'static Labels {
    match language {
        Language::Fr => &fr::LABELS,
        Language::En => &en::LABELS,
    }
}

pub fn greeting(language: Language, name: Option<&str>) -> String {
    match (language, name) {
        (Language::Fr, Some(name)) => format!("Bonjour {name},"),
        (Language::Fr, None) => "Bonjour,".to_owned(),
        (Language::En, Some(name)) => format!("Hello {name},"),
        (Language::En, None) => "Hello,".to_owned(),
    }
}

/// What stands between a label and its fact. French has a space before the colon that does not break.
pub fn colon(language: Language) -> &'static str {
    match language {
        Language::Fr => "\u{a0}: ",
        Language::En => ": ",
    }
}

pub fn foot(language: Language, org: &str) -> String {
    match language {
        Language::Fr => format!(
            "Message envoyé par Coulisses Crew pour {org}. Si vous ne connaissez pas cette organisation, ne faites rien."
        ),
        Language::En => format!(
            "Sent by Coulisses Crew for {org}. If you do not know this organisation, do nothing."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_says_that_each_mission_has_a_link_only_if_each_has_one() {
        for (language, says) in [
            (Language::En, "Each has a link of its own"),
            (Language::Fr, "chacune a son propre lien"),
        ] {
            for (second_has_link, is_said) in [(true, true), (false, false)] {
                let asked = [(&Topic::Invited, true), (&Topic::Moved, second_has_link)];
                let intro = several(language, asked.into_iter()).intro.concat();
                assert_eq!(intro.contains(says), is_said, "{intro}");
            }
        }
    }
}
