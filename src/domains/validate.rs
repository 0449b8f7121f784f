//! What the input of several domains has in common: texts, e-mail addresses, zones, intervals.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::db::types::Timestamp;
use crate::error::{AppError, Result};

/// Longest name or title, in characters.
pub const NAME: usize = 200;
/// Longest description, note or reason, in characters.
pub const TEXT: usize = 10_000;

/// Texts up to this length, in characters, stand on one line: names, titles, places.
const LINE: usize = 500;

/// A required text: trimmed, not empty, at most `max` characters; on one line unless it is a long one.
///
/// # Errors
/// `BAD_USER_INPUT` at `field`.
pub fn text(field: &str, value: &str, max: usize) -> Result<String> {
    let value = value.trim();
    if value.is_empty() {
        return Err(AppError::bad_input(field, "This must not be empty."));
    }
    if value.chars().count() > max {
        return Err(AppError::bad_input(
            field,
            format!("This has at most {max} characters."),
        ));
    }
    if value.contains(|c: char| c.is_control() && !(max > LINE && matches!(c, '\n' | '\r' | '\t')))
    {
        return Err(AppError::bad_input(field, "This holds control characters."));
    }
    Ok(value.to_owned())
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

/// An e-mail address, in lower case.
///
/// # Errors
/// `BAD_USER_INPUT` at `field`.
pub fn email(field: &str, value: &str) -> Result<String> {
    use email_address::{EmailAddress, Options};
    let value = value.trim().to_lowercase();
    // "Léa <lea@crew.example>" is no address: stored as one, it would hide that the address is taken.
    let bare = Options::default().without_display_text();
    if value.len() <= 254 && EmailAddress::parse_with_options(&value, bare).is_ok() {
        Ok(value)
    } else {
        Err(AppError::bad_input(field, "This is not an e-mail address."))
    }
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

/// A half-open interval `[starts_at, ends_at)`: it must not be empty or inverted.
///
/// # Errors
/// `BAD_USER_INPUT` at `field`, the end's.
pub fn interval(field: &str, starts_at: Timestamp, ends_at: Timestamp) -> Result<()> {
    if starts_at < ends_at {
        Ok(())
    } else {
        Err(AppError::bad_input(
            field,
            "The end must come after the start.",
        ))
    }
}

/// A list that is not empty. How long it may be is the endpoint's to say.
///
/// # Errors
/// `BAD_USER_INPUT` at `field`.
pub fn not_empty<T>(field: &str, list: &[T]) -> Result<()> {
    if list.is_empty() {
        return Err(AppError::bad_input(field, "This has at least one entry."));
    }
    Ok(())
}

/// Skills or tags: each trimmed and not empty, doubles left out, at most 50.
///
/// # Errors
/// `BAD_USER_INPUT` at `field` or the entry's place: `skills.2`.
pub fn labels(field: &str, values: &[String]) -> Result<Vec<Label>> {
    if values.len() > 50 {
        return Err(AppError::bad_input(field, "This has at most 50 entries."));
    }
    let mut labels: Vec<Label> = Vec::with_capacity(values.len());
    for (i, value) in values.iter().enumerate() {
        let label = Label::new(text(&format!("{field}.{i}"), value, 100)?);
        if !labels.iter().any(|known| known.folded == label.folded) {
            labels.push(label);
        }
    }
    Ok(labels)
}

/// A skill or tag: as it was written, and folded for comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// As it is shown.
    pub text: String,
    /// As it is compared.
    pub folded: String,
}

impl Label {
    /// A label.
    #[must_use]
    pub fn new(text: String) -> Self {
        let folded = fold(&text);
        Self { text, folded }
    }
}

/// Folds a text for comparing, sorting and searching: lower case, without accents ("Régie" is "regie").
#[must_use]
pub fn fold(text: &str) -> String {
    let bare: String = text.nfkd().filter(|c| !is_combining_mark(*c)).collect();
    bare.to_lowercase()
}

/// The `LIKE` pattern that finds a folded column holding the searched text; `None` for an empty search.
///
/// # Errors
/// `BAD_USER_INPUT` at `filter.search` for one that is too long or not text.
pub fn search(value: Option<&str>) -> Result<Option<String>> {
    let Some(value) = optional("filter.search", value, NAME)? else {
        return Ok(None);
    };
    let mut pattern = String::from("%");
    for c in fold(&value).chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    Ok(Some(pattern))
}
