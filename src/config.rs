//! Configuration: the only reader of the environment. A value that does not fit refuses to start the server, and
//! says which one and why. docs/configuration.md describes each.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::time::Duration;

use chrono::TimeDelta;
use lettre::address::Address;
use lettre::message::Mailbox;
use lettre::{AsyncSmtpTransport, Tokio1Executor};

use crate::clock::Random;
use crate::db::{DbUrl, PoolSettings};

/// Development answers more openly; production refuses what is unsafe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppEnv {
    /// Plain HTTP on one machine.
    Development,
    /// Behind TLS, with secrets of its own.
    Production,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for machines.
    Json,
}

/// A secret: never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub Vec<u8>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// The server's settings, each checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// `DATABASE_URL`.
    pub database: DbUrl,
    /// `DB_POOL_SIZE`, `SQLITE_READERS`; a request waits 2 s for a connection.
    pub pool: PoolSettings,
    /// `APP_ENV`.
    pub env: AppEnv,
    /// `HOST` and `PORT`.
    pub listen: SocketAddr,
    /// `SECRET_KEY`: signs access tokens and derives refresh tokens.
    pub secret_key: Secret,
    /// Whether `SECRET_KEY` was made up at this start.
    pub secret_key_is_random: bool,
    /// `SECRET_KEY_PREVIOUS`: still verifies, during a rotation.
    pub secret_key_previous: Option<Secret>,
    /// `JWT_ALG`.
    pub jwt_alg: jsonwebtoken::Algorithm,
    /// `ACCESS_TOKEN_MINUTES`.
    pub access_token: TimeDelta,
    /// `REFRESH_TOKEN_DAYS`: a session ends when it is not used for so long.
    pub session_idle: TimeDelta,
    /// A session ends after 90 days in any case.
    pub session_absolute: TimeDelta,
    /// `INVITATION_DAYS`.
    pub invitation: TimeDelta,
    /// `BCRYPT_COST`.
    pub bcrypt_cost: u32,
    /// `PASSWORD_MIN_LENGTH`, in characters.
    pub password_min_length: usize,
    /// `SIGNUP_ENABLED`.
    pub signup_enabled: bool,
    /// `THROTTLE_ENABLED`: whether attempts to sign in are counted.
    pub throttle_enabled: bool,
    /// `TRUSTED_PROXIES`: how many proxies stand before the server and add to `X-Forwarded-For`.
    pub trusted_proxies: usize,
    /// `SMTP_URL`: where mail goes; it may hold a password.
    pub smtp_url: Option<Secret>,
    /// `MAIL_FROM`: who mail comes from.
    pub mail_from: Mailbox,
    /// `APP_URL`: the front end that links in mail lead to, without a slash at the end.
    pub app_url: String,
    /// `CORS_ALLOW_ORIGINS`: origins that may call from a browser, besides the server's own.
    pub cors_origins: Vec<String>,
    /// `GRAPHIQL_ENABLED`.
    pub graphiql: bool,
    /// `INTROSPECTION_ENABLED`.
    pub introspection: bool,
    /// `TRUSTED_DOCUMENTS`: the only documents that run, name and text, as the listed file has them.
    pub trusted_documents: Option<BTreeMap<String, String>>,
    /// `LOG_LEVEL`: a level or tracing directives.
    pub log_level: String,
    /// `LOG_FORMAT`.
    pub log_format: LogFormat,
}

/// What is wrong with the configuration: a line for each value.
#[derive(Debug, thiserror::Error)]
#[error("the configuration is wrong:\n{}", .0.join("\n"))]
pub struct ConfigError(pub Vec<String>);

