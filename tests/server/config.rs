//! The configuration: what fits is taken, what does not refuses to start and is named.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use coulisses_crew::config::{AppEnv, Config};
use coulisses_crew::db::DbUrl;

pub const LONG: &str = "a secret of thirty-two bytes, at least";

pub fn read(values: &[(&str, &str)]) -> Result<Config, String> {
    let values: HashMap<&str, &str> = values.iter().copied().collect();
    Config::read(|name| values.get(name).map(|value| (*value).to_owned()))
        .map_err(|error| error.to_string())
}

fn sqlite_file(database: &DbUrl) -> &Path {
    match database {
        DbUrl::Sqlite(path) => path,
        DbUrl::Postgres(database) => panic!("{database}"),
    }
}

/// The settings of `.env.example`, as if each of its lines were taken up.
fn example() -> HashMap<String, String> {
    let lines = include_str!("../../.env.example").lines();
    let settings: Vec<_> = lines
        .filter_map(|line| line.strip_prefix('#'))
        .filter(|line| line.starts_with(|first: char| first.is_ascii_uppercase()))
        .collect();
    dotenvy::from_read_iter(settings.join("\n").as_bytes())
        .collect::<Result<_, _>>()
        .expect("lines of NAME=value")
}

#[test]
fn the_example_names_the_settings_that_are_read() {
    let read = RefCell::new(BTreeSet::new());
    Config::read(|name| {
        read.borrow_mut().insert(name.to_owned());
        None
    })
    .expect("the defaults");
    let example: BTreeSet<_> = example().into_keys().collect();
    assert_eq!(example, *read.borrow(), "left: .env.example");
}

#[test]
fn the_values_of_the_example_are_the_defaults() {
    // Without a key each reading makes up another one, which is never printed.
    let example = example();
    let copied = Config::read(|name| example.get(name).cloned()).expect("the example");
    let defaults = read(&[]).expect("the defaults");
    assert_eq!(format!("{copied:?}"), format!("{defaults:?}"));
    // An empty value counts as not set, so a default that is missing in the example would not show.
    for (name, value) in &example {
        let none = [
            "DATABASE_URL_FILE",
            "SECRET_KEY",
            "SECRET_KEY_FILE",
            "SECRET_KEY_PREVIOUS",
            "METRICS_LISTEN",
            "SECRET_KEY_PREVIOUS_FILE",
            "CORS_ALLOW_ORIGINS",
            "TRUSTED_DOCUMENTS",
            "SMTP_URL",
            "SMTP_URL_FILE",
            "OTEL_EXPORTER_OTLP_ENDPOINT",
        ];
        assert_eq!(value.is_empty(), none.contains(&name.as_str()), "{name}");
    }
}

#[test]
fn nothing_needs_to_be_configured_in_development() {
    let config = read(&[]).expect("the defaults");
    assert_eq!(config.env, AppEnv::Development);
    let file = sqlite_file(&config.database);
    assert_eq!(file, Path::new("coulisses-crew.db"));
    assert_eq!(config.listen.to_string(), "127.0.0.1:8000");
    assert!(config.graphiql && config.introspection && config.secret_key_is_random);
    let empty = read(&[("PORT", ""), ("DATABASE_URL", "  ")]).expect("empty is missing");
    assert_eq!(empty.listen.port(), 8000);
}

