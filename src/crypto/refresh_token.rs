//! Refresh tokens: derived, not stored.
//!
//! A token consists of its session, the number of its rotation, and an HMAC of both with a key derived from
//! `SECRET_KEY`. So a dump of the database contains no tokens. A retry within the grace period gets the same new token.
//! The server recognises a replayed token, however old it is (RFC 9700 4.14.2).

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::config::{Config, Secret};
use crate::db::types::Id;
use crate::ids::SessionId;

const ID: usize = 16;
const COUNTER: usize = 4;
const MAC: usize = 32;

/// The claims of a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshClaims {
    pub session_id: SessionId,
    /// How many rotations the session had when this token was made.
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

    /// The token of a session after a number of rotations.
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

    /// The claims of a token; `None` if this server did not make it.
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

/// Derives a separate key for refresh tokens, so that no signature of an access token is valid for a refresh token.
fn key(secret: &Secret) -> Option<Hmac<Sha256>> {
    let derived = Hmac::<Sha256>::new_from_slice(&secret.0)
        .ok()?
        .chain_update(b"coulisses-crew refresh token v1")
        .finalize()
        .into_bytes();
    Hmac::new_from_slice(&derived).ok()
}
