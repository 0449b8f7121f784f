//! Lists without pages.

use diesel::dsl::sum;
use diesel::prelude::*;

use super::super::model::{Assignment, AssignmentBrief, AssignmentParts, AssignmentStatus};
use crate::db::dsl::{Columns, Condition, octet_length, when};
use crate::db::schema::assignments;
use crate::db::{AnyOf as _, Conn};
use crate::error::Result;
use crate::extent::{Extent, Parts, check_texts};
use crate::ids::{MissionId, OrgId, RoleId};

pub async fn of_missions(
    conn: &mut Conn,
    org_id: OrgId,
    mission_ids: &[MissionId],
    status: Option<&[AssignmentStatus]>,
    extent: Extent,
    limit: i64,
) -> Result<Vec<AssignmentParts>> {
    let of = when(Some(assignments::mission_id.any_of(mission_ids)));
    matching(conn, org_id, of, status, extent, limit).await
}

pub async fn of_roles(
    conn: &mut Conn,
    org_id: OrgId,
    role_ids: &[RoleId],
    status: Option<&[AssignmentStatus]>,
    extent: Extent,
    limit: i64,
) -> Result<Vec<AssignmentParts>> {
    let of = when(Some(assignments::role_id.any_of(role_ids)));
    matching(conn, org_id, of, status, extent, limit).await
}

/// In no order: sorted, all of them would be read before the first.
async fn matching(
    conn: &mut Conn,
    org_id: OrgId,
    of: impl Condition<assignments::table> + Clone,
    status: Option<&[AssignmentStatus]>,
    extent: Extent,
    limit: i64,
) -> Result<Vec<AssignmentParts>> {
    let rows = assignments::table
        .filter(assignments::org_id.eq(org_id))
        .filter(of)
        .filter(when(
            status.map(|status| assignments::status.any_of(status)),
        ))
        .limit(limit);
    match extent {
        Extent::Brief => {
            let rows = conn.load(rows.select(AssignmentBrief::columns())).await?;
            Ok(rows.into_iter().map(Parts::brief).collect())
        }
        Extent::Whole => {
            let texts = rows.clone().select(sum(octet_length(assignments::reason)));
            check_texts(conn.one(texts).await?)?;
            let rows: Vec<Assignment> = conn.load(rows.select(Assignment::columns())).await?;
            Ok(rows.into_iter().map(Parts::from).collect())
        }
    }
}
