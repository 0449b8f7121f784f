//! French, as a stage manager writes it.

use super::{Answer, AnswerBy, Labels, Of, Said, Sum, Topic};
use crate::domains::outbox::model::MailKind;

pub const LABELS: Labels = Labels {
    mission: "Mission",
    role: "Poste",
    when: "Date",
    before: "Ancien horaire",
    place: "Lieu",
    reason: "Motif",
    until: "Réponse attendue avant",
    org: "Organisation",
};

const ANSWER: &str = "Répondre";
const PERSONAL: &str = "Ce lien vous est personnel : merci de ne pas le transférer.";

pub fn say(topic: &Topic, of: &Of) -> Said {
    let Of {
        org, title, day, ..
    } = of;
    match topic {
        Topic::Join => Said {
            subject: format!("Invitation à rejoindre {org}"),
            intro: vec![format!(
                "{org} vous invite à rejoindre son équipe sur Coulisses Crew."
            )],
            button: "Rejoindre l’équipe",
            notes: vec![PERSONAL.to_owned()],
        },
        Topic::Invited => Said {
            subject: format!("Vous êtes demandé·e le {day}\u{a0}: {title}"),
            intro: vec![format!(
                "{org} souhaite vous compter dans l’équipe de «\u{a0}{title}\u{a0}». Êtes-vous disponible\u{a0}?"
            )],
            button: ANSWER,
            notes: vec![PERSONAL.to_owned()],
        },
        Topic::AskedAgain => Said {
            subject: format!("Horaire modifié, à reconfirmer\u{a0}: {title}"),
            intro: vec![
                format!("L’horaire de «\u{a0}{title}\u{a0}» a changé."),
                "Vous aviez accepté l’ancien horaire. Votre accord ne vaut pas pour le nouveau : merci de nous dire si \
                 vous êtes disponible."
                    .to_owned(),
            ],
            button: ANSWER,
            notes: vec![match of.answer_by {
                AnswerBy::SigningIn => without_link(org),
                AnswerBy::NewLink | AnswerBy::OldLink => PERSONAL.to_owned(),
            }],
        },
        Topic::Moved => Said {
            subject: format!("Horaire modifié\u{a0}: {title}"),
            intro: vec![format!(
                "L’horaire de «\u{a0}{title}\u{a0}», pour laquelle vous êtes demandé·e, a changé. Êtes-vous disponible\u{a0}?"
            )],
            button: ANSWER,
            notes: vec![match of.answer_by {
                AnswerBy::NewLink => format!("L’ancien lien ne fonctionne plus. {PERSONAL}"),
                AnswerBy::OldLink => "Vous pouvez répondre avec le lien que vous avez déjà reçu.".to_owned(),
                AnswerBy::SigningIn => without_link(org),
            }],
        },
        Topic::Kept => Said {
            subject: format!("Convocation modifiée\u{a0}: {title}, le {day}"),
            intro: vec![
                format!("L’horaire de «\u{a0}{title}\u{a0}» a changé."),
                "Vous restez convoqué·e : vous n’avez rien à confirmer. Voici l’horaire à retenir."
                    .to_owned(),
            ],
            ..Said::default()
        },
        Topic::CalledOff => Said {
            subject: format!("Annulation\u{a0}: {title}, le {day}"),
            intro: vec![if of.is_cancelled {
                format!("La mission «\u{a0}{title}\u{a0}» est annulée.")
            } else {
                format!("Vous n’êtes plus convoqué·e pour «\u{a0}{title}\u{a0}».")
            }],
            notes: vec!["Vous pouvez disposer de cette date.".to_owned()],
            ..Said::default()
        },
        Topic::Answers(answers) => Said {
            subject: subject(answers, title),
            intro: answers.iter().map(sentence).collect(),
            button: "Ouvrir le planning",
            ..Said::default()
        },
    }
}

pub fn several(sum: &Sum<'_>) -> Said {
    let missions = sum.missions;
    let subject = match sum.same {
        Some(Topic::Invited) => format!("Vous êtes demandé·e pour {missions} missions"),
        Some(Topic::AskedAgain) => {
            format!("Horaires modifiés, à reconfirmer\u{a0}: {missions} missions")
        }
        Some(Topic::Moved) => format!("Horaires modifiés\u{a0}: {missions} missions"),
        Some(Topic::Kept) => format!("Convocations modifiées\u{a0}: {missions} missions"),
        Some(Topic::CalledOff) => format!("Annulation\u{a0}: {missions} missions"),
        Some(Topic::Answers(_)) => format!("{} réponses\u{a0}: {missions} missions", sum.answers),
        _ if sum.asking > 0 => format!("Du nouveau sur {missions} missions, réponse attendue"),
        _ => format!("Du nouveau sur {missions} missions"),
    };
    let changes = "Voici ce qui change pour vous, mission par mission.";
    let intro = match (sum.same, sum.asking) {
        (Some(Topic::Answers(_)), _) => {
            "Voici les réponses reçues, mission par mission.".to_owned()
        }
        (_, 0) => changes.to_owned(),
        (_, asking) if asking == missions && sum.linked == missions => {
            "Merci de répondre pour chacune de ces missions : chacune a son propre lien.".to_owned()
        }
        (_, asking) if asking == missions => {
            "Merci de répondre pour chacune de ces missions.".to_owned()
        }
        (_, 1) => format!("{changes} L’une d’elles attend votre réponse."),
        (_, asking) => format!("{changes} {asking} d’entre elles attendent votre réponse."),
    };
    Said {
        subject,
        intro: vec![intro],
        ..Said::default()
    }
}

/// How to answer if a link would have ended already.
fn without_link(org: &str) -> String {
    format!(
        "Il est trop tard pour un lien. Pour répondre, connectez-vous à Coulisses Crew ou contactez {org}."
    )
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
            MailKind::Declined => format!("Refus de {name}\u{a0}: {title}"),
            MailKind::Withdrawn if *is_late => {
                format!("Désistement tardif de {name}\u{a0}: {title}")
            }
            MailKind::Withdrawn => format!("Désistement de {name}\u{a0}: {title}"),
            _ => format!("{name} reconfirme\u{a0}: {title}"),
        },
        answers => format!("{} réponses\u{a0}: {title}", answers.len()),
    }
}

fn sentence(answer: &Answer) -> String {
    let name = &answer.name;
    let said = match answer.kind {
        MailKind::Declined => format!("{name} a décliné."),
        MailKind::Withdrawn if answer.is_late => {
            format!("{name} s’est désisté·e après la date limite.")
        }
        MailKind::Withdrawn => format!("{name} s’est désisté·e."),
        _ => format!("{name} accepte le nouvel horaire."),
    };
    match &answer.reason {
        Some(reason) => format!("{said} Motif\u{a0}: {reason}"),
        None => said,
    }
}
