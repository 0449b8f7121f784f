//! Bounds the memory that answers take until their clients have accepted them.

use axum::body::Bytes;

use crate::db::Share;
use crate::error::{AppError, Result};
use crate::fair::{Gate, Place};

/// What answers are counted in, in bytes. Smaller answers are not counted: the number of connections bounds them.
const UNIT: usize = 64 * 1024;
/// How many units all answers may have: 96 MiB. One organisation may have two thirds of them, which is four of the
/// largest answers.
const UNITS: usize = 1_536;

/// The memory for answers.
#[derive(Clone)]
pub struct InFlight(Gate<Share>);

/// The part of the memory that one answer has.
pub type Room = Place<Share>;

/// An answer with its part of the memory. Dropping the bytes frees it.
struct Counted {
    body: Vec<u8>,
    _room: Room,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.body
    }
}

impl Default for InFlight {
    fn default() -> Self {
        Self(Gate::new(UNITS))
    }
}

impl InFlight {
    /// Room for the data of an answer; `None` if it is so small that it needs none. A mutation has taken effect, and its
    /// answer may hold tokens that are shown only once. So it is sent even if there is no room.
    ///
    /// # Errors
    /// `UNAVAILABLE` if there is no room for the answer to a query.
    pub fn room(&self, share: Share, bytes: usize, is_mutation: bool) -> Result<Option<Room>> {
        if bytes < UNIT {
            return Ok(None);
        }
        match self.0.try_enter_many(share, bytes.div_ceil(UNIT)) {
            None if !is_mutation => Err(AppError::overloaded(
                "Too many large answers are on their way. Read them, or ask for less at once.",
            )),
            room => Ok(room),
        }
    }
}

/// The body of an answer. It keeps its room until the last of its bytes is written.
pub fn body(body: Vec<u8>, room: Option<Room>) -> Bytes {
    match room {
        Some(room) => Bytes::from_owner(Counted { body, _room: room }),
        None => body.into(),
    }
}
