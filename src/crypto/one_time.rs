//! Tokens that travel in a link: 256 random bits, shown once; the database holds only their SHA-256.

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};

use crate::clock::Random;

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
        let token = BASE64URL_NOPAD.encode(&random.bytes::<32>());
        let hash = hash(&token);
        Self { token, hash }
    }
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
