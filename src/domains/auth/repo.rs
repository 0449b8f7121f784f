use diesel::prelude::*;

use super::model::{Account, PasswordReset, Session, Standing};
use crate::clock::SET_BACK;
use crate::db::dsl::{Columns, for_deletion, for_update, when};
use crate::db::schema::{accounts, audit_log, org_memberships, password_resets, sessions, users};
use crate::db::types::{Id, Timestamp};
use crate::db::{AnyOf as _, Conn};
use crate::error::{AppError, ErrorCode, Result};
use crate::ids::{AccountId, OrgId, SessionId};

pub async fn insert_account(conn: &mut Conn, account: &Account) -> Result<()> {
    let inserted = conn
        .execute(diesel::insert_into(accounts::table).values(account))
        .await;
    inserted.map(drop).map_err(|error| {
        error.if_taken("accounts_email_key", || {
            let message = "An account with this e-mail address already exists.";
            AppError::new(ErrorCode::AlreadyExists, message).at("email")
        })
    })
}

pub async fn account_by_email(conn: &mut Conn, email: &str) -> Result<Option<Account>> {
    let by_email = accounts::table
        .filter(accounts::email.eq(email))
        .select(Account::columns());
    conn.opt(by_email).await
}

pub async fn accounts_by_ids(conn: &mut Conn, ids: &[AccountId]) -> Result<Vec<Account>> {
    conn.load(
        accounts::table
            .filter(accounts::id.any_of(ids))
            .select(Account::columns()),
    )
    .await
}

/// Of these accounts, the requester's own, those of the organisation's members and those linked to its crew.
pub async fn accounts_seen(
    conn: &mut Conn,
    own: AccountId,
    org_id: Option<OrgId>,
    ids: &[AccountId],
) -> Result<Vec<Account>> {
    let members = org_memberships::table
        .filter(org_memberships::org_id.nullable().eq(org_id))
        .filter(org_memberships::account_id.any_of(ids))
        .select(org_memberships::account_id);
    let linked = users::account_id.assume_not_null();
    let crew = users::table
        .filter(users::org_id.nullable().eq(org_id))
        .filter(linked.any_of(ids))
        .select(linked);
    let seen = accounts::id
        .eq(own)
        .or(accounts::id.eq_any(members))
        .or(accounts::id.eq_any(crew));
    let rows = accounts::table
        .filter(accounts::id.any_of(ids))
        .filter(seen);
    conn.load(rows.select(Account::columns())).await
}

/// Of these accounts, those that have changed something in the organisation.
pub async fn accounts_in_audit_log(
    conn: &mut Conn,
    org_id: OrgId,
    ids: &[AccountId],
) -> Result<Vec<Account>> {
    let changes = audit_log::table
        .filter(audit_log::org_id.eq(org_id))
        .filter(audit_log::actor_id.eq(accounts::id.nullable()));
    let rows = accounts::table
        .filter(accounts::id.any_of(ids))
        .filter(diesel::dsl::exists(changes));
    conn.load(rows.select(Account::columns())).await
}

/// Accounts in the order of their ids, which is that of their making.
pub async fn accounts_after(
    conn: &mut Conn,
    after: Option<AccountId>,
    most: i64,
) -> Result<Vec<Account>> {
    let rows = accounts::table
        .filter(accounts::id.gt(after.unwrap_or(Id::LEAST)))
        .order(accounts::id)
        .limit(most)
        .select(Account::columns());
    conn.load(rows).await
}

pub async fn set_disabled(conn: &mut Conn, id: AccountId, at: Option<Timestamp>) -> Result<()> {
    let update = diesel::update(accounts::table.find(id));
    conn.execute(update.set(accounts::disabled_at.eq(at)))
        .await
        .map(drop)
}

pub async fn set_last_org(
    conn: &mut Conn,
    account_id: AccountId,
    org_id: Option<OrgId>,
) -> Result<()> {
    let update = diesel::update(accounts::table.find(account_id));
    conn.execute(update.set(accounts::last_org_id.eq(org_id)))
        .await
        .map(drop)
}

pub async fn insert_session(conn: &mut Conn, session: &Session) -> Result<()> {
    conn.execute(diesel::insert_into(sessions::table).values(session))
        .await
        .map(drop)
}

pub async fn lock_session(conn: &mut Conn, id: SessionId) -> Result<Option<Session>> {
    conn.opt(for_update(
        sessions::table.find(id).select(Session::columns()),
    ))
    .await
}

pub async fn rotate_session(
    conn: &mut Conn,
    id: SessionId,
    generation: i32,
    used_at: Timestamp,
    expires_at: Timestamp,
) -> Result<()> {
    let rotated = (
        sessions::generation.eq(generation),
        sessions::last_used_at.eq(used_at),
        sessions::expires_at.eq(expires_at),
    );
    conn.execute(diesel::update(sessions::table.find(id)).set(rotated))
        .await
        .map(drop)
}

/// Ends a session. Returns whether it was still open.
pub async fn revoke_session(conn: &mut Conn, id: SessionId, at: Timestamp) -> Result<bool> {
    let open = sessions::table
        .find(id)
        .filter(sessions::revoked_at.is_null());
    let ended = conn
        .execute(diesel::update(open).set(sessions::revoked_at.eq(at)))
        .await?;
    Ok(ended == 1)
}

