//! Tokens of links that the server mails later. The database keeps random bits for a mail that waits, and the token is
//! an HMAC of them with a key derived from `SECRET_KEY`. So a dump of the database contains no usable token, and the
//! server can still write the link after a restart.

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::one_time::{ORG, OneTimeToken, SECRET};
use crate::clock::Random;
use crate::config::{Config, Secret};
use crate::ids::OrgId;

/// The random bits behind a token.
pub type Seed = [u8; SECRET];

/// Derives the tokens of invitations.
pub struct LinkTokens {
    /// The first one makes new tokens.
    keys: Vec<Hmac<Sha256>>,
}

impl LinkTokens {
    /// The keys of the configuration.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let secrets = std::iter::once(&config.secret_key).chain(&config.secret_key_previous);
        Self {
            keys: secrets.filter_map(key).collect(),
        }
    }

    /// Makes a token that contains the key of its organisation, and the seed that it can be derived from again.
    #[must_use]
    pub fn make(&self, org_id: OrgId, random: &Random) -> (OneTimeToken, Seed) {
        let seed = random.bytes::<SECRET>();
        (derive(&self.keys[0], org_id, &seed), seed)
    }

    /// The token of a seed. `hash` is that of the token: it tells which key made it. `None` if the server no longer has
    /// that key.
    #[must_use]
    pub fn again(&self, org_id: OrgId, seed: &[u8], hash: &[u8]) -> Option<String> {
        let tokens = self.keys.iter().map(|key| derive(key, org_id, seed));
        let same = |token: &OneTimeToken| token.hash == hash;
        tokens.into_iter().find(same).map(|token| token.token)
    }
}

fn derive(key: &Hmac<Sha256>, org_id: OrgId, seed: &[u8]) -> OneTimeToken {
    let org_id: [u8; ORG] = org_id.uuid().into_bytes();
    let secret = key.clone().chain_update(org_id).chain_update(seed);
    let secret = secret.finalize().into_bytes();
    OneTimeToken::of(BASE64URL_NOPAD.encode(&[&org_id[..], &secret].concat()))
}

/// Derives a separate key for links, so that no other token of this server is valid as one of these.
fn key(secret: &Secret) -> Option<Hmac<Sha256>> {
    let derived = Hmac::<Sha256>::new_from_slice(&secret.0)
        .ok()?
        .chain_update(b"coulisses-crew link token v1")
        .finalize()
        .into_bytes();
    Hmac::new_from_slice(&derived).ok()
}
