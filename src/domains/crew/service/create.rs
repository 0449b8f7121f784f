use super::vocabulary::{skills_within, tags_within};
use super::{PHONE, email};
use crate::access::{Member, Role};
use crate::domains::audit::service::{Action, Change, record};
use crate::domains::crew::model::User;
use crate::domains::crew::repo;
use crate::error::Result;
use crate::state::AppState;
use crate::text;
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
    let email = input.email.as_deref().map_or(Ok(None), email)?;
    let phone = validate::optional("phone", input.phone.as_deref(), PHONE)?;
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
            let (skills, tags) = conn
                .both(
                    async |conn| skills_within(conn, who.org_id, &skills, &[]).await,
                    async |conn| tags_within(conn, who.org_id, &tags, &[]).await,
                )
                .await?;
            repo::insert(conn, &user).await?;
            let change = Change::created(user.id, user.facts(&skills, &tags));
            let action = Action::of(who, "createUser", now, &state.random);
            conn.both(
                async |conn| {
                    repo::insert_skills(conn, &user, &skills).await?;
                    repo::insert_tags(conn, &user, &tags).await
                },
                async |conn| record(conn, action, vec![change]).await,
            )
            .await?;
            Ok(user)
        })
        .await
}
