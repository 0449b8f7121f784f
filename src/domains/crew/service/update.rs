use super::vocabulary::{skills_within, tags_within};
use super::{PHONE, email};
use crate::access::{Member, Role, forbidden};
use crate::db::Conn;
use crate::domains::audit::service::{Action, Change, record};
use crate::domains::crew::model::User;
use crate::domains::crew::repo;
use crate::error::{AppError, ErrorCode, Result};
use crate::ids::UserId;
use crate::patch::Patch;
use crate::state::AppState;
use crate::text::{self, Label};
use crate::validate;

/// Changes of a crew member.
#[derive(Clone, Debug)]
pub struct UpdateUser {
    pub id: UserId,
    /// The version that the client has read, if it is to be checked.
    pub expected_version: Option<i32>,
    pub display_name: Patch<String>,
    pub email: Patch<String>,
    pub phone: Patch<String>,
    /// All skills that the person has from now on.
    pub skills: Patch<Vec<String>>,
    /// All tags that the person has from now on.
    pub tags: Patch<Vec<String>>,
}

/// The same, validated. What is `None` stays the same.
#[derive(Clone)]
struct Checked {
    display_name: Option<String>,
    email: Patch<String>,
    phone: Patch<String>,
    skills: Option<Vec<Label>>,
    tags: Option<Vec<Label>>,
}

/// Changes a crew member. Archived people can be changed too, so that their contact data can be corrected or removed.
/// If nothing differs, nothing is written.
///
/// # Errors
/// `FORBIDDEN` unless MANAGER or the person, and for the person at `tags` and at an `email` that is not the one they
/// sign in with; `NOT_FOUND`; `BAD_USER_INPUT`; `VERSION_CONFLICT`; `ALREADY_EXISTS` when another has the address.
pub async fn update_user(state: &AppState, who: Member, input: UpdateUser) -> Result<User> {
    who.manages_or_is(input.id)?;
    if !who.is(Role::Manager) && input.tags != Patch::Keep {
        return Err(forbidden().at("tags"));
    }
    let (id, expected) = (input.id, input.expected_version);
    let checked = Checked::of(input)?;
    state
        .write(who, async |conn| {
            let before = repo::lock(conn, who.org_id, &[id]).await?.pop();
            let before = before.ok_or_else(|| AppError::not_found().at("id"))?;
            validate::version(expected, before.version)?;
            let (skills, tags) = conn
                .both(
                    async |conn| new_skills(conn, &before, checked.skills.as_deref()).await,
                    async |conn| new_tags(conn, &before, checked.tags.as_deref()).await,
                )
                .await?;
            let after = checked.clone().apply(&before);
            let facts = before.facts(&skills.before, &tags.before);
            if after.facts(&skills.after, &tags.after) == facts {
                return Ok(before);
            }
            check_own_email(conn, who, &before, &after).await?;
            let change = Change::new(id, facts, after.facts(&skills.after, &tags.after));
            let action = Action::of(who, "updateUser", state.clock.now(), &state.random);
            repo::update(conn, &after).await?;
            conn.both(
                async |conn| write_labels(conn, &after, &skills, &tags).await,
                async |conn| record(conn, action, vec![change]).await,
            )
            .await?;
            Ok(after)
        })
        .await
}

impl Checked {
    fn of(input: UpdateUser) -> Result<Self> {
        Ok(Self {
            display_name: input.display_name.text("displayName", validate::NAME)?,
            email: match input.email {
                Patch::Set(address) => email(&address)?.map_or(Patch::Clear, Patch::Set),
                other => other,
            },
            phone: input.phone.optional_text("phone", PHONE)?,
            skills: labels("skills", input.skills)?,
            tags: labels("tags", input.tags)?,
        })
    }

    /// The row after the changes, with the next version.
    fn apply(self, before: &User) -> User {
        let display_name = self
            .display_name
            .unwrap_or_else(|| before.display_name.clone());
        User {
            display_name_folded: text::fold(&display_name),
            display_name,
            email: self.email.or(before.email.clone()),
            phone: self.phone.or(before.phone.clone()),
            version: before.version + 1,
            ..before.clone()
        }
    }
}

/// The new skills or tags; `None` if they stay the same.
fn labels(field: &str, input: Patch<Vec<String>>) -> Result<Option<Vec<Label>>> {
    match input {
        Patch::Keep => Ok(None),
        Patch::Clear => Ok(Some(Vec::new())),
        Patch::Set(labels) => validate::labels(field, &labels).map(Some),
    }
}

/// Somebody below MANAGER may set the address of their own profile only to the one that they sign in with. Links that
/// answer invitations are mailed to it, and a refusal would tell which addresses their colleagues have.
async fn check_own_email(conn: &mut Conn, who: Member, before: &User, after: &User) -> Result<()> {
    if who.is(Role::Manager) || after.email.is_none() || after.email == before.email {
        return Ok(());
    }
    if repo::email_of_account(conn, before).await? == after.email {
        return Ok(());
    }
    let message =
        "You can only enter the address that you sign in with. Ask a manager to enter another one.";
    Err(AppError::new(ErrorCode::Forbidden, message).at("email"))
}

/// The skills or tags of a person, or nothing at all if they stay the same.
#[derive(Default)]
struct Labels {
    before: Vec<Label>,
    after: Vec<Label>,
}

async fn new_skills(conn: &mut Conn, user: &User, new: Option<&[Label]>) -> Result<Labels> {
    let Some(new) = new else {
        return Ok(Labels::default());
    };
    let before = own(repo::skills(conn, user.org_id, &[user.id]).await?);
    let after = skills_within(conn, user.org_id, new, &before).await?;
    Ok(Labels { before, after })
}

async fn new_tags(conn: &mut Conn, user: &User, new: Option<&[Label]>) -> Result<Labels> {
    let Some(new) = new else {
        return Ok(Labels::default());
    };
    let before = own(repo::tags(conn, user.org_id, &[user.id]).await?);
    let after = tags_within(conn, user.org_id, new, &before).await?;
    Ok(Labels { before, after })
}

fn own(rows: Vec<(UserId, String)>) -> Vec<Label> {
    rows.into_iter().map(|(_, text)| Label::new(text)).collect()
}

async fn write_labels(conn: &mut Conn, user: &User, skills: &Labels, tags: &Labels) -> Result<()> {
    conn.both(
        async |conn| {
            if skills.before == skills.after {
                return Ok(());
            }
            repo::delete_skills(conn, user).await?;
            repo::insert_skills(conn, user, &skills.after).await
        },
        async |conn| {
            if tags.before == tags.after {
                return Ok(());
            }
            repo::delete_tags(conn, user).await?;
            repo::insert_tags(conn, user, &tags.after).await
        },
    )
    .await
    .map(drop)
}
