//! The rules of the crew.

mod archive;
mod create;
mod link;
mod update;
mod vocabulary;

pub use archive::{ArchiveUser, archive_user};
pub use create::{CreateUser, create_user};
pub use link::link_account_within;
pub use update::{UpdateUser, update_user};

use std::collections::HashMap;

use super::model::{User, UserBrief, UserFilter};
use super::repo;
use crate::access::Member;
use crate::db::Conn;
use crate::error::{AppError, Result};
use crate::ids::{OrgId, UserId};
use crate::page::{Page, Slice};
use crate::state::AppState;
use crate::text::Label;
use crate::validate;

/// Longest phone number, in characters.
const PHONE: usize = 50;

/// Validates the address of a crew member. An empty one counts as none.
///
/// # Errors
/// `BAD_USER_INPUT` at `email`.
fn email(value: &str) -> Result<Option<String>> {
    match value.trim() {
        "" => Ok(None),
        value => validate::email("email", value).map(Some),
    }
}

/// Crew members by their ids.
pub async fn users(state: &AppState, who: Member, ids: &[UserId]) -> Result<Vec<User>> {
    state
        .read(who, async |conn| repo::by_ids(conn, who.org_id, ids).await)
        .await
}

/// Crew members by their ids, in brief.
pub async fn brief_users(state: &AppState, who: Member, ids: &[UserId]) -> Result<Vec<UserBrief>> {
    let read = state.read(who, async |conn| {
        repo::brief_by_ids(conn, who.org_id, ids).await
    });
    read.await
}

/// A page of the crew by name.
pub async fn list_users(
    state: &AppState,
    who: Member,
    filter: &UserFilter,
    page: &Page<User>,
) -> Result<Slice<User>> {
    let read = state.read(who, async |conn| {
        let rows = repo::page(conn, who.org_id, filter, page).await?;
        let total = page.total(repo::count(conn, who.org_id, filter)).await?;
        Ok(page.slice(rows, total))
    });
    read.await
}

/// The skills of people, sorted.
pub async fn skills(
    state: &AppState,
    who: Member,
    ids: &[UserId],
) -> Result<HashMap<UserId, Vec<String>>> {
    Ok(grouped(
        state
            .read(who, async |conn| repo::skills(conn, who.org_id, ids).await)
            .await?,
    ))
}

/// The tags of people, sorted.
pub async fn tags(
    state: &AppState,
    who: Member,
    ids: &[UserId],
) -> Result<HashMap<UserId, Vec<String>>> {
    Ok(grouped(
        state
            .read(who, async |conn| repo::tags(conn, who.org_id, ids).await)
            .await?,
    ))
}

fn grouped(rows: Vec<(UserId, String)>) -> HashMap<UserId, Vec<String>> {
    let mut groups: HashMap<UserId, Vec<String>> = HashMap::new();
    for (id, label) in rows {
        groups.entry(id).or_default().push(label);
    }
    groups
}

/// A crew member, in the caller's transaction.
///
/// # Errors
/// `NOT_FOUND`.
pub async fn user_within(conn: &mut Conn, org_id: OrgId, id: UserId) -> Result<User> {
    repo::by_ids(conn, org_id, &[id])
        .await?
        .pop()
        .ok_or_else(AppError::not_found)
}

/// Locks people in the caller's transaction, so that only one transaction at a time books each of them.
pub async fn lock_within(conn: &mut Conn, org_id: OrgId, ids: &[UserId]) -> Result<Vec<User>> {
    repo::lock(conn, org_id, ids).await
}

/// Locks people who are to be booked.
///
/// # Errors
/// `NOT_FOUND` at `field` if one of them is not in the organisation, `BAD_USER_INPUT` if one is archived.
pub async fn lock_for_booking_within(
    conn: &mut Conn,
    org_id: OrgId,
    ids: &[UserId],
    field: &str,
) -> Result<Vec<User>> {
    let users = lock_within(conn, org_id, ids).await?;
    if users.len() != ids.len() {
        return Err(AppError::not_found().at(field));
    }
    if users.iter().any(|user| user.archived_at.is_some()) {
        return Err(AppError::bad_input(
            field,
            "This person is archived and cannot be booked.",
        ));
    }
    Ok(users)
}

/// Those of the people who have a skill.
pub async fn skilled_within(
    conn: &mut Conn,
    org_id: OrgId,
    ids: &[UserId],
    skill: &Label,
) -> Result<Vec<UserId>> {
    repo::skilled(conn, org_id, ids, &skill.same).await
}

/// Writes a person as they are, without a check and without an entry of the audit log.
pub async fn import_within(
    conn: &mut Conn,
    user: &User,
    skills: &[Label],
    tags: &[Label],
) -> Result<()> {
    repo::insert(conn, user).await?;
    repo::insert_skills(conn, user, skills).await?;
    repo::insert_tags(conn, user, tags).await
}
