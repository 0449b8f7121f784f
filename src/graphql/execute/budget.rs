//! How much one answer may hold, counted while it is made.
//!
//! What a document may ask for is reckoned before (`complexity.rs`), but a list without pages is as long as it is, and
//! a text as well: 500 people of a role, each with 500 slots, are more than a server should hold.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::error::{AppError, ErrorCode, Result};

/// Most rows that the loaders of one request hand out.
pub const MAX_ROWS: usize = 30_000;
/// Most bytes of text in one answer, each as often as it is asked for.
pub const MAX_TEXT: usize = 16 * 1024 * 1024;

/// What a request has used up. Cheap to clone.
#[derive(Clone, Default)]
pub struct Budget(Arc<Used>);

#[derive(Default)]
struct Used {
    rows: AtomicUsize,
    text: AtomicUsize,
    /// Whether the request ends where it is beyond a limit.
    ends: bool,
    spent: AtomicBool,
}

impl Budget {
    /// A query ends when it is beyond a limit. A mutation goes on, with errors in the place of what was too much: the
    /// rest of its answer may hold a token that is shown once.
    #[must_use]
    pub fn new(is_mutation: bool) -> Self {
        Self(Arc::new(Used {
            ends: !is_mutation,
            ..Used::default()
        }))
    }

    /// Counts rows. Beyond the limit a query waits for its end here: an error for each further field would take more
    /// than the answer.
    ///
    /// # Errors
    /// `BAD_REQUEST` beyond the limit, in a mutation.
    pub async fn rows(&self, rows: usize) -> Result<()> {
        self.count(&self.0.rows, rows, MAX_ROWS).await
    }

    /// Counts bytes of text, likewise.
    ///
    /// # Errors
    /// `BAD_REQUEST` beyond the limit, in a mutation.
    pub async fn text(&self, bytes: usize) -> Result<()> {
        self.count(&self.0.text, bytes, MAX_TEXT).await
    }

    async fn count(&self, used: &AtomicUsize, more: usize, most: usize) -> Result<()> {
        let before = used.fetch_add(more, Ordering::Relaxed);
        if before.saturating_add(more) <= most {
            return Ok(());
        }
        if self.0.ends {
            self.0.spent.store(true, Ordering::Relaxed);
            return std::future::pending().await;
        }
        Err(too_much())
    }

    /// Whether the request has to end.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.0.spent.load(Ordering::Relaxed)
    }
}

/// `BAD_REQUEST`: the answer would hold too much.
#[must_use]
pub fn too_much() -> AppError {
    let message = format!(
        "The answer holds more than {MAX_ROWS} rows or {MAX_TEXT} bytes of text: ask for less at once."
    );
    AppError::new(ErrorCode::BadRequest, message)
}
