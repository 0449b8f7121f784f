use super::super::repo::{self, Wanted};
use crate::access::{Member, Role};
use crate::domains::assignments::model::{OPEN, Overlaps};
use crate::domains::assignments::service::{Shown, overlaps_within};
use crate::domains::availability::model::AvailabilityKind;
use crate::domains::crew::model::User;
use crate::domains::missions;
use crate::error::{AppError, Result};
use crate::ids::{RoleId, UserId};
use crate::page;
use crate::state::AppState;
use crate::text;

/// How many overlaps of a candidate are shown.
const SHOWN: Shown = Shown {
    each: 20,
    most: usize::MAX,
};

/// A person who could take a place of a role.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub user: User,
    /// Whether they have the skill that the role needs.
    pub has_skill: bool,
    /// Whether they are AVAILABLE during the whole mission.
    pub available: bool,
    /// What they said about that time or a part of it, UNAVAILABLE first; `None` if they said nothing.
    pub availability: Option<AvailabilityKind>,
    /// Their INVITED and ACCEPTED assignments at the same time.
    pub overlaps: Overlaps,
}

/// People who could take a place of a role. Those with the skill come first, then those who are AVAILABLE, then those
/// who are free, then by name. Archived people, and people with an open assignment on the mission, are left out.
///
/// # Errors
/// `FORBIDDEN` below MANAGER; `NOT_FOUND`; `BAD_USER_INPUT` for more than 200.
pub async fn candidates(
    state: &AppState,
    who: Member,
    role_id: RoleId,
    first: i64,
) -> Result<Vec<Candidate>> {
    who.require(Role::Manager)?;
    if !(0..=page::MAX).contains(&first) {
        return Err(AppError::bad_input(
            "first",
            format!("Ask for 0 to {} rows.", page::MAX),
        ));
    }
    state
        .read(who, async |conn| {
            let role = missions::service::role_within(conn, who.org_id, role_id).await?;
            let mission =
                missions::service::missions_within(conn, who.org_id, &[role.mission_id]).await?;
            let mission = mission.into_iter().next().ok_or_else(AppError::not_found)?;
            let wanted = Wanted {
                org_id: who.org_id,
                mission_id: mission.id,
                interval: mission.interval(),
                skill: role.skill.as_deref().map(text::same),
            };
            let rows = repo::candidates(conn, &wanted, first).await?;
            let ids: Vec<UserId> = rows.iter().map(|row| row.user.id).collect();
            let (of, status) = (mission.interval(), &OPEN);
            let mut found = overlaps_within(conn, who.org_id, &ids, of, status, SHOWN).await?;
            let candidate = |row: repo::CandidateRow| Candidate {
                overlaps: found.remove(&row.user.id).unwrap_or_default(),
                has_skill: row.has_skill == Some(true),
                available: row.available == Some(true),
                availability: row.availability(),
                user: row.user,
            };
            Ok(rows.into_iter().map(candidate).collect())
        })
        .await
}
