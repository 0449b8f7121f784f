//! The work of `coulisses-crew mail`.

use std::collections::BTreeMap;

use super::super::model::Mail;
use super::super::repo;
use crate::error::Result;
use crate::ids::{MailId, OrgId};
use crate::state::AppState;

/// The mails of all organisations that could not be sent, oldest first.
pub async fn failed(state: &AppState) -> Result<Vec<Mail>> {
    let mut found = state.db.read(async |conn| repo::failed(conn).await).await?;
    found.sort_unstable_by_key(|mail| (mail.planned_at, mail.id));
    Ok(found)
}

/// Has mails tried again that could not be sent. Returns how many.
pub async fn retry(state: &AppState) -> Result<usize> {
    let mut of_orgs: BTreeMap<OrgId, Vec<MailId>> = BTreeMap::new();
    for mail in failed(state).await? {
        of_orgs.entry(mail.org_id).or_default().push(mail.id);
    }
    let now = state.clock.now();
    for (org_id, ids) in &of_orgs {
        let db = state.db.within(*org_id);
        db.write(async |conn| repo::retry(conn, *org_id, ids, now).await)
            .await?;
    }
    Ok(of_orgs.values().map(Vec::len).sum())
}
