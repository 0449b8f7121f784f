//! How much one answer may hold, counted while it is made.
//!
//! What a document may ask for is reckoned before (`request/complexity.rs`), but a list without pages is as long as it
//! is, and a text as well: 500 people of a role, each with 500 slots, are more than a server should hold.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::error::{AppError, ErrorCode, Result};

/// Most objects of one answer.
const MAX_ROWS: usize = 30_000;
/// Most bytes of one answer: response keys and values, what JSON escapes left out.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// What a request has used up. Cheap to clone.
#[derive(Clone, Default)]
pub struct Budget(Arc<Used>);

#[derive(Default)]
struct Used {
    rows: AtomicUsize,
    bytes: AtomicUsize,
    /// Whether the request ends where it is beyond a limit.
    ends: bool,
    spent: AtomicBool,
}

impl Budget {
    /// A query ends when it is beyond a limit. A mutation has happened, so it goes on, with an error for what was too
    /// much: a client that asks for `onError: NULL` still gets a token that is shown once.
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

    /// Counts bytes, likewise.
    ///
    /// # Errors
    /// `BAD_REQUEST` beyond the limit, in a mutation.
    pub async fn bytes(&self, bytes: usize) -> Result<()> {
        self.count(&self.0.bytes, bytes, MAX_BYTES).await
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
        "The answer contains more than {MAX_ROWS} objects or {MAX_BYTES} bytes. Ask for less at once."
    );
    AppError::new(ErrorCode::BadRequest, message)
}
