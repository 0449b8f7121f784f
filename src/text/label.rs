use super::{fold, same};

/// A skill or tag: as it was written, and its two keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// As it is shown.
    pub text: String,
    /// As it is searched and sorted.
    pub folded: String,
    /// As it is compared: two labels with the same key are one.
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
