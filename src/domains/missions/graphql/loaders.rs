use std::collections::HashMap;

use super::super::model;
use super::super::service::{self, MissionFilter};
use super::types::{Mission, MissionRole};
use crate::access::Requester;
use crate::db::types::Id;
use crate::error::Result;
use crate::graphql::connection::{Connection, connection};
use crate::graphql::execute::loader::{Key, grouped};
use crate::ids::Kind;
use crate::page::{Page, PageArgs, Slice};
use crate::state::State;

/// Loads missions of the organisation.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct MissionById(pub Id);

impl Key for MissionById {
    type Value = Mission;

    async fn load(
        state: &State,
        who: &Requester,
        keys: Vec<Self>,
    ) -> Result<HashMap<Self, Self::Value>> {
        let ids: Vec<Id> = keys.into_iter().map(|key| key.0).collect();
        let rows = service::missions(state, who.member()?, &ids).await?;
        let found = rows.into_iter();
        Ok(found.map(|row| (Self(row.id), Mission(row))).collect())
    }
}

/// Loads roles of the organisation's missions.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RoleById(pub Id);

impl Key for RoleById {
    type Value = MissionRole;

    async fn load(
        state: &State,
        who: &Requester,
        keys: Vec<Self>,
    ) -> Result<HashMap<Self, Self::Value>> {
        let ids: Vec<Id> = keys.into_iter().map(|key| key.0).collect();
        let rows = service::roles(state, who.member()?, &ids).await?;
        let found = rows.into_iter();
        Ok(found.map(|row| (Self(row.id), MissionRole(row))).collect())
    }
}

/// Loads the roles of missions.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct RolesOf(pub Id);

impl Key for RolesOf {
    type Value = Vec<MissionRole>;

    async fn load(
        state: &State,
        who: &Requester,
        keys: Vec<Self>,
    ) -> Result<HashMap<Self, Self::Value>> {
        let ids: Vec<Id> = keys.into_iter().map(|key| key.0).collect();
        let roles = service::roles_of(state, who.member()?, &ids).await?;
        let shown = |(id, roles): (Id, Vec<model::MissionRole>)| {
            (Self(id), roles.into_iter().map(MissionRole).collect())
        };
        Ok(roles.into_iter().map(shown).collect())
    }
}

/// Loads the same page of the missions of several projects.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct MissionsOf {
    /// The project.
    pub project_id: Id,
    /// Which of its missions.
    pub filter: MissionFilter,
    /// Which part of the list.
    pub page: PageArgs,
    /// Whether to count them all.
    pub count: bool,
}

impl Key for MissionsOf {
    type Value = Connection<Mission>;

    async fn load(
        state: &State,
        who: &Requester,
        keys: Vec<Self>,
    ) -> Result<HashMap<Self, Self::Value>> {
        let mut found = HashMap::new();
        let same = |key: &Self| (key.filter.clone(), key.page.clone(), key.count);
        for ((filter, args, count), keys) in grouped(keys, same) {
            let ids: Vec<Id> = keys.iter().map(|key| key.project_id).collect();
            let page = Page::new(Kind::Mission, &args)?;
            let who = who.member()?;
            let mut pages =
                service::missions_of_projects(state, who, &ids, &filter, &page, count).await?;
            for key in keys {
                if let Some((slice, total)) = pages.remove(&key.project_id) {
                    found.insert(key, missions(slice, total));
                }
            }
        }
        Ok(found)
    }
}

/// A page of missions, by start.
pub(super) fn missions(slice: Slice<model::Mission>, total: i64) -> Connection<Mission> {
    connection(slice, total, |row| (row.starts_at, row.id), Mission)
}

/// Loads how far the places of projects are filled.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ProjectStaffing(pub Id);

impl Key for ProjectStaffing {
    type Value = super::Staffing;

    async fn load(
        state: &State,
        who: &Requester,
        keys: Vec<Self>,
    ) -> Result<HashMap<Self, Self::Value>> {
        let ids: Vec<Id> = keys.into_iter().map(|key| key.0).collect();
        let staffing = service::project_staffing(state, who.member()?, &ids).await?;
        let shown = |(id, row): (Id, model::Staffing)| (Self(id), row.into());
        Ok(staffing.into_iter().map(shown).collect())
    }
}
