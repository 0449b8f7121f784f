//! One spelling for each skill and tag: a person gets it as the organisation already writes it.

use crate::db::Conn;
use crate::domains::crew::repo::{self, Spelling};
use crate::error::Result;
use crate::ids::OrgId;
use crate::text::Label;

/// The skills as the organisation writes them. `own` are those that the person has until now.
pub(super) async fn skills_within(
    conn: &mut Conn,
    org_id: OrgId,
    skills: &[Label],
    own: &[Label],
) -> Result<Vec<Label>> {
    if skills.is_empty() {
        return Ok(Vec::new());
    }
    let known = repo::spellings_of_skills(conn, org_id, skills).await?;
    Ok(spelled(skills, own, &known))
}

/// The tags as the organisation writes them. `own` are those that the person has until now.
pub(super) async fn tags_within(
    conn: &mut Conn,
    org_id: OrgId,
    tags: &[Label],
    own: &[Label],
) -> Result<Vec<Label>> {
    if tags.is_empty() {
        return Ok(Vec::new());
    }
    let known = repo::spellings_of_tags(conn, org_id, tags).await?;
    Ok(spelled(tags, own, &known))
}

/// The labels in the order of lists. The only one who has a label may change how it is written.
fn spelled(labels: &[Label], own: &[Label], known: &[Spelling]) -> Vec<Label> {
    let spelling = |label: &Label| {
        let same = known.iter().find(|(key, ..)| *key == label.same);
        let has = own.iter().any(|own| own.same == label.same);
        let (_, text, _) = same.filter(|(.., people)| *people > i64::from(has))?;
        Some(Label::new(text.clone()))
    };
    let spelled = |label: &Label| spelling(label).unwrap_or_else(|| label.clone());
    let mut labels: Vec<Label> = labels.iter().map(spelled).collect();
    labels.sort_by(|one, other| (&one.folded, &one.same).cmp(&(&other.folded, &other.same)));
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_written_as_others_write_it_and_as_one_likes_if_nobody_else_has_it() {
        let labels = |texts: &[&str]| -> Vec<Label> {
            let texts = texts.iter().map(|&text| text.to_owned());
            texts.map(Label::new).collect()
        };
        let known = |people| [("son".to_owned(), "Son".to_owned(), people)];
        for (own, people, expected) in [
            (&[][..], 1, ["Lumière", "Son"]),
            (&["Son"], 2, ["Lumière", "Son"]),
            (&["Son"], 1, ["Lumière", "SON"]),
        ] {
            let spelled = spelled(&labels(&["SON", "Lumière"]), &labels(own), &known(people));
            let texts: Vec<&str> = spelled.iter().map(|label| &*label.text).collect();
            assert_eq!(texts, expected, "{own:?} {people}");
        }
    }
}
