//! Choices out of made-up bytes. A text is written by asking a tape what comes next, so that whatever is found shrinks
//! as a list of bytes does: fewer of them, and smaller ones. The first choice has to be the plainest one.

use proptest::prelude::*;

/// Bytes that are chosen by.
pub struct Tape {
    bytes: std::vec::IntoIter<u8>,
}

impl Tape {
    /// One of so many: the first one when the tape is at its end.
    pub fn pick(&mut self, among: usize) -> usize {
        let mut next = || usize::from(self.bytes.next().unwrap_or_default());
        let number = match among {
            0..=256 => next(),
            _ => next() * 256 + next(),
        };
        number % among.max(1)
    }

    /// One of these.
    pub fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.pick(of.len())]
    }

    /// Holds once in so many times, and never at the end of the tape.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.pick(times) == times - 1
    }
}

/// What a function writes by tapes of up to so many bytes.
pub fn written<T: std::fmt::Debug>(
    length: usize,
    write: impl Fn(&mut Tape) -> T,
) -> impl Strategy<Value = T> {
    prop::collection::vec(any::<u8>(), 0..=length).prop_map(move |bytes| {
        write(&mut Tape {
            bytes: bytes.into_iter(),
        })
    })
}
