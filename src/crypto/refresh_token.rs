//! Refresh tokens: derived, not stored.
//!
//! A token is its session, the number of the rotation that made it, and an HMAC of both under a key derived from
//! `SECRET_KEY`. So a dump of the database holds none; a retry within the grace gets the very same successor; and
//! a replayed token is known for what it is, however old (RFC 9700 4.14.2).

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::config::{Config, Secret};
use crate::db::types::Id;
use crate::ids::SessionId;

const ID: usize = 16;
const COUNTER: usize = 4;
const MAC: usize = 32;

/// What a refresh token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshClaims {
    pub session_id: SessionId,
    /// How often its token had been rotated when this one was made.
    pub generation: i32,
}

/// Derives and verifies refresh tokens.
pub struct RefreshTokens {
    /// The first one makes tokens.
    keys: Vec<Hmac<Sha256>>,
}

impl RefreshTokens {
    /// The keys of the configuration.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let secrets = std::iter::once(&config.secret_key).chain(&config.secret_key_previous);
        Self {
            keys: secrets.filter_map(key).collect(),
        }
    }

    /// The token of a session after so many rotations.
    #[must_use]
    pub fn derive(&self, claims: RefreshClaims) -> String {
        let mut token = body(claims);
        token.extend(
            self.keys[0]
                .clone()
                .chain_update(&token)
                .finalize()
                .into_bytes(),
        );
        BASE64URL_NOPAD.encode(&token)
    }

    /// What a token says; `None` if it was not made here.
    #[must_use]
    pub fn verify(&self, token: &str) -> Option<RefreshClaims> {
        let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).ok()?;
        if bytes.len() != ID + COUNTER + MAC {
            return None;
        }
        let (body, mac) = bytes.split_at(ID + COUNTER);
        let made_here =
            |key: &Hmac<Sha256>| key.clone().chain_update(body).verify_slice(mac).is_ok();
        self.keys.iter().any(made_here).then_some(())?;
        let (id, counter) = body.split_at(ID);
        Some(RefreshClaims {
            session_id: Id::new(uuid::Uuid::from_slice(id).ok()?),
            generation: i32::from_be_bytes(counter.try_into().ok()?),
        })
    }
}

fn body(claims: RefreshClaims) -> Vec<u8> {
    [
        claims.session_id.uuid().as_bytes().as_slice(),
        &claims.generation.to_be_bytes(),
    ]
    .concat()
}

/// A key of its own for this use, so that an access token's signature is never a refresh token's.
fn key(secret: &Secret) -> Option<Hmac<Sha256>> {
    let derived = Hmac::<Sha256>::new_from_slice(&secret.0)
        .ok()?
        .chain_update(b"coulisses-crew refresh token v1")
        .finalize()
        .into_bytes();
    Hmac::new_from_slice(&derived).ok()
}
