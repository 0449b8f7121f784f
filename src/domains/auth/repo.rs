use diesel::prelude::*;

use super::model::{Account, Session, Standing};
use crate::db::Conn;
use crate::db::dsl::{Columns, for_update};
use crate::db::schema::{accounts, org_memberships, sessions, users};
use crate::db::types::{Id, Timestamp};
use crate::error::Result;

pub async fn insert_account(conn: &mut Conn, account: &Account) -> Result<()> {
    conn.execute(diesel::insert_into(accounts::table).values(account))
        .await
        .map(drop)
}

pub async fn account_by_email(conn: &mut Conn, email: &str) -> Result<Option<Account>> {
    let by_email = accounts::table
        .filter(accounts::email.eq(email))
        .select(Account::columns());
    conn.opt(by_email).await
}

pub async fn accounts_by_ids(conn: &mut Conn, ids: &[Id]) -> Result<Vec<Account>> {
    conn.load(
        accounts::table
            .filter(accounts::id.eq_any(ids))
            .select(Account::columns()),
    )
    .await
}

pub async fn set_last_org(conn: &mut Conn, account_id: Id, org_id: Option<Id>) -> Result<()> {
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

pub async fn lock_session(conn: &mut Conn, id: Id) -> Result<Option<Session>> {
    conn.opt(for_update(
        sessions::table.find(id).select(Session::columns()),
    ))
    .await
}

pub async fn rotate_session(
    conn: &mut Conn,
    id: Id,
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

/// Ends a session; says whether it was still open.
pub async fn revoke_session(conn: &mut Conn, id: Id, at: Timestamp) -> Result<bool> {
    let open = sessions::table
        .find(id)
        .filter(sessions::revoked_at.is_null());
    let ended = conn
        .execute(diesel::update(open).set(sessions::revoked_at.eq(at)))
        .await?;
    Ok(ended == 1)
}

/// The session of an access token and the place of its account in the token's organisation.
pub async fn standing(
    conn: &mut Conn,
    session_id: Id,
    account_id: Id,
    org_id: Option<Id>,
) -> Result<Option<Standing>> {
    let standing = sessions::table
        .left_join(
            org_memberships::table.on(org_memberships::account_id
                .eq(sessions::account_id)
                .and(org_memberships::org_id.nullable().eq(org_id))),
        )
        .left_join(
            users::table.on(users::account_id
                .eq(sessions::account_id.nullable())
                .and(users::org_id.nullable().eq(org_id))),
        )
        .filter(sessions::id.eq(session_id))
        .filter(sessions::account_id.eq(account_id))
        .select((
            sessions::revoked_at,
            sessions::expires_at,
            org_memberships::role.nullable(),
            users::id.nullable(),
        ));
    conn.opt(standing).await
}
