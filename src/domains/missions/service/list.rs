use std::collections::HashMap;

use super::super::model::Mission;
use super::super::repo;
use crate::access::Member;
use crate::db::types::{Id, Timestamp};
use crate::error::Result;
use crate::page::{Page, Slice, pages_of};
use crate::state::State;

/// Which missions to list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct MissionFilter {
    /// Those of one project.
    pub project_id: Option<Id>,
    /// Those that end after this instant.
    pub from: Option<Timestamp>,
    /// Those that start before this instant.
    pub to: Option<Timestamp>,
    /// A `LIKE` pattern on the folded title.
    pub search: Option<String>,
    /// Also those that are cancelled.
    pub include_cancelled: bool,
    /// Those where places are open, or where none is.
    pub understaffed: Option<bool>,
}

/// A page of the missions by start, and how many there are in all if that is asked.
///
/// # Errors
/// The database's.
pub async fn list_missions(
    state: &State,
    who: Member,
    filter: &MissionFilter,
    page: &Page<Timestamp>,
    count: bool,
) -> Result<(Slice<Mission>, i64)> {
    state
        .db
        .within(who.org_id)
        .read(async |conn| {
            let rows = repo::page(conn, who.org_id, filter, page).await?;
            let total = if count {
                repo::count(conn, who.org_id, filter).await?
            } else {
                0
            };
            Ok((page.cut(rows), total))
        })
        .await
}

/// The same page of each project, in one statement (two with the counts).
///
/// # Errors
/// The database's.
pub async fn missions_of_projects(
    state: &State,
    who: Member,
    project_ids: &[Id],
    filter: &MissionFilter,
    page: &Page<Timestamp>,
    count: bool,
) -> Result<HashMap<Id, (Slice<Mission>, i64)>> {
    let (rows, counts) = state
        .db
        .within(who.org_id)
        .read(async |conn| {
            let rows = repo::pages_of(conn, who.org_id, project_ids, filter, page).await?;
            let counts = match count {
                true => repo::counts_of(conn, who.org_id, project_ids, filter).await?,
                false => Vec::new(),
            };
            Ok((rows, counts))
        })
        .await?;
    Ok(pages_of(
        page,
        project_ids,
        rows,
        |mission| mission.project_id,
        counts,
    ))
}
