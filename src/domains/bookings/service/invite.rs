use super::super::model::Warnings;
use super::lock::lock_place;
use super::warnings::warnings;
use crate::access::{Member, Role};
use crate::domains::assignments::model::{Assignment, AssignmentStatus};
use crate::domains::audit::service::{Action, Change, record};
use crate::domains::invitations::service::{Issued, insert_within, issue};
use crate::domains::{assignments, outbox};
use crate::error::{AppError, Result};
use crate::ids::{RoleId, UserId};
use crate::state::AppState;
use crate::validate;

/// Most overlaps of one person among the warnings, so that the others are heard too.
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
            let people = (&*user_ids, "userIds");
            let place = lock_place(conn, who.org_id, input.role_id, people, now).await?;
            let field = |i| format!("userIds.{i}");
            place.refuse_booked(conn, &input.user_ids, field).await?;
            let warnings = warnings(conn, &place, &input.user_ids, OVERLAPS).await?;

            let action = Action::of(who, "inviteToMission", now, &state.random);
            let invited = |id: &UserId| {
                let assignment = place.assignment(action, *id, AssignmentStatus::Invited);
                let issued = issue(state, &assignment, place.mission.starts_at, now);
                Invited { assignment, issued }
            };
            let invited: Vec<Invited> = input.user_ids.iter().map(invited).collect();
            let rows: Vec<_> = invited.iter().map(|row| row.assignment.clone()).collect();
            let letters: Vec<_> = invited
                .iter()
                .map(|row| row.issued.invitation.clone())
                .collect();
            let time = place.mission.interval();
            let with_time: Vec<_> = rows.iter().map(|row| (row, time)).collect();
            assignments::service::insert_within(conn, &with_time).await?;
            insert_within(conn, &letters).await?;
            let changes = rows.iter().map(|row| Change::created(row.id, row.facts()));
            record(conn, action, changes.collect()).await?;
            let mails: Vec<_> = invited
                .iter()
                .map(|row| (&row.assignment, row.issued.link()))
                .collect();
            outbox::service::invited_within(conn, action, &mails).await?;
            Ok(InvitedToMission { invited, warnings })
        })
        .await?;
    state.mail_waits.notify_one();
    Ok(made)
}