#[test]
fn a_value_that_does_not_fit_is_named() {
    for (name, wrong, right) in [
        ("APP_ENV", "prod", "production"),
        ("METRICS_LISTEN", "9464", "[::1]:9464"),
        (
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "https://a.example:4318",
            "http://a.example:4318",
        ),
        (
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "http://127.0.0.1",
            "http://127.0.0.1:4318/",
        ),
        (
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "http://[::1]:4318/v1/traces",
            "http://[::1]:4318",
        ),
        (
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "http://me:word@a.example:4318",
            "",
        ),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://:4318", ""),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "127.0.0.1:4318", ""),
        ("OTEL_SERVICE_NAME", "two\nlines", "a name"),
        ("PORT", "65536", "65535"),
        ("PORT", "-1", "0"),
        ("HOST", "localhost", "::1"),
        ("JWT_ALG", "none", "HS512"),
        ("JWT_ALG", "RS256", "HS384"),
        ("ACCESS_TOKEN_MINUTES", "0", "1"),
        ("ACCESS_TOKEN_MINUTES", "15m", "1440"),
        ("REFRESH_TOKEN_DAYS", "91", "90"),
        ("INVITATION_DAYS", "0", "1"),
        ("WITHDRAWAL_CUTOFF_HOURS", "-1", "0"),
        ("WITHDRAWAL_CUTOFF_HOURS", "8761", "8760"),
        ("BCRYPT_COST", "3", "4"),
        ("BCRYPT_COST", "21", "20"),
        ("PASSWORD_MIN_LENGTH", "7", "8"),
        ("SIGNUP_ENABLED", "yes", "true"),
        ("GRAPHIQL_ENABLED", "2", "off"),
        ("LOG_LEVEL", "warning", "warn"),
        ("LOG_LEVEL", "verbose", "info,coulisses_crew=debug"),
        ("LOG_FORMAT", "xml", "json"),
        (
            "TRUSTED_DOCUMENTS",
            "no/such/file.json",
            "tests/trusted/relay.json",
        ),
        (
            "TRUSTED_DOCUMENTS",
            "Cargo.toml",
            "tests/trusted/relay.json",
        ),
        ("DB_POOL_SIZE", "1", "2"),
        ("DATABASE_WAIT_SECONDS", "3601", "0"),
        ("SQLITE_READERS", "x", "8"),
        (
            "DATABASE_URL",
            "mysql://localhost/x",
            "postgres://crew@localhost/crew",
        ),
        (
            "DATABASE_URL",
            "postgres://localhost:port/x",
            "postgresql://localhost:5432/x",
        ),
        ("DATABASE_URL", "sqlite://", "sqlite:///./backend/dev.db"),
        ("DATABASE_URL", ":memory:", "dev.db"),
        (
            "CORS_ALLOW_ORIGINS",
            "app.example.org",
            "https://app.example.org",
        ),
        (
            "CORS_ALLOW_ORIGINS",
            "*",
            "http://localhost:5173, https://b.example",
        ),
        ("CORS_ALLOW_ORIGINS", "https://a.example/path", ""),
        ("CORS_ALLOW_ORIGINS", "null", ""),
    ] {
        let secret = ("SECRET_KEY", LONG);
        let error = read(&[(name, wrong), secret]).expect_err(wrong);
        assert!(error.contains(name), "{name}={wrong}: {error}");
        read(&[(name, right), secret]).unwrap_or_else(|error| panic!("{name}={right}: {error}"));
    }
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let error = read(&[("PORT", "x"), ("APP_ENV", "x"), ("LOG_FORMAT", "x")]).expect_err("three");
    for name in ["PORT", "APP_ENV", "LOG_FORMAT"] {
        assert!(error.contains(name), "{error}");
    }
}

#[test]
fn production_asks_for_a_secret_of_32_bytes_and_a_cost_of_10() {
    let production = ("APP_ENV", "production");
    let of = |length: usize| "x".repeat(length);
    assert!(
        read(&[production])
            .expect_err("no secret")
            .contains("SECRET_KEY is missing")
    );
    let short = of(31);
    let error = read(&[production, ("SECRET_KEY", &short)]).expect_err("a short secret");
    assert!(
        error.contains("SECRET_KEY is shorter") && !error.contains(&short),
        "{error}"
    );
    let config = read(&[production, ("SECRET_KEY", &of(32))]).expect("a secret");
    assert!(!config.graphiql && !config.introspection);
    assert!(
        !format!("{config:?}").contains(&of(32)),
        "a secret is never printed"
    );
    let cost = |cost| read(&[production, ("SECRET_KEY", LONG), ("BCRYPT_COST", cost)]);
    assert!(cost("9").is_err() && cost("10").is_ok());
}

#[test]
fn mail_in_production_names_its_sender_and_a_front_end_over_tls() {
    let mail = ("SMTP_URL", "smtps://crew:hunter2@mail.example.org");
    let (from, url) = (
        ("MAIL_FROM", "crew@example.org"),
        ("APP_URL", "https://app.example.org/"),
    );
    let base = [("APP_ENV", "production"), ("SECRET_KEY", LONG), mail];
    let with = |more: &[(&'static str, &'static str)]| read(&[&base, more].concat());
    assert!(with(&[from]).expect_err("no link").contains("APP_URL"));
    assert!(with(&[url]).expect_err("no sender").contains("MAIL_FROM"));
    let plain = with(&[from, ("APP_URL", "http://app.example.org")]).expect_err("no TLS");
    assert!(
        plain.contains("APP_URL must be an https URL") && !plain.contains("hunter2"),
        "{plain}"
    );
    let config = with(&[from, url]).expect("all of it");
    assert_eq!(config.app_url, "https://app.example.org");
    assert!(
        !format!("{config:?}").contains("hunter2"),
        "a secret is never printed"
    );
    for (name, wrong) in [
        ("SMTP_URL", "mail.example.org"),
        ("MAIL_FROM", "crew"),
        ("APP_URL", "x"),
    ] {
        assert!(read(&[(name, wrong)]).expect_err(wrong).contains(name));
    }
}

#[test]
fn a_database_url_never_appears_in_an_error() {
    let error =
        read(&[("DATABASE_URL", "postgres://crew:hunter2@host:port/x")]).expect_err("no port");
    assert!(!error.contains("hunter2"), "{error}");
}

#[test]
fn the_forms_of_a_sqlite_url_name_their_file() {
    for (url, path) in [
        ("sqlite:///./backend/dev.db", "./backend/dev.db"),
        ("sqlite:////abs/dev.db", "/abs/dev.db"),
        ("sqlite://dev.db", "dev.db"),
        ("sqlite:dev.db", "dev.db"),
        ("backend/dev.db", "backend/dev.db"),
    ] {
        let database = DbUrl::parse(url).expect(url);
        assert_eq!(sqlite_file(&database), Path::new(path), "{url}");
    }
}
