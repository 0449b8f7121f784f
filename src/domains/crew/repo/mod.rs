mod labels;

use diesel::prelude::*;

pub use labels::{
    Spelling, delete_skills, delete_tags, insert_skills, insert_tags, skilled, skills,
    spellings_of_skills, spellings_of_tags, tags,
};

use super::model::{User, UserBrief, UserFilter};
use crate::db::dsl::{Columns, Condition, for_update, when};
use crate::db::schema::{accounts, user_skills, user_tags, users};
use crate::db::{AnyOf as _, Conn};
use crate::error::{AppError, ErrorCode, Result};
use crate::ids::{AccountId, OrgId, UserId};
use crate::page::Page;

pub async fn insert(conn: &mut Conn, user: &User) -> Result<()> {
    let insert = diesel::insert_into(users::table).values(user);
    conn.execute(insert).await.map(drop).map_err(taken)
}

/// Writes all that can change but the account.
pub async fn update(conn: &mut Conn, user: &User) -> Result<()> {
    let changed = (
        users::display_name.eq(&user.display_name),
        users::display_name_folded.eq(&user.display_name_folded),
        users::email.eq(&user.email),
        users::phone.eq(&user.phone),
        users::archived_at.eq(user.archived_at),
        users::version.eq(user.version),
    );
    let update = diesel::update(users::table.find((user.org_id, user.id))).set(changed);
    conn.execute(update).await.map(drop).map_err(taken)
}

fn taken(error: AppError) -> AppError {
    error.if_taken("users_org_id_email_key", || {
        let message = "Another crew member has this e-mail address.";
        AppError::new(ErrorCode::AlreadyExists, message).at("email")
    })
}

/// The address that the person signs in with.
pub async fn email_of_account(conn: &mut Conn, user: &User) -> Result<Option<String>> {
    let email = accounts::table
        .filter(accounts::id.nullable().eq(user.account_id))
        .select(accounts::email);
    conn.opt(email).await
}

pub async fn by_ids(conn: &mut Conn, org_id: OrgId, ids: &[UserId]) -> Result<Vec<User>> {
    let rows = users::table
        .filter(users::org_id.eq(org_id))
        .filter(users::id.any_of(ids))
        .select(User::columns());
    conn.load(rows).await
}

pub async fn brief_by_ids(
    conn: &mut Conn,
    org_id: OrgId,
    ids: &[UserId],
) -> Result<Vec<UserBrief>> {
    let rows = users::table
        .filter(users::org_id.eq(org_id))
        .filter(users::id.any_of(ids))
        .select(UserBrief::columns());
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

/// The profile with this address, unless it is archived, and the one of this account.
pub async fn of_address_or_account(
    conn: &mut Conn,
    org_id: OrgId,
    email: &str,
    account_id: AccountId,
) -> Result<Vec<UserId>> {
    let of_address = users::table
        .filter(users::org_id.eq(org_id))
        .filter(users::email.eq(email))
        .filter(users::archived_at.is_null())
        .select(users::id);
    let of_account = users::table
        .filter(users::org_id.eq(org_id))
        .filter(users::account_id.eq(account_id))
        .select(users::id);
    let (mut ids, own): (Vec<UserId>, Vec<UserId>) = conn
        .both(
            async |conn| conn.load(of_address).await,
            async |conn| conn.load(of_account).await,
        )
        .await?;
    ids.extend(own);
    Ok(ids)
}

pub async fn set_account(
    conn: &mut Conn,
    user: &User,
    account_id: Option<AccountId>,
) -> Result<()> {
    let changed = (
        users::account_id.eq(account_id),
        users::version.eq(user.version + 1),
    );
    let update = diesel::update(users::table.find((user.org_id, user.id))).set(changed);
    conn.execute(update).await.map(drop)
}
