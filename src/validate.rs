//! Validation of inputs that several domains share: texts, e-mail addresses, time zones, intervals.

use chrono::TimeDelta;

use crate::db::types::Timestamp;
use crate::error::{AppError, ErrorCode, Result};
use crate::interval::Interval;
use crate::text::{self, Label, Lines};

/// Longest name or title, in characters.
pub const NAME: usize = 200;
/// Longest description, note or reason, in characters.
pub const TEXT: usize = 10_000;

/// Texts with a limit up to this many characters are single lines: names, titles, places.
const LINE: usize = 500;

/// Validates a required text, and returns it trimmed and in NFC. It must be visible and have at most `max` characters.
/// A short text must be one line without hidden characters, and gets single spaces.
///
/// # Errors
/// `BAD_USER_INPUT` at `field`.
pub fn text(field: &str, value: &str, max: usize) -> Result<String> {
    let value = text::nfc(value.trim());
    if value.is_empty() {
        return Err(AppError::bad_input(field, "This must not be empty."));
    }
    let lines = if max > LINE { Lines::Many } else { Lines::One };
    if let Some(problem) = text::problem(&value, lines) {
        return Err(AppError::bad_input(field, problem));
    }
    let value = match lines {
        Lines::One => text::single_spaced(&value),
        Lines::Many => value.into_owned(),
    };
    if value.chars().count() > max {
        return Err(AppError::bad_input(
            field,
            format!("This can have at most {max} characters."),
        ));
    }
    Ok(value)
}

/// Validates an optional text. An empty text counts as none.
///
/// # Errors
/// `BAD_USER_INPUT` at `field`.
pub fn optional(field: &str, value: Option<&str>, max: usize) -> Result<Option<String>> {
    match value.map(str::trim) {
        None | Some("") => Ok(None),
        Some(value) => text(field, value, max).map(Some),
    }
}

/// Validates an e-mail address, and returns it in the form that the database stores.
///
/// # Errors
/// `BAD_USER_INPUT` at `field`.
pub fn email(field: &str, value: &str) -> Result<String> {
    use email_address::{EmailAddress, Options};
    // "Léa <lea@crew.example>" is refused. If it were stored as an address, the unique key would not find the taken
    // address.
    let bare = Options::default().without_display_text();
    text::mailbox(value)
        .filter(|kept| kept.len() <= 254 && EmailAddress::parse_with_options(kept, bare).is_ok())
        .ok_or_else(|| AppError::bad_input(field, "This is not an e-mail address."))
}

/// Validates the name of an IANA time zone.
///
/// # Errors
/// `BAD_USER_INPUT` at `field`.
pub fn zone(field: &str, value: &str) -> Result<String> {
    match value.trim().parse::<chrono_tz::Tz>() {
        Ok(zone) => Ok(zone.name().to_owned()),
        Err(_) => Err(AppError::bad_input(
            field,
            "This is not an IANA time zone, such as Europe/Paris.",
        )),
    }
}

/// Validates an interval. It must not be empty or inverted.
///
/// # Errors
/// `BAD_USER_INPUT` at `field`, which names the end.
pub fn interval(field: &str, starts_at: Timestamp, ends_at: Timestamp) -> Result<Interval> {
    if starts_at < ends_at {
        Ok(Interval { starts_at, ends_at })
    } else {
        let message = "The end must be after the start.";
        Err(AppError::bad_input(field, message))
    }
}

/// 1970-01-01 UTC, in microseconds since then.
const EARLIEST: i64 = 0;
/// 2200-01-01 UTC, in microseconds since 1970.
const LATEST: i64 = 7_258_118_400_000_000;

/// Validates when something planned takes place. It must end after its start, be at most so many days long, and lie
/// between 1970-01-01 and 2200-01-01 UTC. Each instant comes with the path of its input field.
///
/// # Errors
/// `BAD_USER_INPUT` at the field of the start or of the end.
pub fn planned(
    (start, starts_at): (&str, Timestamp),
    (end, ends_at): (&str, Timestamp),
    longest_days: i64,
) -> Result<Interval> {
    let years = "This must be between 1970-01-01T00:00:00Z and 2200-01-01T00:00:00Z.";
    if !(EARLIEST..LATEST).contains(&starts_at.micros()) {
        return Err(AppError::bad_input(start, years));
    }
    if ends_at.micros() > LATEST {
        return Err(AppError::bad_input(end, years));
    }
    let interval = interval(end, starts_at, ends_at)?;
    if ends_at - starts_at > TimeDelta::days(longest_days) {
        let message = format!("This can be at most {longest_days} days long.");
        return Err(AppError::bad_input(end, message));
    }
    Ok(interval)
}

/// Checks that nobody else has changed a row since the client read it.
///
/// # Errors
/// `VERSION_CONFLICT` at `expectedVersion`.
pub fn version(expected: Option<i32>, present: i32) -> Result<()> {
    if expected.is_none_or(|expected| expected == present) {
        return Ok(());
    }
    let message = format!(
        "Somebody else has changed this. Its version is {present} now. Read it again before you change it."
    );
    Err(AppError::new(ErrorCode::VersionConflict, message).at("expectedVersion"))
}

/// Refuses an empty list. The endpoint limits the length of lists.
///
/// # Errors
/// `BAD_USER_INPUT` at `field`.
pub fn not_empty<T>(field: &str, list: &[T]) -> Result<()> {
    if list.is_empty() {
        return Err(AppError::bad_input(field, "Add at least one entry."));
    }
    Ok(())
}

/// Validates skills or tags: at most 50 single lines. Duplicates are dropped.
///
/// # Errors
/// `BAD_USER_INPUT` at `field` or at the path of the entry: `skills.2`.
pub fn labels(field: &str, values: &[String]) -> Result<Vec<Label>> {
    if values.len() > 50 {
        return Err(AppError::bad_input(
            field,
            "This can have at most 50 entries.",
        ));
    }
    let mut labels: Vec<Label> = Vec::with_capacity(values.len());
    for (i, value) in values.iter().enumerate() {
        let label = Label::new(text(&format!("{field}.{i}"), value, 100)?);
        if !labels.iter().any(|known| known.same == label.same) {
            labels.push(label);
        }
    }
    Ok(labels)
}

/// The `LIKE` pattern that finds the searched text in a folded column; `None` for an empty search. Invisible characters
/// are dropped and not refused, because people paste what they search for, and the search is not stored.
///
/// # Errors
/// `BAD_USER_INPUT` at `filter.search` if the text is too long or contains control characters.
pub fn search(value: Option<&str>) -> Result<Option<String>> {
    let value = value.map_or("", str::trim);
    let problem = if value.chars().count() > NAME {
        format!("This can have at most {NAME} characters.")
    } else if value.contains(char::is_control) {
        "This contains control characters. Remove them.".to_owned()
    } else {
        return Ok(text::containing(value));
    };
    Err(AppError::bad_input("filter.search", problem))
}
