use serde_json::json;

use super::account::account;
use super::session::{SignedIn, sign_in};
use crate::access::{Anonymous, Requester, unauthenticated};
use crate::domains::audit::service::{Action, Change, record};
use crate::domains::auth::repo;
use crate::domains::orgs;
use crate::error::{AppError, Result};
use crate::ids::OrgId;
use crate::state::AppState;

/// Moves the session to another organisation of the account. Access tokens made before keep theirs until they end.
///
/// # Errors
/// `NOT_FOUND` for an organisation that the account does not belong to.
pub async fn switch_org(state: &AppState, who: &Requester, org_id: OrgId) -> Result<SignedIn> {
    state
        .db
        .write(async |conn| {
            let now = state.clock.now();
            // The account before the session, as where all its sessions end.
            repo::lock_account(conn, who.account_id).await?;
            let session = repo::lock_session(conn, who.session_id).await?;
            let session = session.filter(|session| session.revoked_at.is_none());
            let mut session = session.ok_or_else(|| unauthenticated(Anonymous::Invalid))?;
            let of_account = orgs::service::memberships_of_within(conn, &[who.account_id]).await?;
            let mut memberships = of_account.into_values().flatten();
            if !memberships.any(|membership| membership.org_id == org_id) {
                return Err(AppError::not_found().at("orgId"));
            }
            if session.org_id != Some(org_id) {
                let org = |id: Option<OrgId>| json!({"org": id});
                let change = Change::new(session.id, org(session.org_id), org(Some(org_id)));
                repo::set_session_org(conn, session.id, org_id).await?;
                repo::set_last_org(conn, who.account_id, Some(org_id)).await?;
                session.org_id = Some(org_id);
                let action = Action::new(
                    org_id,
                    Some(who.account_id),
                    "switchOrg",
                    now,
                    &state.random,
                );
                record(conn, action, vec![change]).await?;
            }
            let account = account(conn, who.account_id).await?;
            sign_in(state, conn, account, &session, now).await
        })
        .await
}
