use serde_json::json;

use crate::db::Conn;
use crate::domains::audit::service::Change;
use crate::domains::crew::model::User;
use crate::domains::crew::repo;
use crate::error::Result;
use crate::ids::{AccountId, OrgId};

/// Links the crew profile with this address to the account that joins, and says what changed. Nothing does if there is
/// no such profile, if it has an account, or if the account has another profile. An archived profile gives the account
/// away: its person has come back.
pub async fn link_account_within(
    conn: &mut Conn,
    org_id: OrgId,
    email: &str,
    account_id: AccountId,
) -> Result<Vec<Change>> {
    let ids = repo::of_address_or_account(conn, org_id, email, account_id).await?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let (own, others): (Vec<User>, Vec<User>) = repo::lock(conn, org_id, &ids)
        .await?
        .into_iter()
        .partition(|user| user.account_id == Some(account_id));
    let is_free = |user: &&User| user.account_id.is_none() && user.archived_at.is_none();
    let Some(free) = others.iter().find(is_free) else {
        return Ok(Vec::new());
    };
    if own.iter().any(|user| user.archived_at.is_none()) {
        return Ok(Vec::new());
    }
    let mut changes = Vec::new();
    for (user, account) in own
        .iter()
        .map(|user| (user, None))
        .chain([(free, Some(account_id))])
    {
        repo::set_account(conn, user, account).await?;
        let (before, after) = (
            json!({"account": user.account_id}),
            json!({"account": account}),
        );
        changes.push(Change::new(user.id, before, after));
    }
    Ok(changes)
}
