//! Accounts and sessions.

pub mod cookie;
pub mod graphql;
pub mod model;
mod repo;
pub mod service;

/// The mutations that check a password or a token. An operation may contain only one of them, so that nobody can try
/// many passwords at once. They may be slow, so they hold no connection from the reading of their session on.
pub const ATTEMPTS: [&str; 8] = [
    "changePassword",
    "confirmPasswordReset",
    "joinOrg",
    "login",
    "logout",
    "requestPasswordReset",
    "signUp",
    "switchOrg",
];
