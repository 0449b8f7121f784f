//! Access tokens, and the session and membership behind them.

use coulisses_crew::clock::{Clock, SET_BACK};
use coulisses_crew::db::types::Timestamp;
use coulisses_crew::ids::{AccountId, OrgId, SessionId};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::Refused;
use super::pool::Connection;

/// Seconds by which clocks may differ: as many as the server allows.
const LEEWAY: u64 = 5;

/// Verifies access tokens.
pub struct Tokens {
    key: DecodingKey,
    validation: Validation,
}

/// Who sends a request.
pub struct Requester {
    pub account_id: AccountId,
    pub org_id: OrgId,
    session_id: SessionId,
    /// When the request arrived.
    pub now: Timestamp,
}

#[derive(Clone, Deserialize)]
struct Claims {
    sub: String,
    sid: String,
    org: String,
}

impl Tokens {
    pub fn new(secret: &str) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&["coulisses-crew"]);
        validation.set_audience(&["coulisses-crew"]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.leeway = LEEWAY;
        Self {
            key: DecodingKey::from_secret(secret.as_bytes()),
            validation,
        }
    }

    /// Checks signature, type and expiry.
    pub fn verify(&self, token: &str) -> Option<Requester> {
        let token = jsonwebtoken::decode::<Claims>(token, &self.key, &self.validation).ok()?;
        if token.header.typ.as_deref() != Some("at+jwt") {
            return None;
        }
        Some(Requester {
            account_id: token.claims.sub.parse().ok()?,
            org_id: token.claims.org.parse().ok()?,
            session_id: token.claims.sid.parse().ok()?,
            now: Clock::System.now(),
        })
    }
}

impl Requester {
    /// The setting that the policies read.
    pub fn scope(&self) -> String {
        format!("SET LOCAL app.org_id = '{}'", self.org_id.uuid())
    }

    /// Begins a transaction that reads one snapshot.
    pub fn begin_reading(&self) -> String {
        let scope = self.scope();
        format!("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {scope}")
    }

    /// The role, if the session is open and its account still a member.
    pub async fn standing(&self, connection: &Connection) -> Result<Option<Row>, Refused> {
        let (session, account) = (self.session_id.uuid(), self.account_id.uuid());
        let org = self.org_id.uuid();
        let (now, latest) = (self.now.utc(), (self.now + SET_BACK).utc());
        let Connection { client, statements } = connection;
        let keys: [&(dyn ToSql + Sync); 5] = [&session, &account, &org, &now, &latest];
        Ok(client.query_opt(&statements.standing, &keys).await?)
    }
}
