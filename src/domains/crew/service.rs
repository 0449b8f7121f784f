//! The rules of the crew.

use std::collections::HashMap;

use super::model::{User, UserFilter};
use super::repo;
use crate::access::{Member, Role};
use crate::db::Conn;
use crate::domains::audit::service::{Action, Change, record};
use crate::error::{AppError, Result};
use crate::ids::{AccountId, OrgId, UserId};
use crate::page::{Page, Slice};
use crate::state::AppState;
use crate::text;
use crate::text::Label;
use crate::validate;

/// A crew member to be made.
#[derive(Clone, Debug, Default)]
pub struct CreateUser {
    /// The name of the person.
    pub display_name: String,
    pub email: Option<String>,
    /// Telephone number, as people write it.
    pub phone: Option<String>,
    /// What the person can do.
    pub skills: Vec<String>,
    /// The tags that the organisation gives the person.
    pub tags: Vec<String>,
}

/// Makes a crew member.
///
/// # Errors
/// `FORBIDDEN` below MANAGER; `BAD_USER_INPUT`; `ALREADY_EXISTS` when another has the address.
pub async fn create_user(state: &AppState, who: Member, input: CreateUser) -> Result<User> {
    who.require(Role::Manager)?;
    let display_name = validate::text("displayName", &input.display_name, validate::NAME)?;
    let email = match input.email.as_deref().map(str::trim) {
        None | Some("") => None,
        Some(email) => Some(validate::email("email", email)?),
    };
    let phone = validate::optional("phone", input.phone.as_deref(), 50)?;
    let skills = validate::labels("skills", &input.skills)?;
    let tags = validate::labels("tags", &input.tags)?;
    state
        .write(who, async |conn| {
            let now = state.clock.now();
            let user = User {
                id: state.random.id(now),
                org_id: who.org_id,
                account_id: None,
                display_name_folded: text::fold(&display_name),
                display_name: display_name.clone(),
                email: email.clone(),
                phone: phone.clone(),
                archived_at: None,
                created_at: now,
                version: 1,
            };
            repo::insert(conn, &user).await?;
            repo::insert_skills(conn, &user, &skills).await?;
            repo::insert_tags(conn, &user, &tags).await?;
            let change = Change::created(user.id, user.facts(&skills, &tags));
            let action = Action::of(who, "createUser", now, &state.random);
            record(conn, action, vec![change]).await?;
            Ok(user)
        })
        .await
}

/// Crew members by their ids.
pub async fn users(state: &AppState, who: Member, ids: &[UserId]) -> Result<Vec<User>> {
    state
        .read(who, async |conn| repo::by_ids(conn, who.org_id, ids).await)
        .await
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

/// Links the crew profile with this address to the account that joins, if there is such a profile without an account.
pub async fn link_account_within(
    conn: &mut Conn,
    org_id: OrgId,
    email: &str,
    account_id: AccountId,
) -> Result<()> {
    repo::link_account(conn, org_id, email, account_id).await
}
