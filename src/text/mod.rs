//! Texts that people type: cleaning, searching and comparing them.

mod keys;
mod label;
mod latin;
mod mailbox;
mod visible;

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfc};

pub use keys::{containing, fold, same};
pub use label::Label;
pub use mailbox::{mailbox, shown_mailbox, without_names_of_mailboxes};
pub use visible::{Lines, problem};

/// Converts a text to NFC. Systems send the same letters in different forms. In one form they are equal.
#[must_use]
pub fn nfc(text: &str) -> Cow<'_, str> {
    if is_nfc(text) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfc().collect())
    }
}

/// Trims a text and replaces each run of white space with one space.
#[must_use]
pub fn single_spaced(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !spaced.is_empty() {
            spaced.push(' ');
        }
        spaced.push_str(word);
    }
    spaced
}
