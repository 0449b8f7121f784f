//! Whether the database can be worked with: it answers, it has the tables of this server, and it takes what is written.
//!
//! The question has a connection of its own, so it is answered whatever the requests do. It is asked once at a time, and
//! its answer counts for a second. So nobody can keep the database busy with it.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join;
use tokio::sync::Mutex;
use tokio::time::{sleep, timeout};

use super::pool::Db;
use super::postgres::Postgres;
use super::question::{Cause, Of, READ_ONLY, reason};
use crate::error::{AppError, Result, chain};

/// How long the database has to answer.
const PATIENCE: Duration = Duration::from_millis(1_250);
/// How long an answer counts.
const KEPT: Duration = Duration::from_secs(1);
/// A statement that takes longer than this looks whether the database still answers. So does the question itself, on a
/// fresh connection.
const LOOK: Duration = Duration::from_millis(500);

/// Why the server should get no requests, in words for its operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    /// It did not answer in time, and PostgreSQL takes no connection either: it hangs, or the network swallows what is
    /// sent.
    #[error("The database does not answer.")]
    Silent,
    /// PostgreSQL takes connections, but did not answer in time: somebody locks the table of migrations, or all
    /// connections of a pooler are busy.
    #[error("The database answers too slowly.")]
    Slow,
    #[error("The database cannot be reached.")]
    Away,
    /// It answers with an error.
    #[error("The database refuses to answer.")]
    Refusing,
    #[error("The database lacks migrations of this server. Run: coulisses-crew migrate")]
    Behind,
    #[error("The database cannot be written to. Its disk is full, or it is read-only.")]
    Unwritable,
}

/// Asks the database. Cheap to clone.
#[derive(Clone)]
pub(super) struct Watch(Arc<Inner>);

struct Inner {
    /// Held by whoever asks.
    asked: Arc<Mutex<Asked>>,
    is_silent: AtomicBool,
}

/// How the database is asked, and what it last answered.
struct Asked {
    of: Of,
    answer: Option<(Instant, Result<(), NotReady>)>,
    /// When a write was refused because PostgreSQL takes none, and the answer was therefore forgotten.
    forgotten: Option<Instant>,
}

impl Watch {
    pub(super) fn new(of: Of) -> Self {
        Self(Arc::new(Inner {
            asked: Arc::new(Mutex::new(Asked {
                of,
                answer: None,
                forgotten: None,
            })),
            is_silent: AtomicBool::new(false),
        }))
    }

    /// Whether the database answers and has the tables of this server.
    ///
    /// # Errors
    /// What is wrong, after 1.25 s at most.
    pub(super) async fn ask(&self) -> Result<(), NotReady> {
        // Whoever asks meanwhile leaves an answer, so this takes no longer than to ask.
        let mut asked = Arc::clone(&self.0.asked).lock_owned().await;
        if let Some((at, answer)) = asked.answer
            && at.elapsed() < KEPT
        {
            return answer;
        }
        let own = self.clone();
        // Whoever hangs up does not end the question, and others wait for its answer.
        let question = tokio::spawn(async move {
            let found = asked.ask().await;
            // On SQLite nobody is refused for it: a statement ends by itself.
            let is_silent =
                matches!(found, Err((NotReady::Silent, _))) && asked.of.postgres().is_some();
            own.0.is_silent.store(is_silent, Ordering::Relaxed);
            asked.note(found)
        });
        question.await.unwrap_or(Err(NotReady::Away))
    }

    /// Resolves when the database does not answer any more, and not before a statement has taken a while. A statement
    /// that takes long, on a database that answers, goes on.
    pub(super) async fn silence(&self) {
        let mut known = self.is_silent();
        loop {
            if !known {
                sleep(LOOK).await;
            }
            // Boxed, because it is part of each statement, and hardly any gets here.
            if Box::pin(self.ask()).await == Err(NotReady::Silent) {
                return;
            }
            known = false;
        }
    }

    /// Refuses at once what a PostgreSQL that is known to be silent would not answer.
    ///
    /// # Errors
    /// `UNAVAILABLE` if it is still silent.
    pub(super) async fn refuse_if_silent(&self) -> Result<()> {
        if self.is_silent() && Box::pin(self.ask()).await == Err(NotReady::Silent) {
            return Err(AppError::unavailable(NotReady::Silent));
        }
        Ok(())
    }

