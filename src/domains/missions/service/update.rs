use super::super::model::Mission;
use super::super::repo;
use super::create::LOCATION;
use super::lock_for_planning_within;
use crate::access::{Member, Role};
use crate::db::Conn;
use crate::domains::audit::service::{Action, Change, record};
use crate::error::Result;
use crate::ids::MissionId;
use crate::patch::Patch;
use crate::state::AppState;
use crate::validate;

/// What to change in a mission. [`super::reschedule_mission`] changes its time.
#[derive(Clone, Debug)]
pub struct UpdateMission {
    pub id: MissionId,
    /// The version that the client has read, if it is to be compared.
    pub expected_version: Option<i32>,
    pub title: Patch<String>,
    pub description: Patch<String>,
    pub location: Patch<String>,
    /// IANA zone.
    pub timezone: Patch<String>,
}

/// Changes the texts and the time zone of a mission, also of one that is over or cancelled. An update that changes
/// nothing writes nothing.
///
/// # Errors
/// `FORBIDDEN` below MANAGER; `BAD_USER_INPUT`; `NOT_FOUND`; `MISSION_CLOSED` if the project is ARCHIVED;
/// `VERSION_CONFLICT`.
pub async fn update_mission(
    state: &AppState,
    who: Member,
    input: UpdateMission,
) -> Result<Mission> {
    who.require(Role::Manager)?;
    let title = input.title.text("title", validate::NAME)?;
    let description = input
        .description
        .optional_text("description", validate::TEXT)?;
    let location = input.location.optional_text("location", LOCATION)?;
    let zone = input.timezone.required("timezone")?;
    let zone = zone.map(|zone| validate::zone("timezone", &zone));
    let zone = zone.transpose()?;
    state
        .write(who, async |conn| {
            let before = lock_for_planning_within(conn, who.org_id, input.id, "id").await?;
            validate::version(input.expected_version, before.version)?;
            let now = state.clock.now();
            let after = Mission {
                title: title.clone().unwrap_or_else(|| before.title.clone()),
                description: description.clone().or(before.description.clone()),
                location: location.clone().or(before.location.clone()),
                timezone: zone.clone().unwrap_or_else(|| before.timezone.clone()),
                ..before.clone()
            };
            if after.facts() == before.facts() {
                return Ok(before);
            }
            let after = after.changed(now);
            let action = Action::of(who, "updateMission", now, &state.random);
            write_within(conn, action, &before, &after).await?;
            Ok(after)
        })
        .await
}

/// Writes a changed mission and its entry of the audit log. The mission is locked.
pub(super) async fn write_within(
    conn: &mut Conn,
    action: Action<'_>,
    before: &Mission,
    after: &Mission,
) -> Result<()> {
    let change = Change::new(after.id, before.facts(), after.facts());
    conn.both(
        async |conn| repo::update(conn, after).await,
        async |conn| record(conn, action, vec![change]).await,
    )
    .await
    .map(drop)
}
