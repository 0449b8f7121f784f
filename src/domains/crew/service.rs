//! The rules of the crew.

use std::collections::HashMap;

use super::model::User;
use super::repo;
use crate::access::{Member, Role, forbidden};
use crate::db::Conn;
use crate::db::types::Id;
use crate::domains::audit::service::{Action, Change, record};
use crate::domains::validate::{self, Label};
use crate::error::{AppError, Result};
use crate::ids::Kind;
use crate::page::{Page, Slice};
use crate::state::State;
use crate::text;

/// A crew member to be made.
#[derive(Clone, Debug, Default)]
pub struct CreateUser {
    /// How the person is called.
    pub display_name: String,
    /// E-mail address.
    pub email: Option<String>,
    /// Telephone number, as people write it.
    pub phone: Option<String>,
    /// What the person can do.
    pub skills: Vec<String>,
    /// How the organisation sorts its people.
    pub tags: Vec<String>,
}

/// Which people to list.
#[derive(Clone, Debug, Default)]
pub struct UserFilter {
    /// A `LIKE` pattern on the folded name.
    pub search: Option<String>,
    /// Folded; any of them. Empty: all people.
    pub skills: Vec<String>,
    /// Folded; any of them. Empty: all people.
    pub tags: Vec<String>,
    /// Also those who are no longer booked.
    pub include_archived: bool,
}

/// Makes a crew member.
///
/// # Errors
/// `FORBIDDEN` below MANAGER; `BAD_USER_INPUT`; `ALREADY_EXISTS` when another has the address.
pub async fn create_user(state: &State, who: Member, input: CreateUser) -> Result<User> {
    if !who.is(Role::Manager) {
        return Err(forbidden());
    }
    let display_name = validate::text("displayName", &input.display_name, validate::NAME)?;
    let email = match input.email.as_deref().map(str::trim) {
        None | Some("") => None,
        Some(email) => Some(validate::email("email", email)?),
    };
    let phone = validate::optional("phone", input.phone.as_deref(), 50)?;
    let skills = validate::labels("skills", &input.skills)?;
    let tags = validate::labels("tags", &input.tags)?;
    state
        .db
        .within(who.org_id)
        .write(async |conn| {
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
            let change = Change::created(Kind::User, user.id, user.facts(&skills, &tags));
            let action = Action::of(who, "createUser", now, &state.random);
            record(conn, action, vec![change]).await?;
            Ok(user)
        })
        .await
}

/// Crew members by their ids.
///
/// # Errors
/// The database's.
pub async fn users(state: &State, who: Member, ids: &[Id]) -> Result<Vec<User>> {
    state
        .db
        .within(who.org_id)
        .read(async |conn| repo::by_ids(conn, who.org_id, ids).await)
        .await
}

/// A page of the crew by name, and how many there are in all if that is asked.
///
/// # Errors
/// The database's.
pub async fn list_users(
    state: &State,
    who: Member,
    filter: &UserFilter,
    page: &Page<String>,
    count: bool,
) -> Result<(Slice<User>, i64)> {
    state
        .db
        .within(who.org_id)
        .read(async |conn| {
            let rows = repo::page(conn, who.org_id, filter, page).await?;
            let total = if count {
                repo::count(conn, who.org_id, filter).await?
            } else {
                0
            };
            Ok((page.cut(rows), total))
        })
        .await
}

/// The skills of people, sorted.
///
/// # Errors
/// The database's.
pub async fn skills(state: &State, who: Member, ids: &[Id]) -> Result<HashMap<Id, Vec<String>>> {
    Ok(grouped(
        state
            .db
            .within(who.org_id)
            .read(async |conn| repo::skills(conn, who.org_id, ids).await)
            .await?,
    ))
}

/// The tags of people, sorted.
///
/// # Errors
/// The database's.
pub async fn tags(state: &State, who: Member, ids: &[Id]) -> Result<HashMap<Id, Vec<String>>> {
    Ok(grouped(
        state
            .db
            .within(who.org_id)
            .read(async |conn| repo::tags(conn, who.org_id, ids).await)
            .await?,
    ))
}

fn grouped(rows: Vec<(Id, String)>) -> HashMap<Id, Vec<String>> {
    let mut groups: HashMap<Id, Vec<String>> = HashMap::new();
    for (id, label) in rows {
        groups.entry(id).or_default().push(label);
    }
    groups
}

/// A crew member, in the caller's transaction.
///
/// # Errors
/// `NOT_FOUND`.
pub async fn user(conn: &mut Conn, org_id: Id, id: Id) -> Result<User> {
    repo::by_ids(conn, org_id, &[id])
        .await?
        .pop()
        .ok_or_else(AppError::not_found)
}

/// Locks people in the caller's transaction, so that each is booked once at a time.
///
/// # Errors
/// The database's.
pub async fn lock(conn: &mut Conn, org_id: Id, ids: &[Id]) -> Result<Vec<User>> {
    repo::lock(conn, org_id, ids).await
}

/// Locks people who are to be booked.
///
/// # Errors
/// `NOT_FOUND` at `field` if one of them is not in the organisation, `BAD_USER_INPUT` if one is archived.
pub async fn lock_for_booking(
    conn: &mut Conn,
    org_id: Id,
    ids: &[Id],
    field: &str,
) -> Result<Vec<User>> {
    let users = lock(conn, org_id, ids).await?;
    if users.len() != ids.len() {
        return Err(AppError::not_found().at(field));
    }
    if users.iter().any(|user| user.archived_at.is_some()) {
        return Err(AppError::bad_input(field, "This person is archived."));
    }
    Ok(users)
}

/// Those of the people who have a skill.
///
/// # Errors
/// The database's.
pub async fn skilled(conn: &mut Conn, org_id: Id, ids: &[Id], skill: &Label) -> Result<Vec<Id>> {
    repo::skilled(conn, org_id, ids, &skill.same).await
}

/// Gives the crew profile with this address, if there is one that is nobody's, to an account that joins.
///
/// # Errors
/// The database's.
pub async fn link_account(conn: &mut Conn, org_id: Id, email: &str, account_id: Id) -> Result<()> {
    repo::link_account(conn, org_id, email, account_id).await
}
