//! The configuration. Only this module reads the environment. If a value is not allowed, the server does not start and
//! names the variable. docs/configuration.md describes the settings.

mod reader;
mod values;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use chrono::TimeDelta;
use lettre::address::Address;
use lettre::message::Mailbox;

use reader::Reader;
use values::{
    app_env, app_url, collector, jwt_alg, log_format, log_level, metrics_listen, origins,
    service_name, smtp_url, trusted_documents,
};

pub use values::without_default_port;

use crate::db::{DbUrl, PoolSettings};

/// The longest `INVITATION_DAYS`.
pub const LONGEST_INVITATION_DAYS: i64 = 365;

/// The mode of the server. Development reveals more to clients, and production refuses unsafe settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppEnv {
    /// Plain HTTP on one machine.
    Development,
    /// Behind a proxy with TLS, with a secret key.
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

/// The server's settings, after validation.
#[derive(Clone, Debug)]
pub struct Config {
    /// `DATABASE_URL` or `DATABASE_URL_FILE`.
    pub database: DbUrl,
    /// `DATABASE_WAIT_SECONDS`: how long the start waits for PostgreSQL.
    pub database_wait: Duration,
    /// `METRICS_LISTEN`: where Prometheus may read `/metrics`, if anywhere.
    pub metrics_listen: Option<SocketAddr>,
    /// `DB_POOL_SIZE`, `SQLITE_READERS`; a request waits 2 s for a connection.
    pub pool: PoolSettings,
    /// `APP_ENV`.
    pub env: AppEnv,
    /// `HOST` and `PORT`.
    pub listen: SocketAddr,
    /// `SECRET_KEY` or `SECRET_KEY_FILE`: signs access tokens and derives refresh tokens.
    pub secret_key: Secret,
    /// Whether the server made a random key because `SECRET_KEY` is not set.
    pub secret_key_is_random: bool,
    /// `SECRET_KEY_PREVIOUS` or `SECRET_KEY_PREVIOUS_FILE`: the old key, which still verifies tokens during a rotation.
    pub secret_key_previous: Option<Secret>,
    /// `JWT_ALG`.
    pub jwt_alg: jsonwebtoken::Algorithm,
    /// `ACCESS_TOKEN_MINUTES`.
    pub access_token: TimeDelta,
    /// `REFRESH_TOKEN_DAYS`: how long a session lasts without renewal.
    pub session_idle: TimeDelta,
    /// How long a session lasts at most: 90 days.
    pub session_absolute: TimeDelta,
    /// `INVITATION_DAYS`.
    pub invitation: TimeDelta,
    /// `WITHDRAWAL_CUTOFF_HOURS`: how long before the start of a mission people can no longer withdraw.
    pub withdrawal_cutoff: TimeDelta,
    /// `BCRYPT_COST`.
    pub bcrypt_cost: u32,
    /// `PASSWORD_MIN_LENGTH`, in characters.
    pub password_min_length: usize,
    /// `SIGNUP_ENABLED`.
    pub signup_enabled: bool,
    /// `THROTTLE_ENABLED`: whether attempts to sign in are counted.
    pub throttle_enabled: bool,
    /// `TRUSTED_PROXIES`: the number of proxies in front of the server that append to `X-Forwarded-For`.
    pub trusted_proxies: usize,
    /// `SMTP_URL` or `SMTP_URL_FILE`: the mail server. It may contain a password.
    pub smtp_url: Option<Secret>,
    /// `MAIL_FROM`: who mail comes from.
    pub mail_from: Mailbox,
    /// `MAILS_PER_RECIPIENT_A_DAY`: how many mails an organisation may send to one recipient in a day.
    pub mails_per_recipient: i32,
    /// `APP_URL`: the front end's address for links in mail, without a slash at the end.
    pub app_url: String,
    /// `CORS_ALLOW_ORIGINS`: origins whose web pages may call the server, besides its own.
    pub cors_origins: Vec<String>,
    /// `GRAPHIQL_ENABLED`.
    pub graphiql: bool,
    /// `INTROSPECTION_ENABLED`.
    pub introspection: bool,
    /// `TRUSTED_DOCUMENTS`: the only documents that may run, by name.
    pub trusted_documents: Option<BTreeMap<String, String>>,
    /// `SHUTDOWN_GRACE`: how long a server that stops goes on to accept connections.
    pub shutdown_grace: Duration,
    /// `LOG_LEVEL`: a level or tracing directives.
    pub log_level: String,
    /// `LOG_FORMAT`.
    pub log_format: LogFormat,
    /// `SLOW_REQUEST_MS`: from when on a request is slow.
    pub slow_request: Duration,
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`: host and port of the collector that takes spans.
    pub collector: Option<String>,
    /// `OTEL_SERVICE_NAME`: what the collector calls this server.
    pub service_name: String,
}

/// The errors in the configuration, one line for each value.
#[derive(Debug, thiserror::Error)]
#[error("the configuration is wrong:\n{}", .0.join("\n"))]
pub struct ConfigError(pub Vec<String>);

impl Config {
    /// Reads the environment. Outside production it also reads the file `.env`, for variables that the environment does
    /// not have.
    ///
    /// # Errors
    /// All values that are not allowed, at once.
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
            Err(std::env::VarError::NotPresent) => {
                // The environment overrides the file, also where one names a secret and the other one a file with it.
                let other = match name.strip_suffix("_FILE") {
                    Some(secret) => secret.to_owned(),
                    None => format!("{name}_FILE"),
                };
                let is_overridden = std::env::var_os(other).is_some_and(|value| !value.is_empty());
                file.get(name).filter(|_| !is_overridden).cloned()
            }
            // A value that is not Unicode is passed on, so that the reader refuses it with the name of the variable.
            Err(std::env::VarError::NotUnicode(value)) => Some(value.to_string_lossy().into()),
        })
    }

    /// Reads settings from wherever `get` finds them; an empty value counts as missing.
    ///
    /// # Errors
    /// All values that are not allowed, at once.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader {
            get,
            wrong: Vec::new(),
        };
        let env = reader.value("APP_ENV", AppEnv::Development, app_env);
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
            database: reader.value_or_file("DATABASE_URL", default_database, DbUrl::parse),
            database_wait: Duration::from_secs(reader.number(
                "DATABASE_WAIT_SECONDS",
                30,
                0,
                3_600,
            )),
            pool: PoolSettings {
                postgres_connections: reader.number("DB_POOL_SIZE", 10, 2, 1_000),
                sqlite_readers: reader.number("SQLITE_READERS", 4, 1, 64),
                wait: Duration::from_secs(2),
            },
            env,
            listen: SocketAddr::new(host, reader.number("PORT", 8000, 0, u16::MAX)),
            metrics_listen: reader.value("METRICS_LISTEN", None, metrics_listen),
            secret_key,
            secret_key_is_random,
            secret_key_previous: reader.secret("SECRET_KEY_PREVIOUS", env),
            jwt_alg: reader.value("JWT_ALG", jsonwebtoken::Algorithm::HS256, jwt_alg),
            access_token: TimeDelta::minutes(reader.number("ACCESS_TOKEN_MINUTES", 15, 1, 1_440)),
            session_idle: TimeDelta::days(reader.number("REFRESH_TOKEN_DAYS", 14, 1, 90)),
            session_absolute: TimeDelta::days(90),
            invitation: TimeDelta::days(reader.number(
                "INVITATION_DAYS",
                7,
                1,
                LONGEST_INVITATION_DAYS,
            )),
            withdrawal_cutoff: TimeDelta::hours(reader.number(
                "WITHDRAWAL_CUTOFF_HOURS",
                48,
                0,
                8_760,
            )),
            bcrypt_cost: reader.number("BCRYPT_COST", 12, if open { 4 } else { 10 }, 20),
            password_min_length: reader.number("PASSWORD_MIN_LENGTH", 12, 8, 64),
            signup_enabled: reader.switch("SIGNUP_ENABLED", true),
            throttle_enabled: reader.switch("THROTTLE_ENABLED", true),
            trusted_proxies: reader.number("TRUSTED_PROXIES", 0, 0, 16),
            smtp_url: reader.value_or_file("SMTP_URL", None, smtp_url),
            mail_from: reader.value("MAIL_FROM", default_sender, |text| {
                text.parse()
                    .map_err(|_| "is not a mailbox (Name <name@example.org>)".to_owned())
            }),
            mails_per_recipient: reader.number("MAILS_PER_RECIPIENT_A_DAY", 3, 1, 1_000),
            app_url: reader.value("APP_URL", "http://localhost:5173".to_owned(), app_url),
            cors_origins: reader.value("CORS_ALLOW_ORIGINS", Vec::new(), origins),
            graphiql: reader.switch("GRAPHIQL_ENABLED", open),
            introspection: reader.switch("INTROSPECTION_ENABLED", open),
            trusted_documents: reader.value("TRUSTED_DOCUMENTS", None, trusted_documents),
            shutdown_grace: Duration::from_secs(reader.number("SHUTDOWN_GRACE", 2, 0, 60)),
            log_level: reader.value("LOG_LEVEL", "info".to_owned(), log_level),
            log_format: reader.value(
                "LOG_FORMAT",
                if open {
                    LogFormat::Text
                } else {
                    LogFormat::Json
                },
                log_format,
            ),
            slow_request: Duration::from_millis(reader.number("SLOW_REQUEST_MS", 1_000, 0, 60_000)),
            collector: reader.value("OTEL_EXPORTER_OTLP_ENDPOINT", None, collector),
            service_name: reader.value(
                "OTEL_SERVICE_NAME",
                "coulisses-crew".to_owned(),
                service_name,
            ),
        };
        if !open && config.smtp_url.is_some() {
            reader.required("MAIL_FROM");
            reader.required("APP_URL");
            if !config.app_url.starts_with("https://") {
                reader
                    .wrong
                    .push("  APP_URL must be an https URL when SMTP_URL is set".to_owned());
            }
        }
        if reader.wrong.is_empty() {
            Ok(config)
        } else {
            Err(ConfigError(reader.wrong))
        }
    }

    /// Whether the server is in development and listens on the loopback address only. Only then may answers contain
    /// secrets that help during development.
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

/// The settings of the file `.env` in this folder or one above, if there is one. An error does not quote the line,
/// because it may contain a secret.
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
