//! Passwords. bcrypt runs outside the async threads, and at most one hash per core runs at a time.

use crate::access::Requester;
use crate::address::Address;
use crate::error::{AppError, Result};
use crate::fair::{Gate, Place, Usage};
use crate::ids::{AccountId, OrgId};
use crate::text;

/// bcrypt reads 72 bytes, and the last one is a terminator. Longer passwords are refused and not truncated.
const MAX_BYTES: usize = 71;
/// How many requests of strangers per core may run or wait for a hash. With more the answer is that the server is
/// overloaded, because clients do not wait longer than a few seconds.
const STRANGERS_PER_CORE: usize = 12;
/// How many more per core may run or wait for people whom the server knows. Strangers cannot take these places.
const KNOWN_PER_CORE: usize = 4;

/// Hashes and checks passwords. Cheap to clone.
#[derive(Clone)]
pub struct Passwords {
    cost: u32,
    min_chars: usize,
    running: Gate<Asker>,
    strangers: Gate<Asker>,
    known: Gate<Asker>,
}

/// For whom a password is hashed. Nobody gets more than their share of the places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Asker {
    /// The network of a client that is not signed in.
    Network(Address),
    /// An organisation.
    Org(OrgId),
    /// An account outside of any organisation.
    Account(AccountId),
    /// The operator, at the command line.
    Operator,
}

impl Asker {
    /// A client that is not signed in. IPv6 networks with a prefix of 48 bits count as one, because that is the largest
    /// that one customer usually has.
    #[must_use]
    pub fn at(address: Address) -> Self {
        Self::Network(address.network(48))
    }
}

impl From<&Requester> for Asker {
    fn from(who: &Requester) -> Self {
        let org_id = who.member.map(|member| member.org_id);
        org_id.map_or(Self::Account(who.account_id), Self::Org)
    }
}

/// A place in the queue for hashing. It becomes free when it is dropped.
#[must_use]
pub struct Queued<'a> {
    passwords: &'a Passwords,
    asker: Asker,
    _place: Place<Asker>,
}

/// How much of the queue for hashing is used.
#[derive(Clone, Copy, Debug)]
pub struct Queue {
    /// Hashes that run.
    pub running: Usage,
    /// Places for strangers. Who has one waits or runs.
    pub strangers: Usage,
    /// Further places for people whom the server knows.
    pub known: Usage,
}

impl Passwords {
    /// A hasher. `cost` is the binary logarithm of the rounds. New passwords need at least `min_chars` characters.
    #[must_use]
    pub fn new(cost: u32, min_chars: usize) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            cost,
            min_chars,
            running: Gate::new(cores),
            strangers: Gate::new(cores * STRANGERS_PER_CORE),
            known: Gate::new(cores * KNOWN_PER_CORE),
        }
    }

    /// How much of the queue is used.
    #[must_use]
    pub fn usage(&self) -> Queue {
        Queue {
            running: self.running.usage(),
            strangers: self.strangers.usage(),
            known: self.known.usage(),
        }
    }

    /// A place in the queue for somebody who has signed in before.
    ///
    /// # Errors
    /// `UNAVAILABLE` if too many hashes already wait.
    pub fn queue_known(&self, asker: Asker) -> Result<Queued<'_>> {
        match self.known.try_enter(asker) {
            Some(place) => Ok(self.queued(asker, place)),
            None => self.queue(asker),
        }
    }

    /// A place in the queue.
    ///
    /// # Errors
    /// `UNAVAILABLE` if too many hashes already wait.
    pub fn queue(&self, asker: Asker) -> Result<Queued<'_>> {
        let place = self.strangers.try_enter(asker).ok_or_else(|| {
            AppError::overloaded("Too many people are signing in right now. Try again in a moment.")
        })?;
        Ok(self.queued(asker, place))
    }

    fn queued(&self, asker: Asker, place: Place<Asker>) -> Queued<'_> {
        Queued {
            passwords: self,
            asker,
            _place: place,
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
}

impl Queued<'_> {
    /// The bcrypt hash of a password.
    ///
    /// # Errors
    /// `INTERNAL` if bcrypt fails.
    pub async fn hash(&self, password: String) -> Result<String> {
        let (cost, password) = (self.passwords.cost, prepared(&password));
        self.run(move || bcrypt::non_truncating_hash(password, cost).map_err(AppError::internal))
            .await
    }

    /// Whether the password matches the hash. Without a hash (no account has the address) it does the same work and
    /// returns false, so that the time reveals nothing.
    ///
    /// # Errors
    /// `INTERNAL` if bcrypt fails.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool> {
        let (cost, password) = (self.passwords.cost, prepared(&password));
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
        let place = self.passwords.running.enter(self.asker).await;
        let place = place.map_err(AppError::unavailable)?;
        tokio::task::spawn_blocking(move || {
            let _place = place;
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

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::error::ErrorCode;

    fn at(ip: &str) -> Asker {
        let ip: IpAddr = ip.parse().expect("an address");
        Asker::at(Address::new(Some(ip)))
    }

    /// Takes places until there are none.
    fn fill(passwords: &Passwords, asker: Asker) -> Vec<Queued<'_>> {
        let queue: Vec<_> = std::iter::from_fn(|| passwords.queue(asker).ok()).collect();
        let beyond = passwords.queue(asker).err().expect("no place");
        assert_eq!(beyond.code, ErrorCode::Unavailable);
        queue
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn strangers_leave_places_in_the_queue_to_each_other_and_to_those_who_are_known() {
        let passwords = Passwords::new(4, 12);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        // 48 networks of one company.
        let one: Vec<_> = (0..48)
            .flat_map(|i| passwords.queue(at(&format!("2001:db8:1:{i:x}::1"))))
            .collect();
        assert_eq!(one.len(), cores * STRANGERS_PER_CORE * 2 / 3);
        assert!(passwords.queue(at("2001:db8:1::1")).is_err());
        let two = fill(&passwords, at("2001:db8:2::1"));
        assert_eq!(one.len() + two.len(), cores * STRANGERS_PER_CORE);
        assert!(passwords.queue(at("192.0.2.1")).is_err());
        let known = passwords.queue_known(at("192.0.2.1")).expect("a place");
        assert!(known.hash("x".to_owned()).await.is_ok());
        drop(two);
        assert!(passwords.queue(at("192.0.2.1")).is_ok());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn who_holds_none_of_the_cores_is_next() {
        use futures_util::FutureExt;
        let passwords = Passwords::new(4, 12);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let mut busy = Vec::new();
        for i in 0..cores {
            let entered = passwords.running.enter(at(&format!("192.0.2.{i}"))).await;
            busy.push(entered.expect("a core"));
        }
        let queued = fill(&passwords, at("2001:db8::1"));
        let mut waiting: Vec<_> = queued
            .iter()
            .map(|place| Box::pin(place.hash("x".to_owned())))
            .collect();
        for hash in &mut waiting {
            assert!(hash.now_or_never().is_none(), "it waits");
        }
        let own = passwords.queue_known(at("192.0.2.1")).expect("a place");
        let mut hash = Box::pin(own.hash("x".to_owned()));
        assert!((&mut hash).now_or_never().is_none(), "it waits");
        drop(busy);
        assert!(hash.await.is_ok());
        let hashed = futures_util::future::join_all(waiting).await;
        assert!(hashed.iter().all(Result::is_ok));
    }
}
