use chrono::TimeDelta;

use crate::access::{Anonymous, Client, Member, Requester, Role};
use crate::crypto::{AccessClaims, RefreshClaims};
use crate::db::types::Timestamp;
use crate::db::{Conn, Scope};
use crate::domains::auth::model::{Account, Session, Standing};
use crate::domains::auth::repo;
use crate::domains::orgs;
use crate::domains::orgs::model::Org;
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
    /// How long the cookie is of use.
    pub refresh_for: TimeDelta,
    /// Who signed in.
    pub account: Account,
    /// The organisation of the access token.
    pub org: Option<Org>,
    /// The role there.
    pub role: Option<Role>,
    /// As whom the rest of the request runs.
    pub requester: Requester,
}

/// Begins a session for an account whose password or token was right. `org_id` is an organisation that the account
/// belongs to.
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

/// Who an access token stands for, as the database has it now, or why it stands for nobody. A session that has ended
/// makes its tokens `Invalid`: renewing them would not help.
///
/// # Errors
/// `UNAVAILABLE` when the database is away.
pub async fn requester(
    state: &AppState,
    access_token: &str,
) -> Result<Result<Requester, Anonymous>> {
    let now = state.clock.now();
    let claims = match state.access_tokens.verify(access_token, now) {
        Ok(claims) => claims,
        Err(why) => return Ok(Err(why)),
    };
    let db = state.db.within(claims.org_id);
    let standing = db.read(async |conn| standing_of(conn, &claims).await);
    Ok(stands_for(&claims, standing.await?, now))
}

/// As [`requester`], and begins the snapshot in which the rest of the request reads.
///
/// # Errors
/// `UNAVAILABLE` when the database is away.
pub async fn reader(
    state: &AppState,
    access_token: &str,
) -> Result<Result<(Requester, AppState), Anonymous>> {
    let now = state.clock.now();
    let claims = match state.access_tokens.verify(access_token, now) {
        Ok(claims) => claims,
        Err(why) => return Ok(Err(why)),
    };
    let scope = Scope {
        org_id: claims.org_id,
        account_id: Some(claims.account_id),
    };
    let snapshot = state
        .db
        .snapshot(scope, async |conn| standing_of(conn, &claims).await);
    let (db, standing) = snapshot.await?;
    let state = AppState {
        db,
        ..state.clone()
    };
    Ok(stands_for(&claims, standing, now).map(|requester| (requester, state)))
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

/// Ends the sessions of an account, all but one if that is to stay; says how many.
pub(super) async fn end_sessions(
    conn: &mut Conn,
    account_id: AccountId,
    but: Option<SessionId>,
    now: Timestamp,
) -> Result<usize> {
    repo::revoke_sessions(conn, account_id, but, now).await
}
