//! What people type: how a text is cleaned, searched and compared.

mod keys;
mod label;
mod latin;
mod mailbox;
mod visible;

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfc};

pub use keys::{containing, fold, same};
pub use label::Label;
pub use mailbox::{mailbox, shown_mailbox};
pub use visible::{Lines, problem};

/// A text in NFC. Two systems may send the same letters in different forms; kept in one form they are equal.
#[must_use]
pub fn nfc(text: &str) -> Cow<'_, str> {
    if is_nfc(text) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfc().collect())
    }
}

/// A text without white space at its ends and with one space for each run of white space inside.
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
