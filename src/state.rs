//! What all requests share.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::access::Member;
use crate::clock::{Clock, Random};
use crate::config::Config;
use crate::crypto::{AccessTokens, LinkTokens, Passwords, RefreshTokens};
use crate::db::{Conn, Db, Share};
use crate::error::Result;
use crate::in_flight::InFlight;
use crate::mail::Mailer;
use crate::metrics::Metrics;
use crate::spans::Spans;
use crate::workers::Workers;

/// The database as one request uses it, and what all requests share. Cheap to clone: each request does so several times.
#[derive(Clone)]
pub struct AppState {
    pub db: Db,
    shared: Arc<Shared>,
}

/// The configuration, time, randomness and keys.
#[derive(Clone)]
pub struct Shared {
    pub config: Arc<Config>,
    pub clock: Clock,
    pub random: Random,
    /// Hashes and checks passwords.
    pub passwords: Passwords,
    /// Signs and verifies access tokens.
    pub access_tokens: Arc<AccessTokens>,
    /// Derives and verifies refresh tokens.
    pub refresh_tokens: Arc<RefreshTokens>,
    /// Derives the tokens of invitations.
    pub link_tokens: Arc<LinkTokens>,
    pub mailer: Mailer,
    /// Wakes the sender of mail, because something is due at once.
    pub mail_waits: Arc<Notify>,
    /// The memory for answers.
    pub in_flight: InFlight,
    /// What is counted for the operator.
    pub metrics: Metrics,
    /// Spans of requests that wait for their export, if they are exported.
    pub spans: Option<Spans>,
    /// Tasks that continue after their client has disconnected. A shutdown waits for them.
    pub tasks: TaskTracker,
    /// Cancelled when the server is told to stop.
    pub stopping: CancellationToken,
    /// Whether load balancers know that it stops.
    pub probed: Probed,
}

impl Deref for AppState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

impl DerefMut for AppState {
    /// Changes this state and none of its clones.
    fn deref_mut(&mut self) -> &mut Shared {
        Arc::make_mut(&mut self.shared)
    }
}

/// Whether somebody asks `/readyz`, and whether they know that the server stops. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Probed {
    was_asked: Arc<AtomicBool>,
    told: CancellationToken,
}

impl Probed {
    /// Notes that somebody asks.
    pub fn ask(&self) {
        self.was_asked.store(true, Ordering::Relaxed);
    }

    /// Notes that `/readyz` has answered that the server stops.
    pub fn tell(&self) {
        self.told.cancel();
    }

    /// Resolves when whoever asks knows that the server stops: at once if nobody has ever asked.
    pub async fn is_told(&self) {
        if self.was_asked.load(Ordering::Relaxed) {
            self.told.cancelled().await;
        }
    }
}

impl AppState {
    /// Builds the state. It opens no connection yet.
    ///
    /// # Errors
    /// `INTERNAL` if the connection pool or the mail transport cannot be built from the settings.
    pub fn new(config: Config, clock: Clock, random: Random, workers: &Workers) -> Result<Self> {
        let db = Db::new(&config.database, config.pool, random.clone(), workers)?;
        let shared = Shared {
            passwords: Passwords::new(config.bcrypt_cost, config.password_min_length),
            access_tokens: Arc::new(AccessTokens::new(&config)),
            refresh_tokens: Arc::new(RefreshTokens::new(&config)),
            link_tokens: Arc::new(LinkTokens::new(&config)),
            mailer: Mailer::new(&config)?,
            mail_waits: Arc::default(),
            in_flight: InFlight::default(),
            metrics: Metrics::default(),
            spans: config.collector.is_some().then(Spans::default),
            tasks: TaskTracker::new(),
            stopping: CancellationToken::new(),
            probed: Probed::default(),
            config: Arc::new(config),
            clock,
            random,
        };
        let shared = Arc::new(shared);
        Ok(Self { db, shared })
    }

    /// The same state with counters of references of its own. Threads that count the same references get in each other's
    /// way.
    #[must_use]
    pub fn apart(&self) -> Self {
        Self {
            db: self.db.apart(),
            shared: Arc::new(Shared::clone(self)),
        }
    }

    /// The state for a request that somebody waits for, see [`Db::until_dropped`].
    #[must_use]
    pub fn until_dropped(&self) -> (Self, DropGuard) {
        let (db, guard) = self.db.until_dropped();
        let state = Self { db, ..self.clone() };
        (state, guard)
    }

    /// Runs statements that only read rows of the member's organisation.
    ///
    /// # Errors
    /// The errors of `work`; `UNAVAILABLE` if no connection becomes free in time.
    pub async fn read<T>(
        &self,
        who: Member,
        work: impl AsyncFnOnce(&mut Conn) -> Result<T>,
    ) -> Result<T> {
        self.db_of(who).read(work).await
    }

    /// Runs a write transaction on the rows of the member's organisation, see [`Db::write`].
    ///
    /// # Errors
    /// The errors of `work`; `UNAVAILABLE` if no connection becomes free in time.
    pub async fn write<T>(
        &self,
        who: Member,
        work: impl AsyncFnOnce(&mut Conn) -> Result<T> + Clone,
    ) -> Result<T> {
        self.db_of(who).write(work).await
    }

    /// The same state with another database.
    #[must_use]
    pub fn with_db(&self, db: Db) -> Self {
        Self { db, ..self.clone() }
    }

    /// The database as the member's organisation sees it. The work counts towards the organisation's share.
    fn db_of(&self, who: Member) -> Db {
        let share = Share::Org(who.org_id);
        self.db.within(who.org_id).charged_to(share)
    }
}
