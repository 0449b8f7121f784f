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
        };
        repo::insert_account(conn, &account).await?;
        Ok(account)
    }
}

/// The accounts that the requester may see. These are their own and, for MANAGER and above, those of the organisation's
/// members and crew.
pub async fn accounts(
    state: &AppState,
    who: &Requester,
    ids: &[AccountId],
) -> Result<Vec<Account>> {
    let org_id = who
        .member
        .filter(|member| member.is(Role::Manager))
        .map(|member| member.org_id);
    let db = state.db.within(who.member.map(|member| member.org_id));
    db.read(async |conn| repo::accounts_seen(conn, who.account_id, org_id, ids).await)
        .await
}

/// The account of a session.
pub(super) async fn account(conn: &mut Conn, id: AccountId) -> Result<Account> {
    repo::accounts_by_ids(conn, &[id])
        .await?
        .pop()
        .ok_or_else(AppError::not_found)
}
