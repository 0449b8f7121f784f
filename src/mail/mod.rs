//! Sending mail. Mail goes over SMTP if `SMTP_URL` is set. Otherwise development writes it to the log, and production
//! sends none.
//!
//! At most one connection to the mail server is open. Organisations take turns at it. The outbox
//! (`domains/outbox`) waits for its turn with what the database holds. A password reset first takes a place in the queue,
//! so nothing is written for a mail that has no place.

mod calendar;
mod message;
mod smtp;

use std::time::Duration;

use lettre::message::Mailbox;

pub use calendar::{Event, EventStatus, calendar};
pub use message::Letter;

use crate::config::Config;
use crate::db::Share;
use crate::error::{AppError, Result};
use crate::fair::{Gate, Place};

/// How many mails may wait in memory. Password resets are all of one share, so of these up to 100 wait.
const QUEUE: usize = 150;
/// How long a mail may wait for its turn. Its link should still be good when it arrives, and that of a password reset is
/// good for 30 minutes.
const TURN: Duration = Duration::from_mins(10);
/// After how many seconds to try again when the queue is full.
const RETRY_AFTER: u64 = 30;
/// Longest text of a stranger in a mail, in characters.
const STRANGERS_TEXT: usize = 80;

/// Sends mail. Cheap to clone.
#[derive(Clone)]
pub struct Mailer {
    from: Mailbox,
    way: Way,
    queue: Gate<Share>,
    turns: Gate<Share>,
}

#[derive(Clone)]
enum Way {
    Smtp(smtp::Server),
    Log,
    None,
}

/// A place in the queue for one mail.
#[must_use]
pub struct Stamp {
    mailer: Mailer,
    share: Share,
    /// Only where there is a mail server to wait for.
    _place: Option<Place<Share>>,
}

/// The right to send one mail now.
#[must_use]
pub struct Turn {
    mailer: Mailer,
    /// Only where there is a mail server.
    _place: Option<Place<Share>>,
}

/// How a mail server refused a mail (RFC 5321 4.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A code that begins with 4: it may take the mail later.
    ForNow,
    /// A code that begins with 5.
    ForGood,
}

/// Why a mail was not sent.
#[derive(Clone, Debug)]
pub struct Unsent {
    /// Whether the mail server could not be reached, or would not talk to this server. Otherwise it refused this mail, or
    /// this mail cannot be written.
    pub is_away: bool,
    /// Whether the mail may have arrived all the same: the mail server had it, or some of it, and did not answer.
    pub may_have_arrived: bool,
    /// How the mail server refused this mail, if it did.
    pub refusal: Option<Refusal>,
    pub error: AppError,
}

impl Mailer {
    /// The mailer of the configuration.
    ///
    /// # Errors
    /// `INTERNAL` for an `SMTP_URL` that the configuration should have refused.
    pub fn new(config: &Config) -> Result<Self> {
        let way = match &config.smtp_url {
            Some(url) => {
                let url = String::from_utf8_lossy(&url.0);
                Way::Smtp(smtp::Server::at(&url)?)
            }
            None if config.is_production() => Way::None,
            None => Way::Log,
        };
        Ok(Self {
            from: config.mail_from.clone(),
            way,
            queue: Gate::new(QUEUE),
            turns: Gate::new(1),
        })
    }

    /// Whether this server sends mail or at least logs it.
    #[must_use]
    pub fn sends(&self) -> bool {
        !matches!(self.way, Way::None)
    }

    /// A place in the queue for a mail of somebody.
    ///
    /// # Errors
    /// `UNAVAILABLE` if too many mails wait.
    pub fn stamp(&self, share: Share) -> Result<Stamp> {
        let place = matches!(self.way, Way::Smtp(_)).then(|| self.queue.try_enter(share));
        if let Some(None) = place {
            let message = "Too many mails are waiting to be sent. Try again in a moment.";
            return Err(AppError::overloaded(message).retry_after(RETRY_AFTER));
        }
        Ok(Stamp {
            mailer: self.clone(),
            share,
            _place: place.flatten(),
        })
    }

