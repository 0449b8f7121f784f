use std::collections::HashMap;

use super::super::service;
use super::assignment::Assignment;
use super::types::Staffing;
use crate::access::Requester;
use crate::domains::assignments::model::{
    self, AssignmentFilter, AssignmentParts, AssignmentStatus, ListedAssignment,
};
use crate::domains::{assignments, crew, missions, projects};
use crate::error::Result;
use crate::extent::Extent;
use crate::graphql::execute::budget::Room;
use crate::graphql::execute::by_id::{Lookup, ValuesOf};
use crate::graphql::execute::loader::{Key, grouped, lists};
use crate::graphql::execute::pages::PagedLookup;
use crate::ids::{MissionId, ProjectId, RoleId, UserId};
use crate::page::{Page, Slice};
use crate::state::AppState;

/// Whose assignments.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Parent {
    Mission(MissionId),
    Role(RoleId),
}

/// The assignments of missions or of roles.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct AssignmentsOf {
    parent: Parent,
    status: Option<Vec<AssignmentStatus>>,
    extent: Extent,
}

impl AssignmentsOf {
    /// Those of a mission.
    pub fn mission(id: MissionId, status: Option<Vec<AssignmentStatus>>, extent: Extent) -> Self {
        Self::new(Parent::Mission(id), status, extent)
    }

    /// Those of a role.
    pub fn role(id: RoleId, status: Option<Vec<AssignmentStatus>>, extent: Extent) -> Self {
        Self::new(Parent::Role(id), status, extent)
    }

    /// The same statuses in another order make the same list, which is read once.
    fn new(parent: Parent, mut status: Option<Vec<AssignmentStatus>>, extent: Extent) -> Self {
        if let Some(status) = &mut status {
            status.sort_unstable();
            status.dedup();
        }
        Self {
            parent,
            status,
            extent,
        }
    }
}

impl Key for AssignmentsOf {
    type Value = Vec<Assignment>;

    async fn load(
        state: &AppState,
        who: &Requester,
        keys: Vec<Self>,
        room: &Room,
    ) -> Result<Vec<(Self, Self::Value)>> {
        let who = who.member()?;
        let mut found = Vec::with_capacity(keys.len());
        for ((status, extent), keys) in grouped(keys, |key| (key.status.clone(), key.extent)) {
            let (mut missions, mut roles) = (Vec::new(), Vec::new());
            for key in keys {
                match key.parent {
                    Parent::Mission(id) => missions.push(id),
                    Parent::Role(id) => roles.push(id),
                }
            }
            let key = |parent| Self {
                parent,
                status: status.clone(),
                extent,
            };
            if !missions.is_empty() {
                let (status, limit) = (status.as_deref(), room.limit());
                let rows = assignments::service::assignments_of_missions(
                    state, who, &missions, status, extent, limit,
                )
                .await?;
                room.check(rows.len()).await?;
                let shown = |row: AssignmentParts| {
                    (key(Parent::Mission(row.brief.mission_id)), Assignment(row))
                };
                found.extend(lists(rows.into_iter().map(shown)));
            }
            if !roles.is_empty() {
                let (status, limit) = (status.as_deref(), room.limit());
                let rows = assignments::service::assignments_of_roles(
                    state, who, &roles, status, extent, limit,
                )
                .await?;
                room.check(rows.len()).await?;
                let shown =
                    |row: AssignmentParts| (key(Parent::Role(row.brief.role_id)), Assignment(row));
                found.extend(lists(rows.into_iter().map(shown)));
            }
        }
        Ok(found)
    }
}

/// The assignments of people.
pub struct AssignmentsOfUser;

impl PagedLookup for AssignmentsOfUser {
    type Of = crew::model::User;
    type Filter = (AssignmentFilter, Extent);
    type Row = ListedAssignment;
    type Node = Assignment;

    async fn load(
        state: &AppState,
        who: &Requester,
        parents: &[UserId],
        (filter, extent): &(AssignmentFilter, Extent),
        page: &Page<ListedAssignment>,
        limit: i64,
    ) -> Result<HashMap<UserId, Slice<ListedAssignment>>> {
        let who = who.member()?;
        let read = assignments::service::assignments_of_users;
        read(state, who, parents, filter, page, *extent, limit).await
    }
}

/// How many people are INVITED and ACCEPTED in each role of missions.
pub struct Counts;

impl Lookup for Counts {
    type Of = missions::model::Mission;
    type Value = HashMap<RoleId, model::Counts>;

    async fn load(state: &AppState, who: &Requester, ids: &[MissionId]) -> Result<ValuesOf<Self>> {
        let counts = assignments::service::counts_of_missions(state, who.member()?, ids).await?;
        Ok(counts.into_iter().collect())
    }
}

/// How far the places of projects are filled.
pub struct ProjectStaffing;

impl Lookup for ProjectStaffing {
    type Of = projects::model::Project;
    type Value = Staffing;

    async fn load(state: &AppState, who: &Requester, ids: &[ProjectId]) -> Result<ValuesOf<Self>> {
        let staffing = service::project_staffing(state, who.member()?, ids).await?;
        let shown = |(id, row): (ProjectId, model::Staffing)| (id, row.into());
        Ok(staffing.into_iter().map(shown).collect())
    }
}
