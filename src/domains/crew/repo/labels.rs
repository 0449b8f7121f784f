use diesel::prelude::*;

use crate::db::schema::{user_skills, user_tags};
use crate::db::{AnyOf as _, Conn};
use crate::domains::crew::model::User;
use crate::error::Result;
use crate::ids::{OrgId, UserId};
use crate::text::Label;

pub async fn insert_skills(conn: &mut Conn, user: &User, skills: &[Label]) -> Result<()> {
    if skills.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = skills
        .iter()
        .map(|label| {
            (
                user_skills::org_id.eq(user.org_id),
                user_skills::user_id.eq(user.id),
                user_skills::skill.eq(label.text.clone()),
                user_skills::skill_folded.eq(label.folded.clone()),
                user_skills::skill_same.eq(label.same.clone()),
            )
        })
        .collect();
    conn.execute(diesel::insert_into(user_skills::table).values(rows))
        .await
        .map(drop)
}

pub async fn insert_tags(conn: &mut Conn, user: &User, tags: &[Label]) -> Result<()> {
    if tags.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = tags
        .iter()
        .map(|label| {
            (
                user_tags::org_id.eq(user.org_id),
                user_tags::user_id.eq(user.id),
                user_tags::tag.eq(label.text.clone()),
                user_tags::tag_folded.eq(label.folded.clone()),
                user_tags::tag_same.eq(label.same.clone()),
            )
        })
        .collect();
    conn.execute(diesel::insert_into(user_tags::table).values(rows))
        .await
        .map(drop)
}

/// `(user, skill)`, sorted.
pub async fn skills(
    conn: &mut Conn,
    org_id: OrgId,
    ids: &[UserId],
) -> Result<Vec<(UserId, String)>> {
    let rows = user_skills::table
        .filter(user_skills::org_id.eq(org_id))
        .filter(user_skills::user_id.any_of(ids))
        .order((
            user_skills::user_id,
            user_skills::skill_folded,
            user_skills::skill_same,
        ))
        .select((user_skills::user_id, user_skills::skill));
    conn.load(rows).await
}

/// `(user, tag)`, sorted.
pub async fn tags(conn: &mut Conn, org_id: OrgId, ids: &[UserId]) -> Result<Vec<(UserId, String)>> {
    let rows = user_tags::table
        .filter(user_tags::org_id.eq(org_id))
        .filter(user_tags::user_id.any_of(ids))
        .order((
            user_tags::user_id,
            user_tags::tag_folded,
            user_tags::tag_same,
        ))
        .select((user_tags::user_id, user_tags::tag));
    conn.load(rows).await
}

/// Those of the users who have a skill.
pub async fn skilled(
    conn: &mut Conn,
    org_id: OrgId,
    ids: &[UserId],
    skill: &str,
) -> Result<Vec<UserId>> {
    let rows = user_skills::table
        .filter(user_skills::org_id.eq(org_id))
        .filter(user_skills::user_id.any_of(ids))
        .filter(user_skills::skill_same.eq(skill))
        .select(user_skills::user_id);
    conn.load(rows).await
}

pub async fn delete_skills(conn: &mut Conn, user: &User) -> Result<()> {
    let own = user_skills::table
        .filter(user_skills::org_id.eq(user.org_id))
        .filter(user_skills::user_id.eq(user.id));
    conn.execute(diesel::delete(own)).await.map(drop)
}

pub async fn delete_tags(conn: &mut Conn, user: &User) -> Result<()> {
    let own = user_tags::table
        .filter(user_tags::org_id.eq(user.org_id))
        .filter(user_tags::user_id.eq(user.id));
    conn.execute(diesel::delete(own)).await.map(drop)
}

/// How a skill or tag is written: its key for sameness, a spelling, and how many people have it.
pub type Spelling = (String, String, i64);

/// Those of the skills that the organisation has in use.
pub async fn spellings_of_skills(
    conn: &mut Conn,
    org_id: OrgId,
    skills: &[Label],
) -> Result<Vec<Spelling>> {
    let (folded, same) = keys(skills);
    let in_use = user_skills::table
        .filter(user_skills::org_id.eq(org_id))
        .filter(user_skills::skill_folded.any_of(&folded))
        .filter(user_skills::skill_same.any_of(&same))
        .group_by((user_skills::skill_folded, user_skills::skill_same))
        .select((
            user_skills::skill_same,
            diesel::dsl::min(user_skills::skill).assume_not_null(),
            diesel::dsl::count_star(),
        ));
    conn.load(in_use).await
}

/// Those of the tags that the organisation has in use.
pub async fn spellings_of_tags(
    conn: &mut Conn,
    org_id: OrgId,
    tags: &[Label],
) -> Result<Vec<Spelling>> {
    let (folded, same) = keys(tags);
    let in_use = user_tags::table
        .filter(user_tags::org_id.eq(org_id))
        .filter(user_tags::tag_folded.any_of(&folded))
        .filter(user_tags::tag_same.any_of(&same))
        .group_by((user_tags::tag_folded, user_tags::tag_same))
        .select((
            user_tags::tag_same,
            diesel::dsl::min(user_tags::tag).assume_not_null(),
            diesel::dsl::count_star(),
        ));
    conn.load(in_use).await
}

/// The keys of labels: the index begins with the one for searching.
fn keys(labels: &[Label]) -> (Vec<String>, Vec<String>) {
    let folded = labels.iter().map(|label| label.folded.clone());
    let same = labels.iter().map(|label| label.same.clone());
    (folded.collect(), same.collect())
}
