//! Limits the size of an answer while it is built.
//!
//! `request/complexity.rs` estimates the size of an answer before it is built. But nobody knows the length of texts and
//! of lists without pages in advance: 500 people of a role with 500 slots each are too much for one answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::error::{AppError, ErrorCode, Result};

/// Most objects of one answer.
const MAX_ROWS: usize = 30_000;
/// Most rows of lists below other rows that a request reads: lists without pages, and the pages of several rows. They are
/// in memory before it is known how many there are.
const MAX_LISTED: usize = 20_000;
/// Most bytes of one answer: response keys and values, before JSON escapes them.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// What a request has used up. Cheap to clone.
#[derive(Clone, Default)]
pub struct Budget(Arc<Used>);

#[derive(Default)]
struct Used {
    rows: AtomicUsize,
    /// Rows of such lists that were read, whether or not they are in the answer yet.
    read: AtomicUsize,
    bytes: AtomicUsize,
    /// Whether the request ends when it exceeds a limit.
    ends: bool,
    spent: AtomicBool,
}

impl Budget {
    /// A query ends when it exceeds a limit. A mutation has already taken effect, so it continues and reports an error
    /// for the fields that were too much. With `onError: NULL` the client still gets a token that is shown only once.
    #[must_use]
    pub fn new(is_mutation: bool) -> Self {
        Self(Arc::new(Used {
            ends: !is_mutation,
            ..Used::default()
        }))
    }

    /// Counts rows. When a query exceeds the limit, its fields wait here until the query ends, because an error for
    /// each field would be larger than the answer.
    ///
    /// # Errors
    /// `BAD_REQUEST` if a mutation exceeds the limit.
    pub async fn rows(&self, rows: usize) -> Result<()> {
        self.count(&self.0.rows, rows, MAX_ROWS).await
    }

    /// What is left for the rows of lists below other rows.
    #[must_use]
    pub fn room(&self) -> Room {
        Room(self.clone())
    }

    /// Counts bytes in the same way.
    ///
    /// # Errors
    /// `BAD_REQUEST` if a mutation exceeds the limit.
    pub async fn bytes(&self, bytes: usize) -> Result<()> {
        self.count(&self.0.bytes, bytes, MAX_BYTES).await
    }

    async fn count(&self, used: &AtomicUsize, more: usize, most: usize) -> Result<()> {
        // All fields of a request run in one task, so nobody counts between these two lines. An atomic addition would take
        // longer, and this runs for each field.
        let sum = used.load(Ordering::Relaxed).saturating_add(more);
        used.store(sum, Ordering::Relaxed);
        if sum <= most {
            return Ok(());
        }
        self.exceed().await
    }

    async fn exceed(&self) -> Result<()> {
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

/// How many more rows of lists below other rows a request may read.
pub struct Room(Budget);

impl Room {
    /// How many rows to ask for now. It is one more than there is room for: a statement that finds so many is refused by
    /// [`Room::check`], so no list is ever cut.
    #[must_use]
    pub fn limit(&self) -> i64 {
        let read = self.0.0.read.load(Ordering::Relaxed);
        i64::try_from(MAX_LISTED.saturating_sub(read) + 1).unwrap_or(i64::MAX)
    }

    /// Counts the rows of one statement, and refuses them if the answer has no room for all that were read, as
    /// [`Budget::rows`] does.
    ///
    /// # Errors
    /// `BAD_REQUEST` in a mutation.
    pub async fn check(&self, rows: usize) -> Result<()> {
        self.0.count(&self.0.0.read, rows, MAX_LISTED).await
    }
}

/// `BAD_REQUEST`: the answer is too large.
#[must_use]
pub fn too_much() -> AppError {
    let message = format!(
        "The answer contains more than {MAX_ROWS} objects, {MAX_LISTED} rows of lists below other objects or {MAX_BYTES} \
         bytes. Ask for less at once."
    );
    AppError::new(ErrorCode::BadRequest, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_list_is_refused_rather_than_cut_whatever_the_answer_holds() {
        let budget = Budget::new(true);
        budget.rows(MAX_ROWS).await.expect("as many as it may hold");
        let room = budget.room();
        assert_eq!(room.limit(), 20_001);
        room.check(19_999).await.expect("within the room");
        assert_eq!(room.limit(), 2);
        room.check(1).await.expect("the last one");
        assert_eq!(room.limit(), 1);
        let beyond = room.check(1).await.expect_err("no room");
        assert_eq!(beyond.code, ErrorCode::BadRequest);
    }
}
