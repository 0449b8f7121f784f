//! Values of settings that are more than a number or a switch.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::str::FromStr;

use axum::http::uri::Authority;
use jsonwebtoken::Algorithm;
use lettre::{AsyncSmtpTransport, Tokio1Executor};

use super::{AppEnv, LogFormat, Secret};

pub(super) fn app_env(text: &str) -> Result<AppEnv, String> {
    match text {
        "development" => Ok(AppEnv::Development),
        "production" => Ok(AppEnv::Production),
        _ => Err("is neither development nor production".to_owned()),
    }
}

pub(super) fn jwt_alg(text: &str) -> Result<Algorithm, String> {
    match text {
        "HS256" => Ok(Algorithm::HS256),
        "HS384" => Ok(Algorithm::HS384),
        "HS512" => Ok(Algorithm::HS512),
        _ => Err("is not one of HS256, HS384 and HS512".to_owned()),
    }
}

pub(super) fn log_format(text: &str) -> Result<LogFormat, String> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("is neither text nor json".to_owned()),
    }
}

/// `smtp://host:25`, `smtp://user:password@host:587?tls=required`, `smtps://user:password@host`.
pub(super) fn smtp_url(text: &str) -> Result<Option<Secret>, String> {
    AsyncSmtpTransport::<Tokio1Executor>::from_url(text)
        .map(|_| Some(Secret(text.as_bytes().to_vec())))
        .map_err(|_| "is not an SMTP URL (smtp://user:password@host:587?tls=required)".to_owned())
}

pub(super) fn app_url(text: &str) -> Result<String, String> {
    match text.parse::<axum::http::Uri>() {
        Ok(uri) if matches!(uri.scheme_str(), Some("http" | "https")) => {
            Ok(text.trim_end_matches('/').to_owned())
        }
        _ => Err("is not an http or https URL".to_owned()),
    }
}

/// A file that graphql-codegen's client preset or Relay's compiler writes: `{"<id>": "<document>", …}`.
pub(super) fn trusted_documents(path: &str) -> Result<Option<BTreeMap<String, String>>, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("names a file that cannot be read: {path}: {error}"))?;
    match serde_json::from_str(&text) {
        Ok(documents) => Ok(Some(documents)),
        Err(error) => Err(format!(
            "is not a JSON object of ids and documents: {path}: {error}"
        )),
    }
}

/// `127.0.0.1:9464`.
pub(super) fn metrics_listen(text: &str) -> Result<Option<SocketAddr>, String> {
    let wrong = |_| "is not an IP address with a port, such as 127.0.0.1:9464".to_owned();
    text.parse().map(Some).map_err(wrong)
}

/// `http://127.0.0.1:4318`: the host and the port. An IPv6 address stands in brackets.
pub(super) fn collector(text: &str) -> Result<Option<String>, String> {
    let authority = text.strip_prefix("http://").unwrap_or_default();
    let authority = authority.strip_suffix('/').unwrap_or(authority);
    match authority.parse::<Authority>() {
        Ok(parsed)
            if !authority.contains('@')
                && !parsed.host().is_empty()
                && parsed.port_u16().is_some() =>
        {
            Ok(Some(authority.to_owned()))
        }
        _ => Err(
            "is not http://host:port, such as http://127.0.0.1:4318; for TLS, use a collector nearby"
                .to_owned(),
        ),
    }
}

/// A name that fits a line.
pub(super) fn service_name(text: &str) -> Result<String, String> {
    match text.len() <= 255 && !text.contains(char::is_control) {
        true => Ok(text.to_owned()),
        false => Err("is not a name of at most 255 bytes without control characters".to_owned()),
    }
}

/// A level, or tracing directives (`info,coulisses_crew=debug`). tracing would accept a misspelt level and log nothing,
/// so such a word is refused.
pub(super) fn log_level(text: &str) -> Result<String, String> {
    let is_level = tracing_subscriber::filter::LevelFilter::from_str(text).is_ok();
    let is_directives = text.contains('=') && tracing_subscriber::EnvFilter::from_str(text).is_ok();
    if is_level || is_directives {
        Ok(text.to_owned())
    } else {
        Err(
            "is neither a level (error, warn, info, debug, trace) nor tracing directives"
                .to_owned(),
        )
    }
}

/// An origin as browsers write it, without the default port.
pub fn without_default_port(origin: &str) -> &str {
    let port = match origin.split_once("://") {
        Some(("http", _)) => ":80",
        Some(("https", _)) => ":443",
        _ => return origin,
    };
    origin.strip_suffix(port).unwrap_or(origin)
}

/// `https://app.example.org, http://localhost:5173`: scheme, host and port only, as browsers send them.
pub(super) fn origins(text: &str) -> Result<Vec<String>, String> {
    let origin = |text: &str| match text.parse::<axum::http::Uri>() {
        Ok(uri)
            if matches!(uri.scheme_str(), Some("http" | "https"))
                && uri
                    .authority()
                    .is_some_and(|authority| !authority.as_str().contains('@'))
                && !text.ends_with('/')
                && matches!(
                    uri.path_and_query()
                        .map(axum::http::uri::PathAndQuery::as_str),
                    None | Some("/")
                ) =>
        {
            Ok(without_default_port(&text.to_ascii_lowercase()).to_owned())
        }
        _ => Err(format!(
            "contains something that is not an origin (https://app.example.org): {text}"
        )),
    };
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(origin)
        .collect()
}