    /// Learns from a write that this PostgreSQL takes none. Asks anew on a fresh connection next time, and closes the
    /// connections that nobody uses, because they may lead to a server that has become a standby. Does so once a second
    /// at most: otherwise whoever writes again and again would have everybody connect anew.
    pub(super) async fn learn_that_no_writes_are_taken(&self) {
        let mut asked = self.0.asked.lock().await;
        if asked.forgotten.is_some_and(|at| at.elapsed() < KEPT) {
            return;
        }
        tracing::warn!("PostgreSQL takes no writes; its connections are opened anew");
        asked.forgotten = Some(Instant::now());
        asked.answer = None;
        asked.of.close_idle();
    }

    fn is_silent(&self) -> bool {
        self.0.is_silent.load(Ordering::Relaxed)
    }
}

impl Asked {
    /// Asks. If the answer takes a while, finds out whether a fresh connection is greeted: the one that is kept may wait
    /// behind a lock or in a pooler, and then the database is not silent.
    async fn ask(&mut self) -> Found {
        let versions = self.of.versions();
        let listed = versions.join("', '");
        let count = format!(
            "(SELECT count(*) FROM __diesel_schema_migrations WHERE version IN ('{listed}'))"
        );
        let database = self.of.postgres();
        let mut question = pin!(timeout(PATIENCE, self.of.count(&count)));
        let (found, is_greeted) = tokio::select! {
            biased;
            found = &mut question => (found, true),
            () = sleep(LOOK) => join(question, greets(database)).await,
        };
        let found = match found {
            Ok(Ok(found)) => found,
            Ok(Err(cause)) => return Err((reason(&*cause), Some(cause))),
            Err(_) if is_greeted => return Err((NotReady::Slow, None)),
            Err(_) => return Err((NotReady::Silent, None)),
        };
        if found == READ_ONLY {
            return Err((NotReady::Unwritable, None));
        }
        // There may be more: while servers are replaced one by one, the new ones have migrated already.
        match usize::try_from(found) == Ok(versions.len()) {
            true => Ok(()),
            false => Err((NotReady::Behind, None)),
        }
    }

    /// Keeps an answer, and logs it if it is another one than before.
    fn note(&mut self, found: Found) -> Result<(), NotReady> {
        let before = self.answer.map_or(Ok(()), |(_, answer)| answer);
        let (answer, cause) = match found {
            Ok(()) => (Ok(()), None),
            Err((reason, cause)) => (Err(reason), cause),
        };
        match (before, answer) {
            (before, Err(reason)) if before != answer => {
                let cause = cause.map(|cause| chain(&*cause));
                tracing::warn!(cause, "not ready: {reason}");
            }
            (Err(_), Ok(())) => tracing::info!("ready again: the database answers"),
            _ => {}
        }
        // Another host may take the place of this one, and what then still leads to a machine without power would hang.
        // If the answer was slow, it may have done so already: a fresh connection was greeted.
        let may_lead_elsewhere = match answer {
            Err(NotReady::Silent | NotReady::Away | NotReady::Unwritable) => true,
            Err(NotReady::Slow) => self.of.has_several_hosts(),
            Err(NotReady::Refusing | NotReady::Behind) | Ok(()) => false,
        };
        if may_lead_elsewhere {
            self.of.close_idle();
        }
        self.answer = Some((Instant::now(), answer));
        answer
    }
}

/// What came of asking: nothing is wrong, or why the database is not ready, and the error behind that.
type Found = Result<(), (NotReady, Option<Cause>)>;

/// Whether PostgreSQL greets a fresh connection in the time that is left.
async fn greets(database: Option<Arc<Postgres>>) -> bool {
    match database {
        Some(database) => timeout(PATIENCE.saturating_sub(LOOK), database.greets())
            .await
            .unwrap_or(false),
        None => false,
    }
}

impl Db {
    /// Whether the database answers within 1.25 s, even if the server is not ready for another reason.
    pub async fn answers(&self) -> bool {
        use NotReady::{Behind, Unwritable};
        matches!(
            self.shared.watch.ask().await,
            Ok(()) | Err(Behind | Unwritable)
        )
    }

    /// Whether the database can be worked with.
    ///
    /// # Errors
    /// Why not, after 1.25 s at most.
    pub async fn readiness(&self) -> Result<(), NotReady> {
        self.shared.watch.ask().await?;
        match self.shared.writable.is_expected() {
            true => Ok(()),
            false => Err(NotReady::Unwritable),
        }
    }

    /// Whether writes may be expected to succeed, as far as the database answers.
    pub async fn is_writable(&self) -> bool {
        self.readiness().await != Err(NotReady::Unwritable)
    }
}
