//! The files for deployment agree with the code, with each other and with the documentation. `tests/deploy/run` tries those
//! of the proxies.

use std::cell::RefCell;
use std::collections::BTreeSet;

use coulisses_crew::config::Config;

const COMPOSE: &str = include_str!("../../compose.yaml");
const DOCKERFILE: &str = include_str!("../../Dockerfile");
const UNIT: &str = include_str!("../../deploy/systemd/coulisses-crew.service");
const PAGE: &str = include_str!("../../docs/deployment.md");

/// Settings that `compose.yaml` does not pass on, with the reason.
const NOT_PASSED_ON: [(&str, &str); 6] = [
    ("DATABASE_URL", "in a file"),
    ("SECRET_KEY", "in a file"),
    ("SECRET_KEY_PREVIOUS_FILE", "a file that is not there yet"),
    ("SMTP_URL_FILE", "a file that is not there yet"),
    ("SQLITE_READERS", "the database is PostgreSQL"),
    ("TRUSTED_DOCUMENTS", "a file of the operator"),
];

/// The names of all settings that the server reads.
fn settings() -> BTreeSet<String> {
    let read = RefCell::new(BTreeSet::new());
    let config = Config::read(|name| {
        read.borrow_mut().insert(name.to_owned());
        None
    });
    config.expect("the defaults");
    read.into_inner()
}

/// The names before a colon in the first list `environment` of `compose.yaml`, which is that of the server.
fn passed_on() -> BTreeSet<String> {
    let (_, rest) = COMPOSE.split_once("    environment:\n").expect("a list");
    let lines = rest.lines().take_while(|line| line.starts_with("      "));
    let names = lines.filter_map(|line| line.trim().split_once(':'));
    names
        .filter(|(name, _)| !name.starts_with('#'))
        .map(|(name, _)| name.to_owned())
        .collect()
}

/// What stands behind a text up to the end of a line.
fn behind<'a>(text: &'a str, beginning: &str) -> &'a str {
    let (_, rest) = text
        .split_once(beginning)
        .unwrap_or_else(|| panic!("{beginning} is not there"));
    rest.lines().next().unwrap_or_default()
}

#[test]
fn compose_passes_on_each_setting_or_has_a_reason_not_to() {
    let mut found = passed_on();
    for (name, _) in NOT_PASSED_ON {
        assert!(found.insert(name.to_owned()), "{name} is passed on");
    }
    assert_eq!(found, settings(), "left: compose.yaml");
}

#[test]
fn the_unit_sets_only_what_the_server_reads() {
    let settings = settings();
    let set = UNIT
        .lines()
        .filter_map(|line| line.strip_prefix("Environment="));
    let names: Vec<&str> = set.filter_map(|set| Some(set.split_once('=')?.0)).collect();
    assert_eq!(names, ["APP_ENV", "SECRET_KEY_FILE"]);
    assert!(names.iter().all(|name| settings.contains(*name)));
}

#[test]
fn the_image_is_built_with_the_versions_that_the_checks_use() {
    let toolchain = behind(include_str!("../../rust-toolchain.toml"), "channel = \"");
    let toolchain = toolchain.trim_end_matches('"');
    let node = behind(include_str!("../../.ci/run"), "NODE_VERSION=");
    for image in [
        format!("FROM rust:{toolchain}-slim-bookworm AS server\n"),
        format!("FROM node:{node}-bookworm-slim AS graphiql\n"),
    ] {
        assert!(DOCKERFILE.contains(&image), "{image}");
    }
}

#[test]
fn whoever_stops_the_server_gives_it_the_time_that_it_takes() {
    let config = Config::read(|_| None).expect("the defaults");
    let needed = config.shutdown_grace.as_secs() + 28;
    for (text, beginning) in [
        (COMPOSE, "stop_grace_period: "),
        (UNIT, "TimeoutStopSec="),
        (PAGE, "--stop-timeout "),
    ] {
        let given = behind(text, beginning);
        let digits = given.split(|c: char| !c.is_ascii_digit()).next();
        let seconds: u64 = digits.unwrap_or_default().parse().expect("a number");
        assert!(seconds > needed, "{beginning}{given}");
    }
}
