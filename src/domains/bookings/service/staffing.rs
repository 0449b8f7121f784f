use std::collections::HashMap;

use crate::access::Member;
use crate::domains::assignments::model::Staffing;
use crate::domains::{assignments, missions};
use crate::error::Result;
use crate::ids::ProjectId;
use crate::state::AppState;

/// How far the places of projects are filled, over missions that are not cancelled.
pub async fn project_staffing(
    state: &AppState,
    who: Member,
    project_ids: &[ProjectId],
) -> Result<HashMap<ProjectId, Staffing>> {
    let read = state.read(who, async |conn| {
        let mut staffing: HashMap<ProjectId, Staffing> = HashMap::new();
        for (id, needed) in missions::service::needed_within(conn, who.org_id, project_ids).await? {
            staffing.entry(id).or_default().needed = needed;
        }
        let counts = assignments::service::counts_of_projects_within(conn, who.org_id, project_ids);
        for (id, counts) in counts.await? {
            staffing.entry(id).or_default().counts = counts;
        }
        Ok(staffing)
    });
    read.await
}
