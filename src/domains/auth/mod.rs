//! Accounts and sessions.

pub mod cookie;
pub mod graphql;
pub mod model;
mod repo;
pub mod service;

/// Mutations that try a password or a token: an operation may have one of them, so that nobody tries many at once.
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
