use super::{NewOrg, check_org, insert_org_within};
use crate::access::{Member, Requester, Role};
use crate::domains::audit::service::{Action, Change, record};
use crate::domains::orgs::model::{Language, Org};
use crate::domains::orgs::repo;
use crate::domains::throttle::service::{NEW_ORG, attempt};
use crate::error::Result;
use crate::state::AppState;
use crate::validate;

/// Creates another organisation, which the requester owns. Their session stays in its organisation.
///
/// # Errors
/// `BAD_USER_INPUT`; `RATE_LIMITED`.
pub async fn create_org(state: &AppState, who: &Requester, input: NewOrg) -> Result<Org> {
    let checked = check_org(&input, "name")?;
    attempt(state, NEW_ORG, &who.account_id.to_string()).await?;
    state
        .db
        .write(async |conn| {
            let now = state.clock.now();
            let owner = who.account_id;
            let founded =
                insert_org_within(conn, checked.clone(), owner, now, &state.random).await?;
            let action = Action::new(founded.org.id, Some(owner), "createOrg", now, &state.random);
            record(conn, action, founded.changes()).await?;
            Ok(founded.org)
        })
        .await
}

/// Changes to the organisation. A field that is `None` stays the same.
#[derive(Clone, Debug, Default)]
pub struct UpdateOrg {
    pub name: Option<String>,
    /// Its IANA zone.
    pub timezone: Option<String>,
    /// The language of its mail.
    pub language: Option<Language>,
}

/// Changes the settings of the organisation. Existing missions keep their time zone.
///
/// # Errors
/// `FORBIDDEN` below ADMIN; `BAD_USER_INPUT`.
pub async fn update_org(state: &AppState, who: Member, input: UpdateOrg) -> Result<Org> {
    who.require(Role::Admin)?;
    let name = input
        .name
        .map(|name| validate::text("name", &name, validate::NAME))
        .transpose()?;
    let timezone = input
        .timezone
        .map(|zone| validate::zone("timezone", &zone))
        .transpose()?;
    state
        .write(who, async |conn| {
            let before = repo::lock(conn, who.org_id).await?;
            let mut after = before.clone();
            if let Some(name) = &name {
                after.name.clone_from(name);
            }
            if let Some(timezone) = &timezone {
                after.timezone.clone_from(timezone);
            }
            after.language = input.language.unwrap_or(before.language);
            if after.facts() == before.facts() {
                return Ok(before);
            }
            repo::update(conn, &after).await?;
            let now = state.clock.now();
            let change = Change::new(after.id, before.facts(), after.facts());
            record(
                conn,
                Action::of(who, "updateOrg", now, &state.random),
                vec![change],
            )
            .await?;
            Ok(after)
        })
        .await
}
