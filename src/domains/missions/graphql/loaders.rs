use std::collections::HashMap;

use super::super::model::{self, MissionFilter};
use super::super::service;
use super::types::{Mission, MissionRole};
use crate::access::Requester;
use crate::error::Result;
use crate::graphql::connection::Connection;
use crate::graphql::execute::by_id::Lookup;
use crate::graphql::execute::loader::{Key, grouped};
use crate::ids::{MissionId, ProjectId, RoleId};
use crate::page::Page;
use crate::state::AppState;

/// Missions of the organisation.
impl Lookup for Mission {
    type Of = model::Mission;
    type Value = Self;

    async fn load(
        state: &AppState,
        who: &Requester,
        ids: &[MissionId],
    ) -> Result<HashMap<MissionId, Self>> {
        let rows = service::missions(state, who.member()?, ids).await?;
        Ok(rows.into_iter().map(|row| (row.id, Self(row))).collect())
    }
}

/// Roles of the organisation's missions.
impl Lookup for MissionRole {
    type Of = model::MissionRole;
    type Value = Self;

    async fn load(
        state: &AppState,
        who: &Requester,
        ids: &[RoleId],
    ) -> Result<HashMap<RoleId, Self>> {
        let rows = service::roles(state, who.member()?, ids).await?;
        Ok(rows.into_iter().map(|row| (row.id, Self(row))).collect())
    }
}

/// The roles of missions.
pub(super) struct Roles;

impl Lookup for Roles {
    type Of = model::Mission;
    type Value = Vec<MissionRole>;

    async fn load(
        state: &AppState,
        who: &Requester,
        ids: &[MissionId],
    ) -> Result<HashMap<MissionId, Vec<MissionRole>>> {
        let roles = service::roles_of(state, who.member()?, ids).await?;
        let shown = |(id, roles): (MissionId, Vec<model::MissionRole>)| {
            (id, roles.into_iter().map(MissionRole).collect())
        };
        Ok(roles.into_iter().map(shown).collect())
    }
}

/// The same page of the missions of several projects.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct MissionsOf {
    /// The project.
    pub project_id: ProjectId,
    /// Which of its missions.
    pub filter: MissionFilter,
    /// Which part of the list.
    pub page: Page<model::Mission>,
}

impl Key for MissionsOf {
    type Value = Connection<Mission>;

    async fn load(
        state: &AppState,
        who: &Requester,
        keys: Vec<Self>,
    ) -> Result<HashMap<Self, Self::Value>> {
        let who = who.member()?;
        let mut found = HashMap::new();
        let same = |key: &Self| (key.filter.clone(), key.page.clone());
        for ((filter, page), keys) in grouped(keys, same) {
            let ids: Vec<ProjectId> = keys.iter().map(|key| key.project_id).collect();
            let mut slices =
                service::missions_of_projects(state, who, &ids, &filter, &page).await?;
            for key in keys {
                if let Some(slice) = slices.remove(&key.project_id) {
                    found.insert(key, slice.into());
                }
            }
        }
        Ok(found)
    }
}