impl Config {
    /// Reads the environment and, outside production, the file `.env` for what the environment leaves out.
    ///
    /// # Errors
    /// All values that do not fit, at once.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the environment"
    )]
    pub fn from_env() -> Result<Self, ConfigError> {
        let file = match std::env::var("APP_ENV").as_deref() {
            Ok("production") => HashMap::new(),
            _ => env_file()?,
        };
        Self::read(|name| match std::env::var(name) {
            Ok(value) => Some(value),
            Err(std::env::VarError::NotPresent) => file.get(name).cloned(),
            // Not Unicode: handed on so that the reader refuses it by name.
            Err(std::env::VarError::NotUnicode(value)) => Some(value.to_string_lossy().into()),
        })
    }

    /// Reads settings from wherever `get` finds them; an empty value counts as missing.
    ///
    /// # Errors
    /// All values that do not fit, at once.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader {
            get,
            wrong: Vec::new(),
        };
        let env = reader.value("APP_ENV", AppEnv::Development, |text| match text {
            "development" => Ok(AppEnv::Development),
            "production" => Ok(AppEnv::Production),
            _ => Err("is neither development nor production".to_owned()),
        });
        let open = env == AppEnv::Development;
        let default_sender = Mailbox::new(
            Some("Coulisses Crew".to_owned()),
            Address::new("no-reply", "localhost").unwrap_or_else(|_| unreachable!("an address")),
        );
        let default_database = DbUrl::Sqlite("coulisses-crew.db".into());
        let host = reader.value("HOST", IpAddr::from([127, 0, 0, 1]), |text| {
            text.parse()
                .map_err(|_| "is not an IP address, such as 127.0.0.1 or 0.0.0.0".into())
        });
        let (secret_key, secret_key_is_random) = reader.secret_key(env);
        let config = Self {
            database: reader.value("DATABASE_URL", default_database, DbUrl::parse),
            pool: PoolSettings {
                postgres_connections: reader.number("DB_POOL_SIZE", 10, 2, 1_000),
                sqlite_readers: reader.number("SQLITE_READERS", 4, 1, 64),
                wait: Duration::from_secs(2),
            },
            env,
            listen: SocketAddr::new(host, reader.number("PORT", 8000, 0, u16::MAX)),
            secret_key,
            secret_key_is_random,
            secret_key_previous: reader.secret("SECRET_KEY_PREVIOUS", env),
            jwt_alg: reader.value(
                "JWT_ALG",
                jsonwebtoken::Algorithm::HS256,
                |text| match text {
                    "HS256" => Ok(jsonwebtoken::Algorithm::HS256),
                    "HS384" => Ok(jsonwebtoken::Algorithm::HS384),
                    "HS512" => Ok(jsonwebtoken::Algorithm::HS512),
                    _ => Err("is none of HS256, HS384, HS512".to_owned()),
                },
            ),
            access_token: TimeDelta::minutes(reader.number("ACCESS_TOKEN_MINUTES", 15, 1, 1_440)),
            session_idle: TimeDelta::days(reader.number("REFRESH_TOKEN_DAYS", 14, 1, 90)),
            session_absolute: TimeDelta::days(90),
            invitation: TimeDelta::days(reader.number("INVITATION_DAYS", 7, 1, 365)),
            bcrypt_cost: reader.number("BCRYPT_COST", 12, if open { 4 } else { 10 }, 20),
            password_min_length: reader.number("PASSWORD_MIN_LENGTH", 12, 8, 64),
            signup_enabled: reader.switch("SIGNUP_ENABLED", true),
            throttle_enabled: reader.switch("THROTTLE_ENABLED", true),
            trusted_proxies: reader.number("TRUSTED_PROXIES", 0, 0, 16),
            smtp_url: reader.value("SMTP_URL", None, smtp_url),
            mail_from: reader.value("MAIL_FROM", default_sender, |text| {
                text.parse()
                    .map_err(|_| "is not a mailbox (Name <name@example.org>)".to_owned())
            }),
            app_url: reader.value("APP_URL", "http://localhost:5173".to_owned(), app_url),
            cors_origins: reader.value("CORS_ALLOW_ORIGINS", Vec::new(), origins),
            graphiql: reader.switch("GRAPHIQL_ENABLED", open),
            introspection: reader.switch("INTROSPECTION_ENABLED", open),
            trusted_documents: reader.value("TRUSTED_DOCUMENTS", None, trusted_documents),
            log_level: reader.value("LOG_LEVEL", "info".to_owned(), log_level),
            log_format: reader.value(
                "LOG_FORMAT",
                if open {
                    LogFormat::Text
                } else {
                    LogFormat::Json
                },
                |text| match text {
                    "text" => Ok(LogFormat::Text),
                    "json" => Ok(LogFormat::Json),
                    _ => Err("is neither text nor json".to_owned()),
                },
            ),
        };
        if !open && config.smtp_url.is_some() {
            reader.required("MAIL_FROM");
            reader.required("APP_URL");
            if !config.app_url.starts_with("https://") {
                reader.wrong.push("  APP_URL is not https".to_owned());
            }
        }
        if reader.wrong.is_empty() {
            Ok(config)
        } else {
            Err(ConfigError(reader.wrong))
        }
    }

    /// Whether the server is in development and reachable from its own machine only: what helps to develop may be
    /// told to whoever asks.
    #[must_use]
    pub fn is_local(&self) -> bool {
        !self.is_production() && self.listen.ip().is_loopback()
    }

    /// Whether the server runs in production.
    #[must_use]
    pub fn is_production(&self) -> bool {
        self.env == AppEnv::Production
    }
}

