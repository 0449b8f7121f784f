use crate::access::{Requester, Role};
use crate::db::Conn;
use crate::db::types::Timestamp;
use crate::domains::auth::model::Account;
use crate::domains::auth::repo;
use crate::error::{AppError, Result};
use crate::ids::AccountId;
use crate::state::AppState;

/// A new account, validated and with its password hashed.
pub(super) struct NewAccount {
    pub email: String,
    pub display_name: String,
    pub password_hash: String,
}

impl NewAccount {
    /// Makes the account.
    ///
    /// # Errors
    /// `ALREADY_EXISTS` when the address is taken.
    pub(super) async fn insert(
        &self,
        state: &AppState,
        conn: &mut Conn,
        now: Timestamp,
    ) -> Result<Account> {
        let account = Account {
            id: state.random.id(now),
            email: self.email.clone(),
            display_name: self.display_name.clone(),
            password_hash: self.password_hash.clone(),
            last_org_id: None,
            created_at: now,
            disabled_at: None,
        };
        repo::insert_account(conn, &account).await?;
        Ok(account)
    }
}

/// The accounts that the requester may see. These are their own and, for MANAGER and above, those of the organisation's
/// members and crew. ADMIN and above also see those of former members who are in the audit log.
pub async fn accounts(
    state: &AppState,
    who: &Requester,
    ids: &[AccountId],
) -> Result<Vec<Account>> {
    let least = |role| who.member.filter(|member| member.is(role));
    let (manager, admin) = (least(Role::Manager), least(Role::Admin));
    let db = state.db.within(who.member.map(|member| member.org_id));
    db.read(async |conn| {
        let org_id = manager.map(|member| member.org_id);
        let mut seen = repo::accounts_seen(conn, who.account_id, org_id, ids).await?;
        let is_seen = |id: &&AccountId| seen.iter().any(|account| account.id == **id);
        let others: Vec<_> = ids.iter().filter(|id| !is_seen(id)).copied().collect();
        if let Some(admin) = admin.filter(|_| !others.is_empty()) {
            seen.extend(repo::accounts_in_audit_log(conn, admin.org_id, &others).await?);
        }
        Ok(seen)
    })
    .await
}

/// The account of a session.
pub(super) async fn account(conn: &mut Conn, id: AccountId) -> Result<Account> {
    repo::accounts_by_ids(conn, &[id])
        .await?
        .pop()
        .ok_or_else(AppError::not_found)
}
