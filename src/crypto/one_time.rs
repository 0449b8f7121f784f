//! Tokens that travel in a link. They hold 256 random bits and are shown once. The database holds only their SHA-256.
//! An invitation's token begins with its organisation, because its row is looked up there.

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::clock::Random;
use crate::ids::OrgId;

/// Bytes of an organisation's key.
const ORG: usize = 16;
/// Bytes that nobody can guess.
const SECRET: usize = 32;

/// A new token and what is stored of it.
pub struct OneTimeToken {
    /// For the link.
    pub token: String,
    /// For the database.
    pub hash: Vec<u8>,
}

impl OneTimeToken {
    #[must_use]
    pub fn new(random: &Random) -> Self {
        Self::of(&random.bytes::<SECRET>())
    }

    /// Makes a token that names its organisation.
    #[must_use]
    pub fn within(org_id: OrgId, random: &Random) -> Self {
        let org_id: [u8; ORG] = org_id.uuid().into_bytes();
        Self::of(&[&org_id[..], &random.bytes::<SECRET>()].concat())
    }

    fn of(bytes: &[u8]) -> Self {
        let token = BASE64URL_NOPAD.encode(bytes);
        let hash = hash(&token);
        Self { token, hash }
    }
}

/// The organisation that a presented token names; `None` if it does not look like an invitation's. What it names is not
/// to be trusted: the hash is of the whole token, so that only the row tells.
#[must_use]
pub fn org_of(token: &str) -> Option<OrgId> {
    let bytes = BASE64URL_NOPAD.decode(token.trim().as_bytes()).ok()?;
    let (org_id, secret) = bytes.split_first_chunk::<ORG>()?;
    (secret.len() == SECRET).then(|| OrgId::new(Uuid::from_bytes(*org_id)))
}

/// What is stored of a token.
pub(super) fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token).to_vec()
}

/// What is looked up for a token that somebody presents. It is trimmed: copied out of a mail, a token often comes with
/// a line break or a space.
#[must_use]
pub fn hash_presented(token: &str) -> Vec<u8> {
    hash(token.trim())
}
