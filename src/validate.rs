//! What the input of several domains has in common: texts, e-mail addresses, zones, intervals.

use crate::db::types::Timestamp;
use crate::error::{AppError, Result};
use crate::interval::Interval;
use crate::text::{self, Label, Lines};

/// Longest name or title, in characters.
pub const NAME: usize = 200;
/// Longest description, note or reason, in characters.
pub const TEXT: usize = 10_000;

/// Texts up to this length, in characters, stand on one line: names, titles, places.
const LINE: usize = 500;

/// A required text in NFC: trimmed, with something to see in it, at most `max` characters. Unless it is a long one, it
/// stands on one line, hides nothing and has single spaces.
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

/// An optional text: empty counts as none.
///
/// # Errors
/// `BAD_USER_INPUT` at `field`.
pub fn optional(field: &str, value: Option<&str>, max: usize) -> Result<Option<String>> {
    match value.map(str::trim) {
        None | Some("") => Ok(None),
        Some(value) => text(field, value, max).map(Some),
    }
}

/// An e-mail address, in the form in which it is kept.
///
/// # Errors
/// `BAD_USER_INPUT` at `field`.
pub fn email(field: &str, value: &str) -> Result<String> {
    use email_address::{EmailAddress, Options};
    // "Léa <lea@crew.example>" is no address: stored as one, it would hide that the address is taken.
    let bare = Options::default().without_display_text();
    text::mailbox(value)
        .filter(|kept| kept.len() <= 254 && EmailAddress::parse_with_options(kept, bare).is_ok())
        .ok_or_else(|| AppError::bad_input(field, "This is not an e-mail address."))
}

/// The name of an IANA zone.
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

/// An interval; it must not be empty or inverted.
///
/// # Errors
/// `BAD_USER_INPUT` at `field`, the end's.
pub fn interval(field: &str, starts_at: Timestamp, ends_at: Timestamp) -> Result<Interval> {
    if starts_at < ends_at {
        Ok(Interval { starts_at, ends_at })
    } else {
        let message = "The end must be after the start.";
        Err(AppError::bad_input(field, message))
    }
}

/// A list that is not empty. How long it may be is the endpoint's to say.
///
/// # Errors
/// `BAD_USER_INPUT` at `field`.
pub fn not_empty<T>(field: &str, list: &[T]) -> Result<()> {
    if list.is_empty() {
        return Err(AppError::bad_input(field, "Add at least one entry."));
    }
    Ok(())
}

/// Skills or tags: each a text of one line, doubles left out, at most 50.
///
/// # Errors
/// `BAD_USER_INPUT` at `field` or the entry's place: `skills.2`.
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

/// The `LIKE` pattern that finds a folded column holding the searched text; `None` for an empty search. What is
/// invisible in it is left out rather than refused: it is not kept, and people paste what they search.
///
/// # Errors
/// `BAD_USER_INPUT` at `filter.search` for one that is too long or holds control characters.
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
