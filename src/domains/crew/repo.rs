use diesel::prelude::*;

use super::model::{User, UserFilter};
use crate::db::dsl::{Columns, Condition, for_update, when};
use crate::db::schema::{user_skills, user_tags, users};
use crate::db::{AnyOf as _, Conn};
use crate::error::{AppError, ErrorCode, Result};
use crate::ids::{AccountId, OrgId, UserId};
use crate::page::Page;
use crate::text::Label;

pub async fn insert(conn: &mut Conn, user: &User) -> Result<()> {
    let inserted = conn
        .execute(diesel::insert_into(users::table).values(user))
        .await;
    inserted.map(drop).map_err(|error| {
        error.if_taken("users_org_id_email_key", || {
            let message = "Another crew member has this e-mail address.";
            AppError::new(ErrorCode::AlreadyExists, message).at("email")
        })
    })
}

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

pub async fn by_ids(conn: &mut Conn, org_id: OrgId, ids: &[UserId]) -> Result<Vec<User>> {
    let rows = users::table
        .filter(users::org_id.eq(org_id))
        .filter(users::id.any_of(ids))
        .select(User::columns());
    conn.load(rows).await
}

/// Locks the rows in the order of their ids, so that two transactions cannot deadlock.
pub async fn lock(conn: &mut Conn, org_id: OrgId, ids: &[UserId]) -> Result<Vec<User>> {
    let rows = users::table
        .filter(users::org_id.eq(org_id))
        .filter(users::id.any_of(ids))
        .order(users::id)
        .select(User::columns());
    conn.load(for_update(rows)).await
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

fn matching(org_id: OrgId, filter: &UserFilter) -> impl Condition<users::table> {
    let search = filter.search.clone();
    let skilled = user_skills::table
        .filter(user_skills::org_id.eq(org_id))
        .filter(user_skills::user_id.eq(users::id))
        .filter(user_skills::skill_folded.any_of(&filter.skills));
    let tagged = user_tags::table
        .filter(user_tags::org_id.eq(org_id))
        .filter(user_tags::user_id.eq(users::id))
        .filter(user_tags::tag_folded.any_of(&filter.tags));
    let asks_skills = !filter.skills.is_empty();
    let asks_tags = !filter.tags.is_empty();
    when(Some(
        users::org_id
            .eq(org_id)
            .and(when(search.map(|search| {
                users::display_name_folded.like(search).escape('\\')
            })))
            .and(when(
                (!filter.include_archived).then(|| users::archived_at.is_null()),
            ))
            .and(when(asks_skills.then(|| diesel::dsl::exists(skilled))))
            .and(when(asks_tags.then(|| diesel::dsl::exists(tagged)))),
    ))
}

/// By name.
pub async fn page(
    conn: &mut Conn,
    org_id: OrgId,
    filter: &UserFilter,
    page: &Page<User>,
) -> Result<Vec<User>> {
    let rows = users::table
        .filter(matching(org_id, filter))
        .filter(page.between())
        .order(page.order())
        .limit(page.limit())
        .select(User::columns());
    conn.load(rows).await
}

pub async fn count(conn: &mut Conn, org_id: OrgId, filter: &UserFilter) -> Result<i64> {
    conn.one(users::table.filter(matching(org_id, filter)).count())
        .await
}

/// Links the crew profile with this address to an account, if the profile has no account yet.
pub async fn link_account(
    conn: &mut Conn,
    org_id: OrgId,
    email: &str,
    account_id: AccountId,
) -> Result<()> {
    let profile = users::table
        .filter(users::org_id.eq(org_id))
        .filter(users::email.eq(email))
        .filter(users::account_id.is_null())
        .filter(users::archived_at.is_null());
    let linked = (
        users::account_id.eq(account_id),
        users::version.eq(users::version + 1),
    );
    conn.execute(diesel::update(profile).set(linked))
        .await
        .map(drop)
}
