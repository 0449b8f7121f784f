//! Rows of assignments.

use async_graphql::Enum;
use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::db::schema::assignments;
use crate::db::types::{Timestamp, text_enum};
use crate::extent::Parts;
use crate::ids::{AccountId, AssignmentId, Entity, MissionId, OrgId, ProjectId, RoleId, UserId};
use crate::interval::Interval;
use crate::page::{Listed, Position};

/// The status of an assignment. DECLINED and CANCELLED are final. Inviting the person again creates a new assignment.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Enum, FromSqlRow, AsExpression,
)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub enum AssignmentStatus {
    /// The person was invited and has not answered.
    Invited,
    /// The person accepted.
    Accepted,
    /// The person declined.
    Declined,
    /// The assignment was cancelled.
    Cancelled,
}

text_enum!(AssignmentStatus {
    Invited = "INVITED",
    Accepted = "ACCEPTED",
    Declined = "DECLINED",
    Cancelled = "CANCELLED",
});

/// The statuses of open assignments.
pub const OPEN: [AssignmentStatus; 2] = [AssignmentStatus::Invited, AssignmentStatus::Accepted];

/// Somebody asked to take a place of a role.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = assignments, treat_none_as_default_value = false)]
pub struct Assignment {
    pub id: AssignmentId,
    pub org_id: OrgId,
    pub mission_id: MissionId,
    pub role_id: RoleId,
    pub user_id: UserId,
    pub status: AssignmentStatus,
    /// Why it was declined or cancelled.
    pub reason: Option<String>,
    /// The account that asked the person, or booked them. It is told of the answer.
    pub invited_by: Option<AccountId>,
    /// When the person was asked.
    pub invited_at: Timestamp,
    /// When the person answered.
    pub responded_at: Option<Timestamp>,
    /// When the row was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

impl Entity for Assignment {
    const PREFIX: &str = "assignment";
    const TYPE: &str = "Assignment";
}

impl Assignment {
    /// What the audit log says of it.
    #[must_use]
    pub fn facts(&self) -> Value {
        json!({
            "mission": self.mission_id,
            "role": self.role_id,
            "user": self.user_id,
            "status": self.status.as_str(),
            "reason": self.reason,
            "invitedAt": self.invited_at.to_rfc3339(),
        })
    }

    /// The same, with the reason why a MANAGER booked it in spite of an overlap.
    #[must_use]
    pub fn facts_forced(&self, because: Option<&str>) -> Value {
        let mut facts = self.facts();
        if let Some(reason) = because {
            facts["forcedBecause"] = json!(reason);
        }
        facts
    }
}

/// What lists usually show of an assignment.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = assignments)]
pub struct AssignmentBrief {
    pub id: AssignmentId,
    pub mission_id: MissionId,
    pub role_id: RoleId,
    pub user_id: UserId,
    pub status: AssignmentStatus,
    /// When the person was asked. Lists without pages are sorted by it.
    pub invited_at: Timestamp,
}

/// The rest of what the schema shows of an assignment, as in [`Assignment`].
#[derive(Clone, Debug)]
pub struct AssignmentRest {
    pub reason: Option<String>,
    pub responded_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// An assignment as far as it was read.
pub type AssignmentParts = Parts<AssignmentBrief, AssignmentRest>;

impl From<Assignment> for AssignmentParts {
    fn from(row: Assignment) -> Self {
        let brief = AssignmentBrief {
            id: row.id,
            mission_id: row.mission_id,
            role_id: row.role_id,
            user_id: row.user_id,
            status: row.status,
            invited_at: row.invited_at,
        };
        let rest = AssignmentRest {
            reason: row.reason,
            responded_at: row.responded_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        };
        Self::whole(brief, rest)
    }
}

/// What a step writes into an assignment. Steps that write the same are one statement.
#[derive(Clone, Debug, PartialEq, Eq, Hash, AsChangeset)]
#[diesel(table_name = assignments)]
pub struct Written {
    pub status: AssignmentStatus,
    pub reason: Option<Option<String>>,
    /// `None` leaves it as it is.
    pub invited_at: Option<Timestamp>,
    /// `None` leaves it as it is.
    pub responded_at: Option<Option<Timestamp>>,
    pub updated_at: Timestamp,
}

/// An assignment in a list, which is sorted by the start of its mission.
#[derive(Clone, Debug)]
pub struct ListedAssignment {
    pub assignment: AssignmentParts,
    /// When its mission starts.
    pub starts_at: Timestamp,
}

/// By the start of the mission.
impl Listed for ListedAssignment {
    type Of = Assignment;
    type Key = Timestamp;
    type KeyColumn = assignments::starts_at;
    type IdColumn = assignments::id;

    fn position(&self) -> Position<Self> {
        (self.starts_at, self.assignment.brief.id)
    }
}

/// Whose INVITED and ACCEPTED assignments. In the future are those whose mission starts after the instant.
#[derive(Clone, Copy, Debug)]
pub enum OpenOf {
    /// All of a mission.
    Mission(MissionId),
    /// All of a role.
    Role(RoleId),
    /// Those of a person that are in the future.
    FutureOfUser(UserId, Timestamp),
    /// Those of a project's missions that are in the future.
    FutureOfProject(ProjectId, Timestamp),
}

/// Two ACCEPTED assignments of one person that overlap.
#[derive(Clone, Debug)]
pub struct Conflict {
    /// The one whose mission starts earlier.
    pub first: Assignment,
    pub second: Assignment,
    /// The time that both take.
    pub overlap: Interval,
}

/// Which assignments to return.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AssignmentFilter {
    /// Those of one mission.
    pub mission_id: Option<MissionId>,
    /// Those of one person.
    pub user_id: Option<UserId>,
    /// Only assignments with one of these statuses.
    pub status: Option<Vec<AssignmentStatus>>,
    /// Those whose mission ends after this instant.
    pub from: Option<Timestamp>,
    /// Those whose mission starts before this instant.
    pub to: Option<Timestamp>,
}

/// The numbers of INVITED and of ACCEPTED people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub invited: i64,
    pub accepted: i64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.invited += other.invited;
        self.accepted += other.accepted;
    }
}

impl Counts {
    /// Adds assignments with a status.
    pub fn add(&mut self, status: AssignmentStatus, count: i64) {
        match status {
            AssignmentStatus::Invited => self.invited += count,
            AssignmentStatus::Accepted => self.accepted += count,
            AssignmentStatus::Declined | AssignmentStatus::Cancelled => {}
        }
    }
}

/// How many of the needed places are filled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Staffing {
    pub needed: i64,
    /// The people who were invited, and who accepted.
    pub counts: Counts,
}

/// Assignments at the same time.
#[derive(Clone, Debug, Default)]
pub struct Overlaps {
    /// The first of them, by the start of their missions.
    pub shown: Vec<Assignment>,
    /// How many there are.
    pub total: usize,
}