/// The session of an access token, and the role and crew profile of its account in the token's organisation. These are
/// two statements, because a session belongs to no organisation. They are sent together.
pub async fn standing(
    conn: &mut Conn,
    session_id: SessionId,
    account_id: AccountId,
    org_id: Option<OrgId>,
) -> Result<Option<Standing>> {
    let session = sessions::table
        .find(session_id)
        .filter(sessions::account_id.eq(account_id))
        .select((
            sessions::revoked_at,
            sessions::last_used_at,
            sessions::expires_at,
        ));
    let place = org_memberships::table
        .left_join(
            users::table.on(users::org_id
                .nullable()
                .eq(org_id)
                .and(users::account_id.eq(account_id))),
        )
        .filter(org_memberships::org_id.nullable().eq(org_id))
        .filter(org_memberships::account_id.eq(account_id))
        .select((org_memberships::role, users::id.nullable()));
    let (session, place) = conn
        .both(
            async |conn| conn.opt(session).await,
            async |conn| conn.opt(place).await,
        )
        .await?;
    Ok(session.map(|life| Standing { life, place }))
}

pub async fn lock_account(conn: &mut Conn, id: AccountId) -> Result<Option<Account>> {
    conn.opt(for_update(
        accounts::table.find(id).select(Account::columns()),
    ))
    .await
}

pub async fn set_password(conn: &mut Conn, id: AccountId, password_hash: &str) -> Result<()> {
    let update = diesel::update(accounts::table.find(id));
    conn.execute(update.set(accounts::password_hash.eq(password_hash)))
        .await
        .map(drop)
}

pub async fn set_session_org(conn: &mut Conn, id: SessionId, org_id: OrgId) -> Result<()> {
    let update = diesel::update(sessions::table.find(id));
    conn.execute(update.set(sessions::org_id.eq(org_id)))
        .await
        .map(drop)
}

/// Newest first: all, or those with some ids.
pub async fn open_sessions(
    conn: &mut Conn,
    account_id: AccountId,
    ids: Option<&[SessionId]>,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<Session>> {
    let open = sessions::table
        .filter(sessions::account_id.eq(account_id))
        .filter(when(ids.map(|ids| sessions::id.any_of(ids))))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .filter(sessions::last_used_at.le(now + SET_BACK))
        .order(sessions::id.desc())
        .limit(limit)
        .select(Session::columns());
    conn.load(open).await
}

/// Ends the open sessions of an account, except the one to keep. Returns how many it ended.
pub async fn revoke_sessions(
    conn: &mut Conn,
    account_id: AccountId,
    but: Option<SessionId>,
    at: Timestamp,
) -> Result<usize> {
    let open = sessions::table
        .filter(sessions::account_id.eq(account_id))
        .filter(sessions::revoked_at.is_null())
        .filter(when(but.map(|id| sessions::id.ne(id))));
    conn.execute(diesel::update(open).set(sessions::revoked_at.eq(at)))
        .await
}

pub async fn insert_reset(conn: &mut Conn, reset: &PasswordReset) -> Result<()> {
    conn.execute(diesel::insert_into(password_resets::table).values(reset))
        .await
        .map(drop)
}

pub async fn reset_by_hash(conn: &mut Conn, token_hash: &[u8]) -> Result<Option<PasswordReset>> {
    let row = password_resets::table.filter(password_resets::token_hash.eq(token_hash));
    conn.opt(row.select(PasswordReset::columns())).await
}

/// Marks all reset tokens of an account as used, because a new password invalidates the others.
pub async fn use_resets(conn: &mut Conn, account_id: AccountId, at: Timestamp) -> Result<()> {
    let unused = password_resets::table
        .filter(password_resets::account_id.eq(account_id))
        .filter(password_resets::used_at.is_null());
    let update = diesel::update(unused).set(password_resets::used_at.eq(at));
    conn.execute(update).await.map(drop)
}

/// Locks some sessions that ended by an instant.
pub async fn lock_ended_sessions(
    conn: &mut Conn,
    by: Timestamp,
    limit: i64,
) -> Result<Vec<SessionId>> {
    let ended = sessions::table
        .filter(sessions::expires_at.le(by))
        .order(sessions::expires_at)
        .limit(limit)
        .select(sessions::id);
    conn.load(for_deletion(ended)).await
}

pub async fn delete_sessions(conn: &mut Conn, ids: &[SessionId]) -> Result<()> {
    let rows = sessions::table.filter(sessions::id.any_of(ids));
    conn.execute(diesel::delete(rows)).await.map(drop)
}

/// Locks some password resets that ended by an instant, used or not.
pub async fn lock_ended_resets(
    conn: &mut Conn,
    by: Timestamp,
    limit: i64,
) -> Result<Vec<Id<PasswordReset>>> {
    let ended = password_resets::table
        .filter(password_resets::expires_at.le(by))
        .order(password_resets::expires_at)
        .limit(limit)
        .select(password_resets::id);
    conn.load(for_deletion(ended)).await
}

pub async fn delete_resets(conn: &mut Conn, ids: &[Id<PasswordReset>]) -> Result<()> {
    let rows = password_resets::table.filter(password_resets::id.any_of(ids));
    conn.execute(diesel::delete(rows)).await.map(drop)
}
