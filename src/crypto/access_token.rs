//! Access tokens: short-lived JWTs (RFC 7519, checked as RFC 8725 asks).

use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::access::Anonymous;
use crate::config::{Config, Secret};
use crate::db::types::Timestamp;
use crate::error::{AppError, Result};
use crate::ids::{AccountId, OrgId, SessionId};

/// Both who issues the tokens and whom they are for: this server.
const ISSUER: &str = "coulisses-crew";
/// Tells an access token from any other.
const TYPE: &str = "at+jwt";
/// Seconds by which clocks may differ.
const LEEWAY: i64 = 5;

/// What an access token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessClaims {
    pub account_id: AccountId,
    /// The session, which is looked up on each request.
    pub session_id: SessionId,
    /// The organisation that the token works in.
    pub org_id: Option<OrgId>,
    pub expires_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    sid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    org: Option<String>,
    iat: i64,
    exp: i64,
}

/// Signs and verifies access tokens. `kid` names the key, so that `SECRET_KEY` can be rotated.
pub struct AccessTokens {
    algorithm: Algorithm,
    /// The first one signs.
    keys: Vec<Key>,
    lifetime: TimeDelta,
}

struct Key {
    id: String,
    encoding: EncodingKey,
    decoding: DecodingKey,
}

impl Key {
    fn new(secret: &Secret) -> Self {
        // A name for the key that says nothing of it.
        let id = super::one_time::hash(&format!("kid:{}", String::from_utf8_lossy(&secret.0)));
        Self {
            id: data_encoding::HEXLOWER.encode(&id[..8]),
            encoding: EncodingKey::from_secret(&secret.0),
            decoding: DecodingKey::from_secret(&secret.0),
        }
    }
}

impl AccessTokens {
    /// The keys of the configuration.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let secrets = std::iter::once(&config.secret_key).chain(&config.secret_key_previous);
        Self {
            algorithm: config.jwt_alg,
            keys: secrets.map(Key::new).collect(),
            lifetime: config.access_token,
        }
    }

    /// Makes a token that is valid from `now`.
    ///
    /// # Errors
    /// `INTERNAL` if it cannot be signed.
    pub fn sign(&self, claims: &AccessClaims, now: Timestamp) -> Result<String> {
        let key = &self.keys[0];
        let header = Header {
            typ: Some(TYPE.to_owned()),
            kid: Some(key.id.clone()),
            ..Header::new(self.algorithm)
        };
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: ISSUER.to_owned(),
            sub: claims.account_id.to_string(),
            sid: claims.session_id.to_string(),
            org: claims.org_id.map(|id| id.to_string()),
            iat: now.utc().timestamp(),
            exp: claims.expires_at.utc().timestamp(),
        };
        jsonwebtoken::encode(&header, &claims, &key.encoding).map_err(AppError::internal)
    }

    /// What a token says.
    ///
    /// # Errors
    /// `Expired` only for a token that was valid once, also by a clock that was ahead; `Invalid` for any other that is not
    /// valid at `now`.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, Anonymous> {
        let claims = self.read(token).ok_or(Anonymous::Invalid)?;
        let left = claims.expires_at.utc().timestamp() - now.utc().timestamp();
        if left > -LEEWAY && left <= self.lifetime.num_seconds() + LEEWAY {
            Ok(claims)
        } else {
            Err(Anonymous::Expired)
        }
    }

    /// What a token of this server says, also one whose time is over.
    fn read(&self, token: &str) -> Option<AccessClaims> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        // No extension is understood here, so a token that insists on one is not (RFC 7515, 4.1.11).
        if header.typ.as_deref() != Some(TYPE) || header.crit.is_some() {
            return None;
        }
        let key = self
            .keys
            .iter()
            .find(|key| Some(&key.id) == header.kid.as_ref())?;
        let mut validation = Validation::new(self.algorithm);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // The library reads the machine's clock; `verify` compares `exp` with the server's.
        validation.validate_exp = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &key.decoding, &validation)
            .ok()?
            .claims;
        let org_id = match claims.org {
            Some(org) => Some(org.parse().ok()?),
            None => None,
        };
        Some(AccessClaims {
            account_id: claims.sub.parse().ok()?,
            session_id: claims.sid.parse().ok()?,
            org_id,
            expires_at: Timestamp::from_micros(claims.exp.checked_mul(1_000_000)?)?,
        })
    }
}