/// The settings of `.env`, if there is such a file here or in a folder above. An error names no line: it may hold a
/// secret.
fn env_file() -> Result<HashMap<String, String>, ConfigError> {
    let wrong = |problem: &str| ConfigError(vec![format!("  .env {problem}")]);
    let lines = match dotenvy::dotenv_iter() {
        Ok(lines) => lines,
        Err(error) if error.not_found() => return Ok(HashMap::new()),
        Err(_) => return Err(wrong("cannot be read")),
    };
    let read: Result<_, _> = lines.collect();
    read.map_err(|_| wrong("holds a line that is not NAME=value (quote a value with spaces)"))
}

/// `smtp://host:25`, `smtp://user:password@host:587?tls=required`, `smtps://user:password@host`.
fn smtp_url(text: &str) -> Result<Option<Secret>, String> {
    AsyncSmtpTransport::<Tokio1Executor>::from_url(text)
        .map(|_| Some(Secret(text.as_bytes().to_vec())))
        .map_err(|_| "is not an SMTP URL (smtp://user:password@host:587?tls=required)".to_owned())
}

fn app_url(text: &str) -> Result<String, String> {
    match text.parse::<axum::http::Uri>() {
        Ok(uri) if matches!(uri.scheme_str(), Some("http" | "https")) => {
            Ok(text.trim_end_matches('/').to_owned())
        }
        _ => Err("is not an http or https URL".to_owned()),
    }
}

/// A file that graphql-codegen's client preset or Relay's compiler writes: `{"<id>": "<document>", …}`.
fn trusted_documents(path: &str) -> Result<Option<BTreeMap<String, String>>, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("names a file that cannot be read: {path}: {error}"))?;
    match serde_json::from_str(&text) {
        Ok(documents) => Ok(Some(documents)),
        Err(error) => Err(format!(
            "is no JSON object of ids and documents: {path}: {error}"
        )),
    }
}

/// A level, or tracing directives (`info,coulisses_crew=debug`). A lone word that is no level would silence the log.
fn log_level(text: &str) -> Result<String, String> {
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

struct Reader<G> {
    get: G,
    wrong: Vec<String>,
}

impl<G: Fn(&str) -> Option<String>> Reader<G> {
    fn value<T>(
        &mut self,
        name: &str,
        default: T,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> T {
        let Some(text) = (self.get)(name).filter(|text| !text.trim().is_empty()) else {
            return default;
        };
        parse(text.trim()).unwrap_or_else(|problem| {
            self.wrong.push(format!("  {name} {problem}"));
            default
        })
    }

    /// A setting that has no default where it is needed.
    fn required(&mut self, name: &str) {
        if (self.get)(name).is_none_or(|text| text.trim().is_empty()) {
            self.wrong
                .push(format!("  {name} is missing: mail cannot do without it"));
        }
    }

    fn number<T>(&mut self, name: &str, default: T, least: T, most: T) -> T
    where
        T: FromStr + PartialOrd + Copy + fmt::Display,
    {
        self.value(name, default, |text| match text.parse::<T>() {
            Ok(number) if number >= least && number <= most => Ok(number),
            _ => Err(format!(
                "is not a whole number from {least} to {most}: {text}"
            )),
        })
    }

    fn switch(&mut self, name: &str, default: bool) -> bool {
        self.value(name, default, |text| match text {
            "true" | "1" | "on" => Ok(true),
            "false" | "0" | "off" => Ok(false),
            _ => Err(format!("is neither true nor false: {text}")),
        })
    }

    /// A secret of at least 32 bytes in production (RFC 8725 3.5: as long as the digest of HS256).
    fn secret(&mut self, name: &str, env: AppEnv) -> Option<Secret> {
        self.value(name, None, |text| {
            if env == AppEnv::Production && text.len() < 32 {
                return Err(
                    "is shorter than 32 bytes; make one with: openssl rand -base64 48".into(),
                );
            }
            Ok(Some(Secret(text.as_bytes().to_vec())))
        })
    }

    fn secret_key(&mut self, env: AppEnv) -> (Secret, bool) {
        let problems = self.wrong.len();
        if let Some(secret) = self.secret("SECRET_KEY", env) {
            return (secret, false);
        }
        if env == AppEnv::Production && self.wrong.len() == problems {
            self.wrong
                .push("  SECRET_KEY is missing; make one with: openssl rand -base64 48".into());
        }
        (Secret(Random::Os.bytes::<48>().to_vec()), true)
    }
}

/// An origin as browsers write it: the port that goes without saying is left out.
pub fn without_default_port(origin: &str) -> &str {
    let port = match origin.split_once("://") {
        Some(("http", _)) => ":80",
        Some(("https", _)) => ":443",
        _ => return origin,
    };
    origin.strip_suffix(port).unwrap_or(origin)
}

/// `https://app.example.org, http://localhost:5173`: scheme, host and port only, as browsers send them.
fn origins(text: &str) -> Result<Vec<String>, String> {
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
            "holds something that is no origin (https://app.example.org): {text}"
        )),
    };
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(origin)
        .collect()
}
