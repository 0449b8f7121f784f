//! Passwords and tokens.

mod access_token;
mod link;
mod one_time;
mod password;
mod refresh_token;

pub use access_token::{AccessClaims, AccessTokens};
pub use link::{LinkTokens, Seed};
pub use one_time::{OneTimeToken, hash_presented, org_of};
pub use password::{Asker, Passwords, Queued};
pub use refresh_token::{RefreshClaims, RefreshTokens};
