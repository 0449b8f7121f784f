use std::collections::HashMap;

use super::super::model::{self, AssignmentStatus};
use super::super::service::{self, AssignmentFilter};
use super::types::{Assignment, Invitation};
use crate::access::Requester;
use crate::db::types::{Id, Timestamp};
use crate::error::Result;
use crate::graphql::connection::{Connection, connection};
use crate::graphql::execute::loader::{Key, grouped};
use crate::ids::Kind;
use crate::page::{Page, PageArgs, Slice};
use crate::state::State;

/// Loads assignments of the organisation.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct AssignmentById(pub Id);

impl Key for AssignmentById {
    type Value = Assignment;

    async fn load(
        state: &State,
        who: &Requester,
        keys: Vec<Self>,
    ) -> Result<HashMap<Self, Self::Value>> {
        let ids: Vec<Id> = keys.into_iter().map(|key| key.0).collect();
        let rows = service::assignments(state, who.member()?, &ids).await?;
        let found = rows.into_iter();
        Ok(found.map(|row| (Self(row.id), Assignment(row))).collect())
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Parent {
    Mission(Id),
    Role(Id),
}

/// Loads the assignments of missions or of roles.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct AssignmentsOf {
    parent: Parent,
    status: Option<Vec<AssignmentStatus>>,
}

impl AssignmentsOf {
    /// Those of a mission.
    pub fn mission(id: Id, status: Option<Vec<AssignmentStatus>>) -> Self {
        Self {
            parent: Parent::Mission(id),
            status,
        }
    }

    /// Those of a role.
    pub fn role(id: Id, status: Option<Vec<AssignmentStatus>>) -> Self {
        Self {
            parent: Parent::Role(id),
            status,
        }
    }
}

impl Key for AssignmentsOf {
    type Value = Vec<Assignment>;

    async fn load(
        state: &State,
        who: &Requester,
        keys: Vec<Self>,
    ) -> Result<HashMap<Self, Self::Value>> {
        let who = who.member()?;
        let mut found: HashMap<Self, Self::Value> = HashMap::new();
        let same = |key: &Self| (matches!(key.parent, Parent::Mission(_)), key.status.clone());
        for ((of_missions, status), keys) in grouped(keys, same) {
            let ids: Vec<Id> = keys
                .iter()
                .map(|key| match key.parent {
                    Parent::Mission(id) | Parent::Role(id) => id,
                })
                .collect();
            let rows = if of_missions {
                service::assignments_of_missions(state, who, &ids, status.as_deref()).await?
            } else {
                service::assignments_of_roles(state, who, &ids, status.as_deref()).await?
            };
            for row in rows {
                let parent = if of_missions {
                    Parent::Mission(row.mission_id)
                } else {
                    Parent::Role(row.role_id)
                };
                found
                    .entry(Self {
                        parent,
                        status: status.clone(),
                    })
                    .or_default()
                    .push(Assignment(row));
            }
        }
        Ok(found)
    }
}

/// Loads the same page of the assignments of several people.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct AssignmentsOfUser {
    pub user_id: Id,
    pub filter: AssignmentFilter,
    pub page: PageArgs,
    pub count: bool,
}

impl Key for AssignmentsOfUser {
    type Value = Connection<Assignment>;

    async fn load(
        state: &State,
        who: &Requester,
        keys: Vec<Self>,
    ) -> Result<HashMap<Self, Self::Value>> {
        let who = who.member()?;
        let mut found = HashMap::new();
        let same = |key: &Self| (key.filter.clone(), key.page.clone(), key.count);
        for ((filter, args, count), keys) in grouped(keys, same) {
            let ids: Vec<Id> = keys.iter().map(|key| key.user_id).collect();
            let page = Page::new(Kind::Assignment, &args)?;
            let mut pages =
                service::assignments_of_users(state, who, &ids, &filter, &page, count).await?;
            for key in keys {
                if let Some((slice, total)) = pages.remove(&key.user_id) {
                    found.insert(key, assignments(slice, total));
                }
            }
        }
        Ok(found)
    }
}

/// A page of assignments, by mission start.
pub(super) fn assignments(
    slice: Slice<(model::Assignment, Timestamp)>,
    total: i64,
) -> Connection<Assignment> {
    let key = |(row, at): &(model::Assignment, Timestamp)| (*at, row.id);
    connection(slice, total, key, |(row, _)| Assignment(row))
}

/// Loads how many people are INVITED and ACCEPTED in each role of missions.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CountsOf(pub Id);

impl Key for CountsOf {
    /// `(role, invited, accepted)`.
    type Value = Vec<(Id, i64, i64)>;

    async fn load(
        state: &State,
        who: &Requester,
        keys: Vec<Self>,
    ) -> Result<HashMap<Self, Self::Value>> {
        let ids: Vec<Id> = keys.into_iter().map(|key| key.0).collect();
        let counts = service::counts_of_missions(state, who.member()?, &ids).await?;
        Ok(counts
            .into_iter()
            .map(|(id, counts)| (Self(id), counts))
            .collect())
    }
}

/// Loads the newest invitation of assignments.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct NewestInvitation(pub Id);

impl Key for NewestInvitation {
    type Value = Invitation;

    async fn load(
        state: &State,
        who: &Requester,
        keys: Vec<Self>,
    ) -> Result<HashMap<Self, Self::Value>> {
        let ids: Vec<Id> = keys.into_iter().map(|key| key.0).collect();
        let newest = service::newest_invitations(state, who.member()?, &ids).await?;
        Ok(newest
            .into_iter()
            .map(|(id, row)| (Self(id), Invitation(row)))
            .collect())
    }
}

/// Loads invitations of the organisation.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct InvitationById(pub Id);

impl Key for InvitationById {
    type Value = Invitation;

    async fn load(
        state: &State,
        who: &Requester,
        keys: Vec<Self>,
    ) -> Result<HashMap<Self, Self::Value>> {
        let ids: Vec<Id> = keys.into_iter().map(|key| key.0).collect();
        let rows = service::invitations(state, who.member()?, &ids).await?;
        let found = rows.into_iter();
        Ok(found.map(|row| (Self(row.id), Invitation(row))).collect())
    }
}