    /// Who mail comes from.
    #[must_use]
    pub fn sender(&self) -> &str {
        self.from.email.as_ref()
    }

    /// Waits until it is the turn of somebody.
    ///
    /// # Errors
    /// `UNAVAILABLE` after ten minutes, or if too many others of the same share wait.
    pub async fn turn(&self, share: Share) -> Result<Turn> {
        let place = match self.way {
            Way::Log | Way::None => None,
            Way::Smtp(_) => {
                let turn = tokio::time::timeout(TURN, self.turns.enter(share)).await;
                let turn = turn.map_err(AppError::unavailable)?;
                Some(turn.map_err(AppError::unavailable)?)
            }
        };
        Ok(Turn {
            mailer: self.clone(),
            _place: place,
        })
    }

    /// How many mails wait in memory.
    #[must_use]
    pub fn unsent(&self) -> usize {
        self.queue.held()
    }
}

impl Stamp {
    /// Sends a mail when it is its turn.
    ///
    /// # Errors
    /// `UNAVAILABLE` when the mail server does not take it in time.
    pub async fn send(self, letter: &Letter) -> Result<()> {
        let turn = self.mailer.turn(self.share).await?;
        turn.send(letter).await.map_err(|unsent| unsent.error)
    }
}

impl Turn {
    /// Sends a mail. It is sent when the mail server has taken it.
    ///
    /// # Errors
    /// [`Unsent`]. Its error is `UNAVAILABLE`, or `INTERNAL` for a mail that cannot be written.
    pub async fn send(self, letter: &Letter) -> Result<(), Unsent> {
        let server = match &self.mailer.way {
            Way::None => return Ok(()),
            Way::Log => {
                let Letter {
                    to, subject, text, ..
                } = letter;
                tracing::info!(to, subject, "mail (SMTP_URL is not set):\n{text}");
                return Ok(());
            }
            Way::Smtp(server) => server,
        };
        let unwritable = |error| Unsent {
            is_away: false,
            may_have_arrived: false,
            refusal: None,
            error,
        };
        let message = letter.message(&self.mailer.from).map_err(unwritable)?;
        server.send(&message).await
    }
}

/// The text of a stranger, such as the name of an organisation, for a mail to somebody who may not know the stranger.
/// It is short, and mail programs make no link of it.
#[must_use]
pub fn harmless(text: &str) -> String {
    harmless_to(text, STRANGERS_TEXT)
}

/// The same for a text that may be longer, such as a place: up to so many characters.
#[must_use]
pub fn harmless_to(text: &str, most: usize) -> String {
    let cut = text.char_indices().nth(most);
    let (text, end) = match cut {
        Some((at, _)) => (&text[..at], "…"),
        None => (text, ""),
    };
    let mut following = text.chars().skip(1);
    let unlinked: String = text
        .chars()
        .map(|c| match following.next() {
            Some(next) if is_in_links(c) && !next.is_whitespace() => ' ',
            _ => c,
        })
        .collect();
    let words: Vec<_> = unlinked.split_whitespace().collect();
    words.join(" ") + end
}

/// Whether a character joins the parts of an address. Some full stops of East Asia do, too.
fn is_in_links(c: char) -> bool {
    matches!(
        c,
        '.' | ':' | '/' | '\\' | '@' | '\u{3002}' | '\u{ff0e}' | '\u{ff61}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strangers_text_is_short_and_holds_no_link() {
        for (name, shown) in [
            ("Théâtre de l'Odéon", "Théâtre de l'Odéon"),
            ("Dr. Crew & Co.", "Dr. Crew & Co."),
            ("24/7 Crew: rigging", "24 7 Crew: rigging"),
            (
                "Win at https://evil.example/x",
                "Win at https evil example x",
            ),
            ("www.evil.example", "www evil example"),
            ("evil。example", "evil example"),
            ("write to me@evil.example", "write to me evil example"),
        ] {
            assert_eq!(harmless(name), shown);
        }
        assert_eq!(harmless(&"x".repeat(80)), "x".repeat(80));
        assert_eq!(harmless(&"🎪".repeat(81)), "🎪".repeat(80) + "…");
    }
}
