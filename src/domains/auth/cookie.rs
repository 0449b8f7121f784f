//! The cookie of the refresh token (RFC 6265bis). It never authenticates /graphql.

use chrono::TimeDelta;
use cookie::{Cookie, SameSite};

use crate::config::Config;

/// With the prefix, browsers require Secure, Path=/ and no Domain. Development uses plain HTTP, where browsers would
/// refuse such a cookie.
fn name(config: &Config) -> &'static str {
    if config.is_production() {
        "__Host-refresh_token"
    } else {
        "refresh_token"
    }
}

fn build(config: &Config, token: String, max_age: TimeDelta) -> String {
    let path = if config.is_production() {
        "/"
    } else {
        "/api/v1/auth"
    };
    Cookie::build((name(config), token))
        .path(path)
        .http_only(true)
        .secure(config.is_production())
        .same_site(SameSite::Lax)
        .max_age(cookie::time::Duration::seconds(max_age.num_seconds()))
        .build()
        .to_string()
}

/// `Set-Cookie` of a refresh token.
#[must_use]
pub fn set(config: &Config, refresh_token: &str, max_age: TimeDelta) -> String {
    build(config, refresh_token.to_owned(), max_age)
}

/// The `Set-Cookie` header that deletes the cookie. It has the same attributes and no value.
#[must_use]
pub fn clear(config: &Config) -> String {
    build(config, String::new(), TimeDelta::zero())
}

/// The refresh tokens in a `Cookie` header. The function reads bytes, because cookies of other programs on the same
/// host are in the header too and need not be ASCII (RFC 6265, 5.4).
pub fn read<'a>(config: &Config, header: &'a [u8]) -> impl Iterator<Item = &'a str> + use<'a> {
    let name = name(config).as_bytes();
    header.split(|byte| *byte == b';').filter_map(move |pair| {
        let value = pair.trim_ascii().strip_prefix(name)?.strip_prefix(b"=")?;
        str::from_utf8(value).ok()
    })
}
