//! Whether the database can be written to, as far as the last writes tell.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::error::Result;

/// How long `/readyz` answers 503 after a failed write. After that, only another write can show whether there is room.
const NOT_READY: Duration = Duration::from_secs(30);

/// When a write failed for lack of room or the like. Shared by all that write.
#[derive(Clone, Default)]
pub(super) struct Writable(Arc<Mutex<Option<Instant>>>);

impl Writable {
    /// Records whether a write failed. Logs an ERROR for the first failure; later failures are logged with their
    /// answer, like any `UNAVAILABLE`.
    pub fn learn<T>(&self, written: &Result<T>) {
        let failed = match written {
            Ok(_) => None,
            Err(error) if error.is_unwritable() => Some(error),
            Err(_) => return,
        };
        let mut since = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cause) = failed.and_then(|error| error.cause.as_ref())
            && since.is_none()
        {
            tracing::error!(%cause, "the database cannot be written to");
        }
        if failed.is_none() && since.is_some() {
            tracing::info!("the database can be written to again");
        }
        *since = failed.map(|_| Instant::now());
    }

    /// Whether writes may be expected to succeed.
    pub fn is_expected(&self) -> bool {
        let since = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        since.is_none_or(|since| since.elapsed() >= NOT_READY)
    }
}
