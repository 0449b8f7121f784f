//! The pools: one for PostgreSQL; for SQLite one writer and several readers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use deadpool::managed::{Manager, Object, Pool};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::backend::Backend;
use super::begun::{Begun, begin_to_write};
use super::conn::Conn;
use super::pg_pool::PgPool;
use super::postgres::Postgres;
use super::question::Of;
use super::ready::Watch;
use super::scope::{Scope, Share};
use super::snapshot::{PgReader, Snapshot, begin};
use super::sqlite::{Mode, SqliteManager};
use super::url::DbUrl;
use super::wal::Wal;
use super::writable::Writable;
use crate::clock::Random;
use crate::error::{AppError, Result};
use crate::fair::{Gate, Place, Usage};
use crate::ids::OrgId;
use crate::workers::Workers;

/// How many connections, and how long to wait for one.
#[derive(Clone, Copy, Debug)]
pub struct PoolSettings {
    /// Connections to PostgreSQL.
    pub postgres_connections: usize,
    /// Readers of SQLite, beside its one writer.
    pub sqlite_readers: usize,
    /// How long a request waits for a connection.
    pub wait: Duration,
}

/// The database behind its pools, as one request uses it. Cheap to clone: each request does so several times.
#[derive(Clone)]
pub struct Db {
    pub(super) shared: Arc<Shared>,
    pub(super) scope: Scope,
    pub(super) share: Share,
    pub(super) snapshot: Option<Snapshot>,
    /// The transaction in which a mutation has read its session, until the database is used for something else.
    pub(super) begun: Option<Begun>,
    /// Counts the statements of the request.
    pub(super) counted: Option<Arc<AtomicU64>>,
    /// Cancelled when nobody waits for the request any more. Only on SQLite.
    pub(super) abandoned: Option<CancellationToken>,
}

/// What all requests share.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) pools: Pools,
    pub(super) random: Random,
    pub(super) writable: Writable,
    pub(super) watch: Watch,
    /// How long a request waits for a connection.
    pub(super) wait: Duration,
    /// Counts all statements, without transaction control.
    pub(super) statements: Arc<AtomicU64>,
}

/// A pool with a gate for each of its uses. Together the gates have as many places as the pool has connections.
#[derive(Clone)]
pub(super) enum Pools {
    Postgres {
        /// To cancel statements.
        database: Arc<Postgres>,
        pool: PgPool,
        gate: Gate<Share>,
        /// A request that holds a snapshot can need a second connection. Such requests must wait neither for each other
        /// nor for the share of their organisation, so one connection is kept for them. They use it for short reads. So
        /// does the sender of mail.
        second: Gate<Share>,
    },
    Sqlite {
        writer: Pool<SqliteManager>,
        writing: Gate<Share>,
        wal: Wal,
        readers: Pool<SqliteManager>,
        reading: Gate<Share>,
        /// For the question whether the database answers, and for the sender of mail: they wait behind no request.
        second: Gate<Share>,
    },
}

/// A place at the gate of a pool.
pub(super) type Held = Place<Share>;

impl Db {
    /// Builds the pools. Connections are opened when they are first needed.
    ///
    /// # Errors
    /// If a pool cannot be built from the settings.
    pub fn new(
        url: &DbUrl,
        settings: PoolSettings,
        random: Random,
        workers: &Workers,
    ) -> Result<Self> {
        let (pools, asked) = match url {
            DbUrl::Postgres(url) => {
                let size = settings.postgres_connections;
                let pool = PgPool::new(url, size, workers)?;
                let asked = Of::Postgres {
                    database: Arc::clone(url),
                    pool: pool.clone(),
                    own: None,
                };
                let pools = Pools::Postgres {
                    database: Arc::clone(url),
                    pool,
                    gate: Gate::yielding(size.saturating_sub(1).max(1), Share::is_member),
                    second: Gate::new(1),
                };
                (pools, asked)
            }
            DbUrl::Sqlite(path) => {
                let open = |mode| SqliteManager {
                    path: path.clone(),
                    mode,
                };
                let readers = pool(open(Mode::Reader), settings.sqlite_readers + 1)?;
                let second = Gate::new(1);
                let asked = Of::Sqlite(readers.clone(), second.clone());
                let pools = Pools::Sqlite {
                    // SQLite lets one connection write at a time. Waiting for it here is fair and cheap. If several
                    // connections compete for the lock of the file, some fail in spite of the busy timeout.
                    writer: pool(open(Mode::Writer), 1)?,
                    writing: Gate::new(1),
                    wal: Wal::of(path),
                    readers,
                    reading: Gate::yielding(settings.sqlite_readers, Share::is_member),
                    second,
                };
                (pools, asked)
            }
        };
        let shared = Shared {
            pools,
            random,
            writable: Writable::default(),
            watch: Watch::new(asked),
            wait: settings.wait,
            statements: Arc::default(),
        };
        Ok(Self {
            shared: Arc::new(shared),
            scope: Scope::default(),
            share: Share::default(),
            snapshot: None,
            begun: None,
            counted: None,
            abandoned: None,
        })
    }

    /// The same database with counters of references of its own, see `AppState::apart`.
    #[must_use]
    pub fn apart(&self) -> Self {
        Self {
            shared: Arc::new(Shared::clone(&self.shared)),
            ..self.clone()
        }
    }

    /// The database for work that counts towards the share of somebody.
    #[must_use]
    pub fn charged_to(self, share: Share) -> Self {
        Self { share, ..self }
    }

    /// The database for work that somebody waits for. When they drop the guard, a statement that still runs on SQLite
    /// ends soon. On PostgreSQL it ends when the work is dropped.
    #[must_use]
    pub fn until_dropped(&self) -> (Self, DropGuard) {
        let abandoned = CancellationToken::new();
        let is_sqlite = matches!(self.shared.pools, Pools::Sqlite { .. });
        let db = Self {
            abandoned: is_sqlite.then(|| abandoned.clone()),
            ..self.clone()
        };
        (db, abandoned.drop_guard())
    }

