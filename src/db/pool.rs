//! The pools: one for PostgreSQL; for SQLite one writer and several readers.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use deadpool::managed::{Manager, Metrics, Pool, RecycleResult};
use diesel::connection::SimpleConnection;
use diesel::{Connection, ConnectionError, ConnectionResult, SqliteConnection};
use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
};
use futures_util::FutureExt;
use tokio::sync::Semaphore;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::backend::Backend;
use super::conn::Conn;
use super::interrupt;
use super::scope::Scope;
use super::snapshot::{PgReader, Snapshot, begin};
use super::url::DbUrl;
use super::writable::Writable;
use crate::clock::Random;
use crate::error::{AppError, Result};
use crate::ids::OrgId;

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

/// The database behind its pools. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pub(super) pools: Pools,
    pub(super) random: Random,
    pub(super) statements: Arc<AtomicU64>,
    pub(super) writable: Writable,
    pub(super) wait: Duration,
    pub(super) scope: Scope,
    pub(super) snapshot: Option<Snapshot>,
    /// Cancelled when nobody waits for the request any more.
    pub(super) abandoned: Option<CancellationToken>,
}

#[derive(Clone)]
pub(super) enum Pools {
    Postgres {
        pool: Pool<AsyncDieselConnectionManager<AsyncPgConnection>>,
        /// Snapshots never use the last connection. A request that holds a snapshot can need a second connection, and
        /// such requests must not wait for each other.
        snapshots: Arc<Semaphore>,
    },
    Sqlite {
        writer: Pool<SqliteManager>,
        readers: Pool<SqliteManager>,
    },
}

impl Db {
    /// Builds the pools. Connections are opened when they are first needed.
    ///
    /// # Errors
    /// If a pool cannot be built from the settings.
    pub fn new(url: &DbUrl, settings: PoolSettings, random: Random) -> Result<Self> {
        let pools = match url {
            DbUrl::Postgres(url) => {
                let manager =
                    AsyncDieselConnectionManager::new_with_config(url.clone(), postgres_config());
                let size = settings.postgres_connections;
                Pools::Postgres {
                    pool: pool(manager, size)?,
                    snapshots: Arc::new(Semaphore::new(size.saturating_sub(1).max(1))),
                }
            }
            DbUrl::Sqlite(path) => {
                let open = |mode| SqliteManager {
                    path: path.clone(),
                    mode,
                };
                Pools::Sqlite {
                    // SQLite lets one connection write at a time. Waiting for it here is fair and cheap. If several
                    // connections compete for the lock of the file, some fail in spite of the busy timeout.
                    writer: pool(open(Mode::Writer), 1)?,
                    readers: pool(open(Mode::Reader), settings.sqlite_readers)?,
                }
            }
        };
        Ok(Self {
            pools,
            random,
            statements: Arc::default(),
            writable: Writable::default(),
            wait: settings.wait,
            scope: Scope::default(),
            snapshot: None,
            abandoned: None,
        })
    }

    /// The database for work that somebody waits for. When they drop the guard, a statement that still runs on SQLite
    /// ends soon. On PostgreSQL it ends when the work is dropped.
    #[must_use]
    pub fn until_dropped(&self) -> (Self, DropGuard) {
        let abandoned = CancellationToken::new();
        let db = Self {
            abandoned: Some(abandoned.clone()),
            ..self.clone()
        };
        (db, abandoned.drop_guard())
    }

