use std::collections::HashSet;

use super::super::model::{Warning, WarningCode, Warnings};
use crate::access::{Member, Role};
use crate::db::Conn;
use crate::db::types::Timestamp;
use crate::domains::assignments::model::{Assignment, AssignmentStatus, OPEN};
use crate::domains::assignments::service::{Shown, overlaps_within};
use crate::domains::audit::service::{Action, Change, record};
use crate::domains::invitations::service::Issued;
use crate::domains::missions::model::{Mission, MissionRole};
use crate::domains::{assignments, availability, crew, invitations, missions, outbox, projects};
use crate::error::{AppError, ErrorCode, Result};
use crate::ids::{RoleId, UserId};
use crate::state::AppState;
use crate::text::Label;
use crate::validate;

/// Most warnings that are shown.
const WARNINGS: usize = 200;
/// Most overlaps of one person among them, so that the others are heard too.
const OVERLAPS: usize = 5;

/// The people to invite, and the role.
#[derive(Clone, Debug)]
pub struct InviteToMission {
    pub role_id: RoleId,
    pub user_ids: Vec<UserId>,
}

/// Somebody who was invited.
#[derive(Clone, Debug)]
pub struct Invited {
    /// The new assignment, which waits for an answer.
    pub assignment: Assignment,
    /// The invitation to it, with its token.
    pub issued: Issued,
}

/// The people who were invited.
#[derive(Clone, Debug)]
pub struct InvitedToMission {
    /// One for each, in the order of the input.
    pub invited: Vec<Invited>,
    /// Possible problems, which do not prevent the invitations.
    pub warnings: Warnings,
}

/// Invites people to a role. If one of them cannot be invited, nobody is. There may be more people than places.
///
/// # Errors
/// `FORBIDDEN` below MANAGER; `NOT_FOUND`; `BAD_USER_INPUT`; `MISSION_CLOSED`; `ALREADY_ASSIGNED`.
pub async fn invite_to_mission(
    state: &AppState,
    who: Member,
    input: InviteToMission,
) -> Result<InvitedToMission> {
    who.require(Role::Manager)?;
    validate::not_empty("userIds", &input.user_ids)?;
    let mut user_ids = input.user_ids.clone();
    user_ids.sort_unstable();
    user_ids.dedup();
    if user_ids.len() != input.user_ids.len() {
        return Err(AppError::bad_input(
            "userIds",
            "The list names a person twice. Name each person once.",
        ));
    }
    let made = state
        .write(who, async |conn| {
            let now = state.clock.now();
            let role = missions::service::role_within(conn, who.org_id, input.role_id).await?;
            let keep = projects::service::keep_for_booking_within;
            let project = keep(conn, who.org_id, role.mission_id).await?;
            crew::service::lock_for_booking_within(conn, who.org_id, &user_ids, "userIds").await?;
            let mission = missions::service::lock_within(conn, who.org_id, role.mission_id).await?;
            missions::service::check_open(&mission, &project, now)?;
            // Somebody may have changed the role before its mission was locked, or deleted it.
            let role = missions::service::role_within(conn, who.org_id, input.role_id).await?;
            refuse_booked(conn, &mission, &input.user_ids).await?;
            let warnings = warnings(conn, &mission, &role, &input.user_ids).await?;

            let invited: Vec<Invited> = input
                .user_ids
                .iter()
                .map(|id| invited(state, who, (&mission, &role), *id, now))
                .collect();
            let rows: Vec<_> = invited.iter().map(|row| row.assignment.clone()).collect();
            let letters: Vec<_> = invited
                .iter()
                .map(|row| row.issued.invitation.clone())
                .collect();
            assignments::service::insert_within(conn, &rows, mission.interval()).await?;
            invitations::service::insert_within(conn, &letters).await?;
            let changes = rows.iter().map(|row| Change::created(row.id, row.facts()));
            let action = Action::of(who, "inviteToMission", now, &state.random);
            record(conn, action, changes.collect()).await?;
            let mails: Vec<_> = invited
                .iter()
                .map(|row| (&row.assignment, row.issued.link()))
                .collect();
            outbox::service::invited_within(conn, action, &mails, None).await?;
            Ok(InvitedToMission { invited, warnings })
        })
        .await?;
    state.mail_waits.notify_one();
    Ok(made)
}

fn invited(
    state: &AppState,
    who: Member,
    (mission, role): (&Mission, &MissionRole),
    user_id: UserId,
    now: Timestamp,
) -> Invited {
    let assignment = Assignment {
        id: state.random.id(now),
        org_id: mission.org_id,
        mission_id: mission.id,
        role_id: role.id,
        user_id,
        status: AssignmentStatus::Invited,
        reason: None,
        invited_by: Some(who.account_id),
        invited_at: now,
        responded_at: None,
        created_at: now,
        updated_at: now,
    };
    let issued = invitations::service::issue(state, &assignment, mission.starts_at, now);
    Invited { assignment, issued }
}

async fn refuse_booked(conn: &mut Conn, mission: &Mission, user_ids: &[UserId]) -> Result<()> {
    let (org_id, booked) = (mission.org_id, assignments::service::booked_within);
    let booked = booked(conn, org_id, mission.id, user_ids).await?;
    match user_ids.iter().position(|id| booked.contains(id)) {
        None => Ok(()),
        Some(i) => {
            let message = "This person already has an open assignment on the mission.";
            Err(AppError::new(ErrorCode::AlreadyAssigned, message).at(format!("userIds.{i}")))
        }
    }
}

/// Possible problems.
async fn warnings(
    conn: &mut Conn,
    mission: &Mission,
    role: &MissionRole,
    user_ids: &[UserId],
) -> Result<Warnings> {
    let (org_id, interval) = (mission.org_id, mission.interval());
    let shown = Shown {
        each: OVERLAPS,
        most: WARNINGS,
    };
    let mut overlaps = overlaps_within(conn, org_id, user_ids, interval, &OPEN, shown).await?;
    let unavailable =
        availability::service::unavailable_within(conn, org_id, user_ids, interval).await?;
    let skilled = match &role.skill {
        None => user_ids.to_vec(),
        Some(skill) => {
            let skill = Label::new(skill.clone());
            crew::service::skilled_within(conn, org_id, user_ids, &skill).await?
        }
    };
    let (unavailable, skilled) = (
        HashSet::<_>::from_iter(unavailable),
        HashSet::<_>::from_iter(skilled),
    );
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
