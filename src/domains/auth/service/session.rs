use chrono::TimeDelta;

use crate::access::{Anonymous, Client, Member, Requester, Role};
use crate::crypto::{AccessClaims, RefreshClaims};
use crate::db::types::Timestamp;
use crate::db::{Conn, Scope};
use crate::domains::auth::model::{Account, Session, Standing};
use crate::domains::auth::repo;
use crate::domains::orgs;
use crate::domains::orgs::model::Org;
use crate::domains::throttle::service as throttle;
use crate::error::Result;
use crate::ids::{AccountId, OrgId, SessionId};
use crate::state::AppState;

/// A session that was just begun or renewed, with its tokens.
pub struct SignedIn {
    /// For `Authorization: Bearer`.
    pub access_token: String,
    /// When the access token ends.
    pub expires_at: Timestamp,
    /// For the cookie.
    pub refresh_token: String,
    /// How long the refresh token is valid.
    pub refresh_for: TimeDelta,
    /// Who signed in.
    pub account: Account,
    /// The organisation of the access token.
    pub org: Option<Org>,
    /// The role there.
    pub role: Option<Role>,
    /// The requester for the rest of the request.
    pub requester: Requester,
}

/// Begins a session after the password or token was checked. The account must belong to `org_id`.
pub(super) async fn begin(
    state: &AppState,
    conn: &mut Conn,
    account: &Account,
    org_id: Option<OrgId>,
    client: &Client,
    now: Timestamp,
) -> Result<Session> {
    let session = Session {
        id: state.random.id(now),
        account_id: account.id,
        org_id,
        generation: 0,
        user_agent: client.user_agent.clone(),
        created_at: now,
        last_used_at: now,
        expires_at: now + state.config.session_idle.min(state.config.session_absolute),
        revoked_at: None,
    };
    repo::insert_session(conn, &session).await?;
    if account.last_org_id != org_id {
        repo::set_last_org(conn, account.id, org_id).await?;
    }
    throttle::remember_within(state, conn, &account.email, client.address, now).await?;
    Ok(session)
}

/// The tokens of a session, and what the account may do in its organisation.
pub(super) async fn sign_in(
    state: &AppState,
    conn: &mut Conn,
    account: Account,
    session: &Session,
    now: Timestamp,
) -> Result<SignedIn> {
    if let Some(org_id) = session.org_id {
        conn.enter(org_id);
    }
    let standing = repo::standing(conn, session.id, account.id, session.org_id).await?;
    let place = standing.and_then(|standing| standing.place);
    let org = match session.org_id {
        Some(org_id) if place.is_some() => Some(orgs::service::org_within(conn, org_id).await?),
        _ => None,
    };
    let member = org.as_ref().zip(place).map(|(org, place)| Member {
        account_id: account.id,
        org_id: org.id,
        role: place.role,
        user_id: place.user_id,
    });
    let expires_at = now + state.config.access_token;
    let claims = AccessClaims {
        account_id: account.id,
        session_id: session.id,
        org_id: org.as_ref().map(|org| org.id),
        expires_at,
    };
    let refresh = RefreshClaims {
        session_id: session.id,
        generation: session.generation,
    };
    Ok(SignedIn {
        access_token: state.access_tokens.sign(&claims, now)?,
        expires_at,
        refresh_token: state.refresh_tokens.derive(refresh),
        refresh_for: session.expires_at - now,
        requester: Requester {
            account_id: account.id,
            session_id: session.id,
            member,
        },
        account,
        org,
        role: place.map(|place| place.role),
    })
}

/// What a request does after its session was read. It decides how long the request keeps the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It reads, in the snapshot in which its session was read.
    Read,
    /// It probably writes in the token's organisation. On PostgreSQL this then happens in the transaction that has read the
    /// session.
    Write,
    /// It may wait before it uses the database, for example to check a password. So it keeps no connection.
    Wait,
}

/// The requester of an access token, as the database has them now, or the reason why nobody is signed in. After a
/// session has ended its tokens are `Invalid`, because renewing them would not help. Also returns the state for the
/// rest of the request, whose work counts towards the share of the token's organisation.
///
/// # Errors
/// `UNAVAILABLE` when the database is away.
pub async fn requester(
    state: &AppState,
    access_token: &str,
    next: Next,
) -> Result<Result<(Requester, AppState), Anonymous>> {
    let now = state.clock.now();
    let claims = match state.access_tokens.verify(access_token, now) {
        Ok(claims) => claims,
        Err(why) => return Ok(Err(why)),
    };
    let scope = scope_of(&claims);
    let db = state.db.clone().charged_to(scope.into());
    let standing = async |conn: &mut Conn| standing_of(conn, &claims).await;
    let (db, standing) = match next {
        Next::Read => db.snapshot(scope, standing).await?,
        Next::Write => db.begin(claims.org_id, standing).await?,
        Next::Wait => {
            let standing = db.within(claims.org_id).read(standing).await?;
            (db, standing)
        }
    };
    Ok(stands_for(&claims, standing, now).map(|requester| (requester, state.with_db(db))))
}

fn scope_of(claims: &AccessClaims) -> Scope {
    Scope {
        org_id: claims.org_id,
        account_id: Some(claims.account_id),
    }
}

async fn standing_of(conn: &mut Conn, claims: &AccessClaims) -> Result<Option<Standing>> {
    repo::standing(conn, claims.session_id, claims.account_id, claims.org_id).await
}

fn stands_for(
    claims: &AccessClaims,
    standing: Option<Standing>,
    now: Timestamp,
) -> Result<Requester, Anonymous> {
    let open = standing.filter(|standing| standing.life.is_open(now));
    let standing = open.ok_or(Anonymous::Invalid)?;
    let member = claims
        .org_id
        .zip(standing.place)
        .map(|(org_id, place)| Member {
            account_id: claims.account_id,
            org_id,
            role: place.role,
            user_id: place.user_id,
        });
    Ok(Requester {
        account_id: claims.account_id,
        session_id: claims.session_id,
        member,
    })
}

/// Ends the sessions of an account, except the one to keep. Returns how many it ended.
pub(super) async fn end_sessions(
    conn: &mut Conn,
    account_id: AccountId,
    but: Option<SessionId>,
    now: Timestamp,
) -> Result<usize> {
    repo::revoke_sessions(conn, account_id, but, now).await
}
