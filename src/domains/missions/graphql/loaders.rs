use std::collections::HashMap;

use super::super::model::{self, MissionFilter, MissionParts};
use super::super::service;
use super::types::{Mission, MissionRole};
use crate::access::Requester;
use crate::domains::projects;
use crate::error::Result;
use crate::extent::{Extent, Parts};
use crate::graphql::brief::Brief;
use crate::graphql::execute::by_id::{ListLookup, Lookup, RowsOf, ValuesOf};
use crate::graphql::execute::pages::PagedLookup;
use crate::ids::{MissionId, ProjectId, RoleId};
use crate::page::{Page, Slice};
use crate::state::AppState;

/// Missions of the organisation.
impl Lookup for Mission {
    type Of = model::Mission;
    type Value = Self;

    async fn load(state: &AppState, who: &Requester, ids: &[MissionId]) -> Result<ValuesOf<Self>> {
        let rows = service::missions(state, who.member()?, ids).await?;
        Ok(rows.into_iter().map(|row| (row.id, row.into())).collect())
    }
}

/// The same in brief.
impl Lookup for Brief<Mission> {
    type Of = model::Mission;
    type Value = Mission;

    async fn load(state: &AppState, who: &Requester, ids: &[MissionId]) -> Result<ValuesOf<Self>> {
        let rows = service::brief_missions(state, who.member()?, ids).await?;
        let shown = |row: model::MissionBrief| (row.id, Mission(Parts::brief(row)));
        Ok(rows.into_iter().map(shown).collect())
    }
}

/// Roles of the organisation's missions.
impl Lookup for MissionRole {
    type Of = model::MissionRole;
    type Value = Self;

    async fn load(state: &AppState, who: &Requester, ids: &[RoleId]) -> Result<ValuesOf<Self>> {
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
    type Filter = (MissionFilter, Extent);
    type Row = MissionParts;
    type Node = Mission;

    async fn load(
        state: &AppState,
        who: &Requester,
        parents: &[ProjectId],
        (filter, extent): &(MissionFilter, Extent),
        page: &Page<MissionParts>,
        limit: i64,
    ) -> Result<HashMap<ProjectId, Slice<MissionParts>>> {
        let who = who.member()?;
        service::missions_of_projects(state, who, parents, filter, page, *extent, limit).await
    }
}
