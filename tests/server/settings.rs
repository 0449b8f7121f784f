//! docs/configuration.md says of each setting what the code does.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use coulisses_crew::config::Config;

/// Of 32 bytes, as production needs it.
const SECRET: (&str, &str) = ("SECRET_KEY", "a secret of thirty-two bytes, at least");

/// A row of the tables of settings.
struct Row {
    /// The second column.
    default: &'static str,
    /// The third column.
    allowed: &'static str,
}

impl Row {
    /// The default in a mode; `None` if there is none. What holds in production only stands behind "in production".
    fn default_in(&self, mode: &str) -> Option<&'static str> {
        value(self.default, mode).and_then(code)
    }

    /// The least and the greatest number in a mode, if the setting is a number.
    fn range_in(&self, mode: &str) -> Option<(i64, i64)> {
        let (least, rest) = value(self.allowed, mode)?.split_once(" to ")?;
        let most = rest.split(';').next()?;
        Some((least.trim().parse().ok()?, most.trim().parse().ok()?))
    }
}

/// The part of a cell that holds in a mode.
fn value<'a>(cell: &'a str, mode: &str) -> Option<&'a str> {
    let (always, in_production) = cell.split_once("in production").unwrap_or((cell, cell));
    let part = if mode == "production" {
        in_production
    } else {
        always
    };
    (!part.trim_start().starts_with("none")).then_some(part)
}

/// The first text between backticks.
fn code(text: &str) -> Option<&str> {
    text.split('`').nth(1)
}

/// The rows of docs/configuration.md whose first column is the name of a variable.
fn documented() -> BTreeMap<&'static str, Row> {
    let text = include_str!("../../docs/configuration.md");
    let is_variable = |name: &&str| {
        name.bytes()
            .all(|byte| byte == b'_' || byte.is_ascii_uppercase())
    };
    let rows = text.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        let name = cells.next().and_then(code).filter(is_variable)?;
        let (default, allowed) = (cells.next()?, cells.next()?);
        Some((name, Row { default, allowed }))
    });
    rows.collect()
}

/// The configuration in a mode with these settings.
fn read(mode: &str, settings: &[(&str, &str)]) -> Result<Config, String> {
    let find = |name: &str| settings.iter().find(|(set, _)| *set == name);
    let read = Config::read(|name| match name {
        "APP_ENV" => Some(find(name).map_or(mode, |(_, value)| value).to_owned()),
        _ => find(name).map(|(_, value)| (*value).to_owned()),
    });
    read.map_err(|error| error.to_string())
}

#[test]
fn the_documentation_names_the_settings_that_are_read_and_no_others() {
    let read = RefCell::new(BTreeSet::new());
    let config = Config::read(|name| {
        read.borrow_mut().insert(name.to_owned());
        None
    });
    config.expect("the defaults");
    let documented: BTreeSet<_> = documented().into_keys().map(str::to_owned).collect();
    assert_eq!(documented, *read.borrow(), "left: docs/configuration.md");
}

#[test]
fn the_documented_defaults_are_those_of_the_code() {
    for mode in ["development", "production"] {
        let defaults = read(mode, &[SECRET]).expect("the defaults");
        for (name, row) in documented() {
            if name == "SECRET_KEY" || (name, mode) == ("APP_ENV", "production") {
                continue;
            }
            let Some(default) = row.default_in(mode) else {
                let is_none = row.default == "none";
                assert!(is_none, "{name} is neither none nor in backticks");
                continue;
            };
            let config = read(mode, &[SECRET, (name, default)]);
            let config = config.unwrap_or_else(|error| panic!("{name}={default}: {error}"));
            assert_eq!(format!("{config:?}"), format!("{defaults:?}"), "{name}");
        }
    }
}

#[test]
fn the_documented_ranges_are_those_of_the_code() {
    let mut ranges = 0;
    for mode in ["development", "production"] {
        for (name, row) in documented() {
            let Some((least, most)) = row.range_in(mode) else {
                continue;
            };
            ranges += 1;
            for (number, fits) in [
                (least - 1, false),
                (least, true),
                (most, true),
                (most + 1, false),
            ] {
                let config = read(mode, &[SECRET, (name, &number.to_string())]);
                assert_eq!(config.is_ok(), fits, "{name}={number} in {mode}");
            }
        }
    }
    assert!(ranges >= 20, "the table is read: {ranges}");
}
