//! The connections to PostgreSQL. Each worker has its own part of them.

use std::sync::Arc;
use std::time::Duration;

use deadpool::managed::{Object, Pool, PoolError, QueueMode, TimeoutType, Timeouts};
use diesel::ConnectionError;
use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
};
use futures_util::FutureExt;
use futures_util::future::select_ok;
use tokio::runtime::Handle;
use tokio_util::task::AbortOnDropHandle;

use super::postgres::Postgres;
use crate::error::{AppError, Result, chain};
use crate::workers::Workers;

type PgManager = AsyncDieselConnectionManager<AsyncPgConnection>;

/// A connection of a [`PgPool`].
pub(super) type PgObject = Object<PgManager>;

/// Cheap to clone.
#[derive(Clone)]
pub(super) struct PgPool(Arc<[Part]>);

/// The connections that one worker sends and receives on.
struct Part {
    /// `None` where there are no workers.
    home: Option<Handle>,
    pool: Pool<PgManager>,
}

impl PgPool {
    /// Divides so many connections among the workers. They are opened when they are first needed.
    ///
    /// # Errors
    /// If a part cannot be built.
    pub(super) fn new(database: &Arc<Postgres>, size: usize, workers: &Workers) -> Result<Self> {
        let mut homes: Vec<_> = workers.runtimes().cloned().map(Some).collect();
        if homes.is_empty() {
            homes.push(None);
        }
        let parts = homes.len();
        let part = |(index, home): (usize, Option<Handle>)| {
            // The first ones are larger by one, so that nothing is left over.
            let size = size / parts + usize::from(index < size % parts);
            let config = config(Arc::clone(database), home.clone());
            let manager = AsyncDieselConnectionManager::new_with_config("", config);
            let pool = Pool::builder(manager)
                .max_size(size)
                .queue_mode(QueueMode::Lifo);
            let pool = pool.build().map_err(AppError::internal)?;
            Ok(Part { home, pool })
        };
        let parts = homes.into_iter().enumerate().map(part);
        Ok(Self(parts.collect::<Result<_>>()?))
    }

    /// A connection of the worker that runs this, or else one that another worker can spare. Whoever has a place at a
    /// gate gets one without waiting for others, because the gates have as many places as there are connections.
    ///
    /// # Errors
    /// `UNAVAILABLE` if PostgreSQL cannot be reached.
    pub(super) async fn get(&self) -> Result<PgObject> {
        let here = Handle::current().id();
        let is_own = |part: &&Part| part.home.as_ref().is_none_or(|home| home.id() == here);
        let own = self.0.iter().filter(is_own);
        let others = self.0.iter().filter(|part| !is_own(part));
        let at_once = Timeouts {
            wait: Some(Duration::ZERO),
            ..Timeouts::default()
        };
        for part in own.chain(others) {
            match part.pool.timeout_get(&at_once).await {
                Err(PoolError::Timeout(TimeoutType::Wait)) => {}
                got => return got.map_err(AppError::unavailable),
            }
        }
        // Others took the free connections during the search, and gave back one that it had passed.
        let all = self.0.iter().map(|part| part.pool.get().boxed());
        let (first, _) = select_ok(all).await.map_err(AppError::unavailable)?;
        Ok(first)
    }

    /// Closes the connections that nobody uses at the moment.
    pub(super) fn close_idle(&self) {
        for part in &*self.0 {
            part.pool.retain(|_, _| false);
        }
    }

    /// The most connections.
    pub(super) fn size(&self) -> usize {
        self.0.iter().map(|part| part.pool.status().max_size).sum()
    }
}

/// How to open connections that this runtime drives.
fn config(database: Arc<Postgres>, home: Option<Handle>) -> ManagerConfig<AsyncPgConnection> {
    let mut config = ManagerConfig::default();
    // The pool notices a closed connection without a query. If a connection breaks later, one request gets UNAVAILABLE.
    config.recycling_method = RecyclingMethod::Fast;
    config.custom_setup = Box::new(move |_| {
        let (database, home) = (Arc::clone(&database), home.clone());
        let connect = async move {
            let connected = database.connect().await;
            // This type of error holds only a text.
            connected.map_err(|error| ConnectionError::BadConnection(chain(&error)))
        };
        match home {
            None => connect.boxed(),
            Some(home) => AbortOnDropHandle::new(home.spawn(connect))
                .map(|joined| {
                    joined.map_err(|error| ConnectionError::BadConnection(chain(&error)))?
                })
                .boxed(),
        }
    });
    config
}
