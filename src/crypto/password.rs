//! Passwords. bcrypt runs outside the async threads, and at most one hash per core runs at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Semaphore;

use crate::error::{AppError, Result};
use crate::text;

/// bcrypt reads 72 bytes, and the last one is a terminator. Longer passwords are refused and not truncated.
const MAX_BYTES: usize = 71;
/// How many requests per core may run or wait for a hash. Above this the server answers that it is overloaded, because
/// clients do not wait longer than a few seconds.
const QUEUE_PER_CORE: usize = 16;

/// Hashes and checks passwords. Cheap to clone.
#[derive(Clone)]
pub struct Passwords {
    cost: u32,
    min_chars: usize,
    running: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    queue: usize,
}

impl Passwords {
    /// A hasher. `cost` is the binary logarithm of the rounds. New passwords need at least `min_chars` characters.
    #[must_use]
    pub fn new(cost: u32, min_chars: usize) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            cost,
            min_chars,
            running: Arc::new(Semaphore::new(cores)),
            waiting: Arc::new(AtomicUsize::new(0)),
            queue: cores * QUEUE_PER_CORE,
        }
    }

    /// Checks a new password. It must be long enough, have at most 71 bytes and be hard to guess, also for somebody who
    /// knows `hints` such as the account's e-mail address. There are no composition rules (NIST SP 800-63B).
    ///
    /// # Errors
    /// `BAD_USER_INPUT` at `field`.
    pub fn check_new(&self, password: &str, hints: &[&str], field: &str) -> Result<()> {
        let password = &prepared(password);
        let problem = if password.chars().count() < self.min_chars {
            format!("A password needs at least {} characters.", self.min_chars)
        } else if password.len() > MAX_BYTES {
            format!("A password can have at most {MAX_BYTES} bytes.")
        } else if password.contains('\0') {
            "A password cannot contain the NUL character.".to_owned()
        } else if zxcvbn::zxcvbn(password, hints).score() < zxcvbn::Score::Three {
            "This password is easy to guess. Use a longer one, or several unrelated words."
                .to_owned()
        } else {
            return Ok(());
        };
        Err(AppError::bad_input(field, problem))
    }

    /// The bcrypt hash of a password.
    ///
    /// # Errors
    /// `UNAVAILABLE` if too many hashes already wait.
    pub async fn hash(&self, password: String) -> Result<String> {
        let (cost, password) = (self.cost, prepared(&password));
        self.run(move || bcrypt::non_truncating_hash(password, cost).map_err(AppError::internal))
            .await
    }

    /// Whether the password matches the hash. Without a hash (no account has the address) it does the same work and
    /// returns false, so that the time reveals nothing.
    ///
    /// # Errors
    /// `UNAVAILABLE` if too many hashes already wait.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool> {
        let (cost, password) = (self.cost, prepared(&password));
        self.run(move || {
            // A text that cannot be a password is replaced by one that matches nobody's, so that the work is the same.
            let usable = password.len() <= MAX_BYTES && !password.contains('\0');
            let password = if usable { password } else { String::new() };
            let Some(hash) = hash else {
                bcrypt::non_truncating_hash(password, cost).map_err(AppError::internal)?;
                return Ok(false);
            };
            let matches =
                bcrypt::non_truncating_verify(password, &hash).map_err(AppError::internal)?;
            Ok(matches && usable)
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let _place = Place::take(&self.waiting, self.queue)?;
        let permit = Arc::clone(&self.running)
            .acquire_owned()
            .await
            .map_err(AppError::internal)?;
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        })
        .await
        .map_err(AppError::internal)?
    }
}

/// Normalises a password before it is measured, hashed and compared (RFC 8265, `OpaqueString`): NFC with plain spaces.
/// Keyboards and systems differ in both, and people cannot see the difference when they type.
fn prepared(password: &str) -> String {
    let spaces = |c: char| if is_space(c) { ' ' } else { c };
    text::nfc(password).chars().map(spaces).collect()
}

/// The space separators of Unicode.
fn is_space(c: char) -> bool {
    c.is_whitespace() && !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}')
}

/// A place in the queue. It becomes free when the request ends or its client disconnects.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(waiting: &Arc<AtomicUsize>, queue: usize) -> Result<Self> {
        let place = Self(Arc::clone(waiting));
        if waiting.fetch_add(1, Ordering::SeqCst) >= queue {
            let message = "Too many people are signing in right now. Try again in a moment.";
            return Err(AppError::overloaded(message));
        }
        Ok(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::error::ErrorCode;

    #[tokio::test(flavor = "multi_thread")]
    async fn beyond_the_queue_the_answer_is_unavailable() {
        let passwords = Passwords::new(4, 12);
        let cores = u32::try_from(passwords.queue / QUEUE_PER_CORE).expect("a few");
        let busy = passwords
            .running
            .acquire_many(cores)
            .await
            .expect("all of them");
        let mut waiting: Vec<_> = (0..passwords.queue)
            .map(|_| Box::pin(passwords.hash("x".to_owned())))
            .collect();
        for hash in &mut waiting {
            assert!(hash.now_or_never().is_none(), "it waits");
        }
        let beyond = passwords.hash("x".to_owned()).await.expect_err("no place");
        assert_eq!(beyond.code, ErrorCode::Unavailable);
        // A client that disconnects frees its place.
        waiting.pop();
        let mut next = Box::pin(passwords.hash("x".to_owned()));
        assert!((&mut next).now_or_never().is_none(), "it waits");
        waiting.push(next);
        drop(busy);
        let hashed = futures_util::future::join_all(waiting).await;
        assert!(hashed.iter().all(Result::is_ok));
    }
}
