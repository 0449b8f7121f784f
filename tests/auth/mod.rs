//! Accounts, sessions, passwords and tokens.

mod cookies;
mod passwords;
mod refresh;
mod sessions;
mod sign_in;
mod throttle;
mod tokens;
