use std::collections::HashMap;

use super::super::model::{self, MissionFilter};
use super::super::service;
use super::types::{Mission, MissionRole};
use crate::access::Requester;
use crate::domains::projects;
use crate::error::Result;
use crate::graphql::execute::by_id::{ListLookup, Lookup, RowsOf};
use crate::graphql::execute::pages::PagedLookup;
use crate::ids::{MissionId, ProjectId, RoleId};
use crate::page::{Page, Slice};
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

impl ListLookup for Roles {
    type Of = model::Mission;
    type Row = MissionRole;

    async fn load(
        state: &AppState,
        who: &Requester,
        ids: &[MissionId],
        limit: i64,
    ) -> Result<RowsOf<Self>> {
        let rows = service::roles_of(state, who.member()?, ids, limit).await?;
        let shown = |row: model::MissionRole| (row.mission_id, MissionRole(row));
        Ok(rows.into_iter().map(shown).collect())
    }
}

/// The missions of projects.
pub struct MissionsOf;

impl PagedLookup for MissionsOf {
    type Of = projects::model::Project;
    type Filter = MissionFilter;
    type Row = model::Mission;
    type Node = Mission;

    async fn load(
        state: &AppState,
        who: &Requester,
        parents: &[ProjectId],
        filter: &MissionFilter,
        page: &Page<model::Mission>,
    ) -> Result<HashMap<ProjectId, Slice<model::Mission>>> {
        service::missions_of_projects(state, who.member()?, parents, filter, page).await
    }
}
