//! The crew of a demo organisation.

use super::super::model::{Company, Person};
use super::dice::Dice;
use crate::domains::crew::model::User;
use crate::text::{self, Label};

/// Trades, and how many of the crew have each as their first one: 60 people in all.
const TRADES: [(&str, usize); 10] = [
    ("Régie générale", 4),
    ("Plateau", 18),
    ("Rigging", 6),
    ("Son", 8),
    ("Lumière", 8),
    ("Vidéo", 4),
    ("Électricité", 4),
    ("Habillage", 3),
    ("Conduite", 4),
    ("Accueil", 1),
];

const FIRST: [&str; 20] = [
    "Léa", "Yanis", "Inès", "Hugo", "Zoé", "Malik", "Camille", "Noé", "Anaïs", "Théo", "Sarah",
    "Maël", "Jeanne", "Élise", "Oscar", "Nour", "Gaël", "Lucie", "Samir", "Chloé",
];

const LAST: [&str; 20] = [
    "Martin",
    "Benali",
    "Lefèvre",
    "Garcia",
    "Moreau",
    "Diallo",
    "Le Goff",
    "Petit",
    "Nguyen",
    "Rousseau",
    "Faure",
    "Mercier",
    "Da Silva",
    "Chevalier",
    "Brun",
    "Haddad",
    "Carpentier",
    "Roux",
    "Guérin",
    "Weber",
];

const TAGS: [&str; 5] = [
    "CACES",
    "Habilitation électrique",
    "Permis B",
    "Permis C",
    "SST",
];

/// The 60 people of the crew. Addresses end with `.example`, which nobody can have (RFC 2606).
pub(super) fn crew(company: Company, dice: &Dice) -> Vec<Person> {
    let trades = TRADES
        .iter()
        .flat_map(|(trade, count)| std::iter::repeat_n(*trade, *count));
    trades
        .enumerate()
        .map(|(number, trade)| person(company, dice, number, trade))
        .collect()
}

fn person(company: Company, dice: &Dice, number: usize, trade: &str) -> Person {
    // Each pair of names comes once: the last name moves on by one with each round of first names.
    let (first, round) = (number % FIRST.len(), number / FIRST.len());
    let name = format!(
        "{} {}",
        FIRST[first],
        LAST[(first * 7 + round) % LAST.len()]
    );
    let mut skills = vec![Label::new(trade.to_owned())];
    let second = dice.pick(&TRADES).0;
    if dice.chance(60) && second != trade {
        skills.push(Label::new(second.to_owned()));
    }
    let tags = dice
        .chance(50)
        .then(|| Label::new((*dice.pick(&TAGS)).to_owned()));
    let user = User {
        id: dice.id(company.now),
        org_id: company.org_id,
        account_id: None,
        display_name_folded: text::fold(&name),
        display_name: name,
        email: Some(format!("crew{}@demo.example", number + 1)),
        phone: Some(format!("+33 6 39 98 {:02} {:02}", number, dice.below(100))),
        archived_at: None,
        created_at: company.now,
        version: 1,
    };
    Person {
        user,
        skills,
        tags: tags.into_iter().collect(),
    }
}
