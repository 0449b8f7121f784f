//! Accounts, sessions, passwords and tokens.

mod anonymous;
mod clock;
mod cookies;
mod development;
mod disabled;
mod networks;
mod passwords;
mod refresh;
mod reset_mail;
mod sessions;
mod sign_in;
mod throttle;
mod tokens;

use serde_json::json;

use crate::support::{Answer, Client};

/// Renews the session of the client's cookie.
async fn refresh(client: &Client) -> Answer {
    client.post("/api/v1/auth/refresh", &json!({})).await
}

/// Who the client is, and with what role.
async fn me(client: &Client) -> Answer {
    client.query("{ me { email } myRole }").await
}
