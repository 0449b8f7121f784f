//! Tokens for links. They contain 256 bits that nobody can guess. The database stores only their SHA-256. An
//! invitation's token begins with the key of its organisation, where the server looks up its row.

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::clock::Random;
use crate::ids::OrgId;

/// Number of bytes of an organisation's key.
pub(super) const ORG: usize = 16;
/// Number of bytes that nobody can guess.
pub(super) const SECRET: usize = 32;

/// A new token and its hash.
pub struct OneTimeToken {
    /// The token for the link.
    pub token: String,
    /// The hash for the database.
    pub hash: Vec<u8>,
}

impl OneTimeToken {
    #[must_use]
    pub fn new(random: &Random) -> Self {
        Self::of(BASE64URL_NOPAD.encode(&random.bytes::<SECRET>()))
    }

    pub(super) fn of(token: String) -> Self {
        let hash = hash(&token);
        Self { token, hash }
    }
}

/// The organisation in a token that a client sent; `None` if the token does not look like that of an invitation. Do not
/// trust the result: only the row with the hash of the whole token proves that the token is genuine.
#[must_use]
pub fn org_of(token: &str) -> Option<OrgId> {
    let bytes = BASE64URL_NOPAD.decode(token.trim().as_bytes()).ok()?;
    let (org_id, secret) = bytes.split_first_chunk::<ORG>()?;
    (secret.len() == SECRET).then(|| OrgId::new(Uuid::from_bytes(*org_id)))
}

/// The hash of a token, as the database stores it.
pub(super) fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token).to_vec()
}

/// The hash to look up for a token that a client sent. The token is trimmed, because people copy tokens from mails with
/// a line break or a space.
#[must_use]
pub fn hash_presented(token: &str) -> Vec<u8> {
    hash(token.trim())
}
