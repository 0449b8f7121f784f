use std::collections::HashSet;

use super::super::model::{Warning, WarningCode, Warnings};
use super::lock::Place;
use crate::db::Conn;
use crate::domains::assignments::model::OPEN;
use crate::domains::assignments::service::{Shown, overlaps_within};
use crate::domains::{availability, crew};
use crate::error::Result;
use crate::ids::UserId;
use crate::text::Label;

/// Most warnings that are shown.
pub(super) const WARNINGS: usize = 200;

/// Possible problems of booking people, in the order of the people. Of each person, `each` overlaps are shown.
pub(super) async fn warnings(
    conn: &mut Conn,
    place: &Place,
    user_ids: &[UserId],
    each: usize,
) -> Result<Warnings> {
    let (org_id, time) = (place.mission.org_id, place.mission.interval());
    let most = WARNINGS;
    let shown = Shown { each, most };
    let (mut overlaps, (unavailable, skilled)) = conn
        .both(
            async |conn| overlaps_within(conn, org_id, user_ids, time, &OPEN, shown).await,
            async |conn| {
                let unavailable = availability::service::unavailable_within;
                conn.both(
                    async |conn| unavailable(conn, org_id, user_ids, time).await,
                    async |conn| skilled(conn, place, user_ids).await,
                )
                .await
            },
        )
        .await?;
    let unavailable: HashSet<UserId> = unavailable.into_iter().collect();
    let skilled: HashSet<UserId> = skilled.into_iter().collect();
    let mut warnings = Warnings::default();
    for user_id in user_ids {
        let overlaps = overlaps.remove(user_id).unwrap_or_default();
        let other = |code| Warning {
            code,
            user_id: *user_id,
            assignment: None,
        };
        let of_person = Warnings::of(overlaps);
        warnings.total += of_person.total;
        warnings.shown.extend(of_person.shown);
        if unavailable.contains(user_id) {
            warnings.total += 1;
            warnings.shown.push(other(WarningCode::Unavailable));
        }
        if !skilled.contains(user_id) {
            warnings.total += 1;
            warnings.shown.push(other(WarningCode::MissingSkill));
        }
    }
    warnings.shown.truncate(WARNINGS);
    Ok(warnings)
}

/// Of the people, those who have the skill that the role needs.
async fn skilled(conn: &mut Conn, place: &Place, user_ids: &[UserId]) -> Result<Vec<UserId>> {
    match &place.role.skill {
        None => Ok(user_ids.to_vec()),
        Some(skill) => {
            let (org_id, skill) = (place.mission.org_id, Label::new(skill.clone()));
            crew::service::skilled_within(conn, org_id, user_ids, &skill).await
        }
    }
}
