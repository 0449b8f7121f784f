use diesel::prelude::*;
use diesel::sql_types::Text;

use super::model::Project;
use super::service::ProjectFilter;
use crate::db::Conn;
use crate::db::dsl::Direction::{Asc, Desc};
use crate::db::dsl::{Columns, Condition, beyond, for_update, sorted, when};
use crate::db::schema::projects;
use crate::db::types::{Id, UuidColumn};
use crate::error::Result;
use crate::page::Page;

pub async fn insert(conn: &mut Conn, project: &Project) -> Result<()> {
    conn.execute(diesel::insert_into(projects::table).values(project))
        .await
        .map(drop)
}

pub async fn by_ids(conn: &mut Conn, org_id: Id, ids: &[Id]) -> Result<Vec<Project>> {
    let rows = projects::table
        .filter(projects::org_id.eq(org_id))
        .filter(projects::id.eq_any(ids))
        .select(Project::columns());
    conn.load(rows).await
}

pub async fn lock(conn: &mut Conn, org_id: Id, id: Id) -> Result<Option<Project>> {
    let row = projects::table.find((org_id, id));
    conn.opt(for_update(row.select(Project::columns()))).await
}

fn matching(org_id: Id, filter: &ProjectFilter) -> impl Condition<projects::table> {
    let search = filter.search.clone();
    let status = filter.status.clone();
    when(Some(
        projects::org_id
            .eq(org_id)
            .and(when(search.map(|search| {
                projects::name_folded.like(search).escape('\\')
            })))
            .and(when(status.map(|status| projects::status.eq_any(status)))),
    ))
}

/// By name.
pub async fn page(
    conn: &mut Conn,
    org_id: Id,
    filter: &ProjectFilter,
    page: &Page<String>,
) -> Result<Vec<Project>> {
    let key = (projects::name_folded, projects::id);
    let bound = |(name, id): (String, Id)| (name.into_sql::<Text>(), id.into_sql::<UuidColumn>());
    let rows = projects::table
        .filter(matching(org_id, filter))
        .filter(when(
            page.after
                .clone()
                .map(|after| beyond(key, bound(after), Asc)),
        ))
        .filter(when(
            page.before
                .clone()
                .map(|before| beyond(key, bound(before), Desc)),
        ))
        .order(sorted(
            projects::name_folded,
            projects::id,
            page.direction(),
        ))
        .limit(page.limit())
        .select(Project::columns());
    conn.load(rows).await
}

pub async fn count(conn: &mut Conn, org_id: Id, filter: &ProjectFilter) -> Result<i64> {
    conn.one(projects::table.filter(matching(org_id, filter)).count())
        .await
}
