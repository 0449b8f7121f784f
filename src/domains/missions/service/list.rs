use std::collections::HashMap;

use super::super::model::{MissionFilter, MissionParts};
use super::super::repo;
use crate::access::Member;
use crate::error::Result;
use crate::extent::Extent;
use crate::ids::ProjectId;
use crate::page::{Page, Slice};
use crate::state::AppState;

/// A page of the missions by start.
pub async fn list_missions(
    state: &AppState,
    who: Member,
    filter: &MissionFilter,
    page: &Page<MissionParts>,
    extent: Extent,
) -> Result<Slice<MissionParts>> {
    let read = state.read(who, async |conn| {
        let rows = repo::page(conn, who.org_id, filter, page, extent).await?;
        let total = page.total(repo::count(conn, who.org_id, filter)).await?;
        Ok(page.slice(rows, total))
    });
    read.await
}

/// The same page for each project, in one statement (two with the totals): at most `limit` rows of several projects.
pub async fn missions_of_projects(
    state: &AppState,
    who: Member,
    project_ids: &[ProjectId],
    filter: &MissionFilter,
    page: &Page<MissionParts>,
    extent: Extent,
    limit: i64,
) -> Result<HashMap<ProjectId, Slice<MissionParts>>> {
    // The rows of one project need no numbers: an index has them in order.
    if let [project_id] = *project_ids
        && filter.project_id.is_none_or(|id| id == project_id)
    {
        let filter = MissionFilter {
            project_id: Some(project_id),
            ..filter.clone()
        };
        let slice = list_missions(state, who, &filter, page, extent).await?;
        return Ok(HashMap::from([(project_id, slice)]));
    }
    let read = state.read(who, async |conn| {
        let rows =
            repo::pages_of(conn, who.org_id, project_ids, filter, page, extent, limit).await?;
        let totals = page
            .total(repo::counts_of(conn, who.org_id, project_ids, filter))
            .await?;
        Ok(page.slices(
            project_ids,
            rows,
            |mission| mission.brief.project_id,
            totals,
        ))
    });
    read.await
}
