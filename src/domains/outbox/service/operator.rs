//! What the operator sees of the outbox, and the work of `coulisses-crew mail`.

use std::collections::BTreeMap;

use super::super::model::Mail;
use super::super::repo;
use crate::db::Share;
use crate::error::Result;
use crate::ids::{MailId, OrgId};
use crate::state::AppState;

/// The mails of all organisations that could not be sent, oldest first.
pub async fn failed(state: &AppState) -> Result<Vec<Mail>> {
    let mut found = state.db.read(async |conn| repo::failed(conn).await).await?;
    found.sort_unstable_by_key(|mail| (mail.planned_at, mail.id));
    Ok(found)
}

/// The mails of all organisations that are not sent yet.
#[derive(Clone, Copy, Debug)]
pub struct Backlog {
    pub waiting: i64,
    /// They could not be sent and are not tried again.
    pub given_up: i64,
}

/// Counts the mails of all organisations that are not sent yet.
///
/// # Errors
/// `UNAVAILABLE` when the database is away.
pub async fn backlog(state: &AppState) -> Result<Backlog> {
    let own = state.db.clone().charged_to(Share::Server);
    let (all, waiting) = own.read(async |conn| repo::counts(conn).await).await?;
    Ok(Backlog {
        waiting,
        given_up: all - waiting,
    })
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