    /// Whose share its work counts towards.
    #[must_use]
    pub fn share(&self) -> Share {
        self.share
    }

    /// The database as one organisation sees it. If PostgreSQL's policies apply to the server, rows of other
    /// organisations are invisible. Without an organisation, all of them are. The organisation may come from an
    /// unchecked token, so the work still counts towards the same share.
    #[must_use]
    pub fn within(&self, org_id: impl Into<Option<OrgId>>) -> Self {
        let scope = Scope {
            org_id: org_id.into(),
            account_id: self.scope.account_id,
        };
        Self {
            scope,
            ..self.clone()
        }
    }

    /// How many file descriptors the database may need at once.
    #[must_use]
    pub fn descriptors(&self) -> usize {
        match &self.shared.pools {
            // Cancelling a statement takes another connection, and so does the question whether the database answers. Who
            // connects may ask all hosts.
            Pools::Postgres { database, pool, .. } => (1 + database.hosts()) * (pool.size() + 1),
            // The file, its write-ahead log, and temporary files for sorting.
            Pools::Sqlite { readers, .. } => 4 * (readers.status().max_size + 1),
        }
    }

    /// How many connections are used, by kind. On PostgreSQL `second` is the one that is kept for requests which hold a
    /// snapshot, and for the server itself.
    #[must_use]
    pub fn usage(&self) -> Vec<(&'static str, Usage)> {
        match &self.shared.pools {
            Pools::Postgres { gate, second, .. } => {
                vec![("shared", gate.usage()), ("second", second.usage())]
            }
            Pools::Sqlite {
                writing,
                reading,
                second,
                ..
            } => vec![
                ("writer", writing.usage()),
                ("reader", reading.usage()),
                ("second", second.usage()),
            ],
        }
    }

    /// How many statements ran, without transaction control.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.shared.statements.load(Ordering::Relaxed)
    }

    /// The database for a request whose statements are counted.
    #[must_use]
    pub fn counted_by(&self, own: Arc<AtomicU64>) -> Self {
        Self {
            counted: Some(own),
            ..self.clone()
        }
    }

    /// A connection to read with. What [`Db::begin`] has begun ends first, so nobody holds one connection while waiting for
    /// another.
    pub(super) async fn reader(&self) -> Result<Conn> {
        if let Some(begun) = &self.begun {
            begun.end();
        }
        if let Some(snapshot) = &self.snapshot
            && let Some(backend) = snapshot.reader(self.scope).await
        {
            return Ok(self.conn(backend, None));
        }
        match &self.shared.pools {
            Pools::Postgres {
                database,
                pool,
                gate,
                second,
            } => {
                let gate = if self.snapshot.is_some() || self.share == Share::Server {
                    second
                } else {
                    gate
                };
                let (object, held) = self.take(gate, pool.get()).await?;
                let reader = PgReader::new(object, held, database);
                let backend = Backend::PostgresSnapshot(Arc::new(reader));
                Ok(self.conn(backend, Some(begin(self.scope))))
            }
            Pools::Sqlite {
                readers,
                reading,
                second,
                ..
            } => {
                let gate = if self.share == Share::Server {
                    second
                } else {
                    reading
                };
                let (object, held) = self.take(gate, free(readers)).await?;
                Ok(self.conn(Backend::Sqlite(object, held), None))
            }
        }
    }

    /// A connection to write with: that of [`Db::begin`] if it shows the same rows and nobody has taken it.
    pub(super) async fn writer(&self) -> Result<Conn> {
        match &self.shared.pools {
            Pools::Postgres { pool, gate, .. } => {
                let waiting = self.begun.as_ref();
                if let Some(taken) = waiting.and_then(|begun| begun.take(self.scope)) {
                    return Ok(self.conn(Backend::Postgres(Arc::new(taken)), None));
                }
                let taken = self.take(gate, pool.get()).await?;
                let backend = Backend::Postgres(Arc::new(taken));
                Ok(self.conn(backend, Some(begin_to_write(self.scope))))
            }
            Pools::Sqlite {
                writer, writing, ..
            } => {
                let (object, held) = self.take(writing, free(writer)).await?;
                Ok(self.conn(Backend::Sqlite(object, held), None))
            }
        }
    }

    /// A connection, and the place that must be held as long as it is. Limits the total wait for the place and for the
    /// database to open a connection.
    pub(super) async fn take<T>(
        &self,
        gate: &Gate<Share>,
        object: impl Future<Output = Result<T>>,
    ) -> Result<(T, Held)> {
        let both = async {
            self.shared.watch.refuse_if_silent().await?;
            let held = gate.enter(self.share).await;
            let held = held.map_err(AppError::unavailable)?;
            Ok((object.await?, held))
        };
        tokio::time::timeout(self.shared.wait, both)
            .await
            .map_err(AppError::unavailable)?
    }

    pub(super) fn conn(&self, backend: Backend, scope: Option<String>) -> Conn {
        Conn {
            backend,
            db: Arc::clone(&self.shared),
            counted: self.counted.clone(),
            scope,
            abandoned: self.abandoned.clone(),
        }
    }
}

/// A connection of a pool of SQLite.
pub(super) async fn free(pool: &Pool<SqliteManager>) -> Result<Object<SqliteManager>> {
    pool.get().await.map_err(AppError::unavailable)
}

fn pool<M: Manager>(manager: M, size: usize) -> Result<Pool<M>> {
    Pool::builder(manager)
        .max_size(size)
        .build()
        .map_err(AppError::internal)
}
