use crate::access::Member;
use crate::db::Conn;
use crate::db::types::Timestamp;
use crate::domains::assignments::model::{Assignment, AssignmentStatus};
use crate::domains::audit::service::Action;
use crate::domains::missions::model::{Mission, MissionRole};
use crate::domains::projects::model::Project;
use crate::domains::{assignments, crew, missions, projects};
use crate::error::{AppError, ErrorCode, Result};
use crate::ids::{AssignmentId, OrgId, RoleId, UserId};

/// An assignment with its mission and project, all of them locked.
pub(super) struct Locked {
    pub assignment: Assignment,
    pub mission: Mission,
    pub project: Project,
}

/// Locks an assignment that is the requester's own, or that they manage.
pub(super) async fn of_requester(
    conn: &mut Conn,
    who: Member,
    id: AssignmentId,
    field: &str,
) -> Result<Locked> {
    let found = assignments::service::assignment_within(conn, who.org_id, id).await;
    let assignment = found.map_err(|error| error.at(field))?;
    who.manages_or_is(assignment.user_id)?;
    lock(conn, &assignment).await
}

/// Locks the rows that a step depends on: the project, the person, the mission, then the assignment, always in this
/// order. So if a person accepts two overlapping missions at the same moment, or two people accept the last place, the
/// second transaction sees the first. The project is shared: only who archives it waits.
pub(super) async fn lock(conn: &mut Conn, assignment: &Assignment) -> Result<Locked> {
    let (org_id, mission_id) = (assignment.org_id, assignment.mission_id);
    let project = projects::service::keep_for_booking_within(conn, org_id, mission_id).await?;
    crew::service::lock_within(conn, org_id, &[assignment.user_id]).await?;
    let mission = missions::service::lock_within(conn, org_id, mission_id).await?;
    let assignment = assignments::service::lock_within(conn, org_id, assignment.id).await?;
    Ok(Locked {
        assignment,
        mission,
        project,
    })
}

/// A role in which somebody is to be booked, and its mission. The project, the people and the mission are locked.
pub(super) struct Place {
    pub role: MissionRole,
    pub mission: Mission,
}

/// Locks what a booking depends on, in the same order as [`lock`].
///
/// # Errors
/// `NOT_FOUND` at `roleId`, or at `field` for the people; `BAD_USER_INPUT` there if one is archived; `MISSION_CLOSED`.
pub(super) async fn lock_place(
    conn: &mut Conn,
    org_id: OrgId,
    role_id: RoleId,
    (user_ids, field): (&[UserId], &str),
    now: Timestamp,
) -> Result<Place> {
    let role = missions::service::role_within(conn, org_id, role_id).await?;
    let mission_id = role.mission_id;
    let project = projects::service::keep_for_booking_within(conn, org_id, mission_id).await?;
    crew::service::lock_for_booking_within(conn, org_id, user_ids, field).await?;
    let mission = missions::service::lock_within(conn, org_id, mission_id).await?;
    missions::service::check_open(&mission, &project, now)?;
    // Somebody may have changed the role before its mission was locked, or deleted it.
    let role = missions::service::role_within(conn, org_id, role_id).await?;
    Ok(Place { role, mission })
}

impl Place {
    /// Refuses people who are INVITED or ACCEPTED on the mission.
    ///
    /// # Errors
    /// `ALREADY_ASSIGNED` at the field of the first of them, which `field` names by their place in the list.
    pub async fn refuse_booked(
        &self,
        conn: &mut Conn,
        user_ids: &[UserId],
        field: impl Fn(usize) -> String,
    ) -> Result<()> {
        let (org_id, id) = (self.mission.org_id, self.mission.id);
        let booked = assignments::service::booked_within(conn, org_id, id, user_ids).await?;
        let Some(place) = user_ids.iter().position(|id| booked.contains(id)) else {
            return Ok(());
        };
        let message = "This person already has an open assignment on the mission.";
        Err(AppError::new(ErrorCode::AlreadyAssigned, message).at(field(place)))
    }

    /// A new assignment to the place, made by an action.
    pub fn assignment(
        &self,
        action: Action<'_>,
        user_id: UserId,
        status: AssignmentStatus,
    ) -> Assignment {
        let now = action.at;
        Assignment {
            id: action.random.id(now),
            org_id: self.mission.org_id,
            mission_id: self.mission.id,
            role_id: self.role.id,
            user_id,
            status,
            reason: None,
            invited_by: action.actor_id,
            invited_at: now,
            responded_at: None,
            created_at: now,
            updated_at: now,
        }
    }
}