    /// The database as one organisation sees it. If PostgreSQL's policies apply to the server, rows of other
    /// organisations are invisible. Without an organisation, all of them are.
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
        match &self.pools {
            // Cancelling a statement takes another connection.
            Pools::Postgres { pool, .. } => 2 * pool.status().max_size,
            // The file, its write-ahead log, and temporary files for sorting.
            Pools::Sqlite { readers, .. } => 4 * (readers.status().max_size + 1),
        }
    }

    pub(super) fn random(&self) -> &Random {
        &self.random
    }

    /// How many statements ran, without transaction control.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// A connection to read with.
    pub(super) async fn reader(&self) -> Result<Conn> {
        if let Some(snapshot) = &self.snapshot
            && let Some(backend) = snapshot.reader(self.scope).await
        {
            return Ok(self.conn(backend, None));
        }
        match &self.pools {
            Pools::Postgres { pool, .. } => {
                let reader = PgReader::new(self.in_time(pool.get()).await?, None);
                let backend = Backend::PostgresSnapshot(Arc::new(reader));
                Ok(self.conn(backend, Some(begin(self.scope))))
            }
            Pools::Sqlite { readers, .. } => {
                let conn = self.in_time(readers.get()).await?;
                Ok(self.conn(Backend::Sqlite(conn), None))
            }
        }
    }

    /// A connection to write with.
    pub(super) async fn writer(&self) -> Result<Conn> {
        match &self.pools {
            Pools::Postgres { pool, .. } => {
                let conn = self.in_time(pool.get()).await?;
                Ok(self.conn(Backend::Postgres(conn), Some(self.scope.sql())))
            }
            Pools::Sqlite { writer, .. } => {
                let conn = self.in_time(writer.get()).await?;
                Ok(self.conn(Backend::Sqlite(conn), None))
            }
        }
    }

    /// Limits the total wait for a place in the pool and for the database to open a connection.
    pub(super) async fn in_time<T, E>(
        &self,
        awaited: impl Future<Output = std::result::Result<T, E>>,
    ) -> Result<T>
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        let taken = tokio::time::timeout(self.wait, awaited).await;
        taken
            .map_err(AppError::unavailable)?
            .map_err(AppError::unavailable)
    }

    fn conn(&self, backend: Backend, scope: Option<String>) -> Conn {
        Conn {
            backend,
            statements: Arc::clone(&self.statements),
            scope,
            abandoned: self.abandoned.clone(),
        }
    }
}

fn pool<M: Manager>(manager: M, size: usize) -> Result<Pool<M>> {
    Pool::builder(manager)
        .max_size(size)
        .build()
        .map_err(AppError::internal)
}

fn postgres_config() -> ManagerConfig<AsyncPgConnection> {
    let mut config = ManagerConfig::default();
    // The pool notices a closed connection without a query. If a connection breaks later, one request gets UNAVAILABLE.
    config.recycling_method = RecyclingMethod::Fast;
    config.custom_setup = Box::new(|url| connect_postgres(url.to_owned()).boxed());
    config
}

/// Opens a connection with time limits, so that a stuck statement does not block others.
pub(super) async fn connect_postgres(url: String) -> ConnectionResult<AsyncPgConnection> {
    let bad = |error: tokio_postgres::Error| ConnectionError::BadConnection(error.to_string());
    let mut config: tokio_postgres::Config = url.parse().map_err(bad)?;
    let limits =
        "-c statement_timeout=10s -c lock_timeout=3s -c idle_in_transaction_session_timeout=10s";
    let options = match config.get_options() {
        Some(own) => format!("{limits} {own}"),
        None => limits.to_owned(),
    };
    config.options(options).application_name("coulisses-crew");
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(Duration::from_secs(2));
    }
    let (client, connection) = config.connect(tokio_postgres::NoTls).await.map_err(bad)?;
    AsyncPgConnection::try_from_client_and_connection(client, connection).await
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Writer,
    Reader,
}

/// Opens connections to one SQLite file.
pub struct SqliteManager {
    path: PathBuf,
    mode: Mode,
}

impl Manager for SqliteManager {
    type Type = SqliteConnection;
    type Error = ConnectionError;

    async fn create(&self) -> ConnectionResult<SqliteConnection> {
        tokio::task::block_in_place(|| {
            let mut conn = open_sqlite(&self.path)?;
            if self.mode == Mode::Reader {
                conn.batch_execute("PRAGMA query_only = ON")
                    .map_err(ConnectionError::CouldntSetupConfiguration)?;
            }
            Ok(conn)
        })
    }

    async fn recycle(
        &self,
        _: &mut SqliteConnection,
        _: &Metrics,
    ) -> RecycleResult<ConnectionError> {
        Ok(())
    }
}

/// Opens the file. Creates it and its folder if they do not exist.
pub(super) fn open_sqlite(path: &Path) -> ConnectionResult<SqliteConnection> {
    let bad = |error: std::io::Error| ConnectionError::BadConnection(error.to_string());
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder).map_err(bad)?;
    }
    interrupt::install();
    let mut conn = SqliteConnection::establish(&path.to_string_lossy())?;
    // WAL with FULL: readers beside the writer, and an acknowledged write survives a power cut.
    conn.batch_execute(
        "PRAGMA busy_timeout = 5000;
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA trusted_schema = OFF;",
    )
    .map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}
