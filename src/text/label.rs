use super::{fold, same};

/// A skill or tag with its two keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The text as the person wrote it.
    pub text: String,
    /// The key for searching and sorting.
    pub folded: String,
    /// The key for comparing: two labels with the same key are the same label.
    pub same: String,
}

impl Label {
    #[must_use]
    pub fn new(text: String) -> Self {
        Self {
            folded: fold(&text),
            same: same(&text),
            text,
        }
    }
}
