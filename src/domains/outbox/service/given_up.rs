//! Mails that could not be sent, and that nobody had tried again.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::super::repo;
use crate::db::Share;
use crate::error::Result;
use crate::ids::{MailId, OrgId};
use crate::state::AppState;

/// How long a mail is kept after it was planned. The missions that it tells of are then long over.
const KEPT: TimeDelta = TimeDelta::days(90);

/// Deletes some mails that were given up. Returns how many.
pub async fn delete_given_up(state: &AppState, limit: i64) -> Result<usize> {
    let by = state.clock.now() - KEPT;
    let db = state.db.clone().charged_to(Share::Server);
    let found = db.read(async |conn| repo::failed_by(conn, by, limit).await);
    let mut of_orgs: BTreeMap<OrgId, Vec<MailId>> = BTreeMap::new();
    for (org_id, id) in found.await? {
        of_orgs.entry(org_id).or_default().push(id);
    }
    let mut deleted = 0;
    for (org_id, ids) in &of_orgs {
        let own = db.within(*org_id);
        deleted += own
            .write(async |conn| repo::delete_failed(conn, *org_id, ids).await)
            .await?;
    }
    Ok(deleted)
}
