//! Each worker has connections to PostgreSQL of its own, and lends what it does not need.

use std::collections::HashSet;

use coulisses_crew::clock::Random;
use coulisses_crew::db::{Db, DbUrl, PoolSettings, Scope, Share};
use coulisses_crew::workers::Workers;
use diesel::dsl::sql;
use diesel::sql_types::Integer;
use tokio::runtime::Handle;

use crate::support::{Backend, TestApp, backends};

/// Four places for requests and one for second reads. The first worker has three connections, the second one two.
const CONNECTIONS: usize = 5;

async fn database(workers: &Workers) -> Option<(TestApp, Db)> {
    if !backends().contains(&Backend::Postgres) {
        return None;
    }
    let app = TestApp::with(Backend::Postgres, &[]).await;
    let url = DbUrl::parse(&app.url_of_server()).expect("a URL");
    let settings = PoolSettings {
        postgres_connections: CONNECTIONS,
        ..app.state.config.pool
    };
    let db = Db::new(&url, settings, Random::Os, workers).expect("a pool");
    Some((app, db))
}

/// The process of PostgreSQL that answers a read.
async fn process(db: &Db) -> i32 {
    let query = diesel::select(sql::<Integer>("pg_backend_pid()"));
    let found = db.read(async |conn| conn.one(query).await).await;
    found.expect("its process")
}

async fn on<T: Send + 'static>(
    worker: &Handle,
    work: impl Future<Output = T> + Send + 'static,
) -> T {
    worker.spawn(work).await.expect("it does not panic")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_uses_its_own_connections() {
    let (workers, _running) = Workers::start(2, 2).expect("threads");
    let Some((_app, db)) = database(&workers).await else {
        return;
    };
    let mut processes = Vec::new();
    for worker in workers.runtimes().chain(workers.runtimes()) {
        let db = db.clone();
        processes.push(on(worker, async move { process(&db).await }).await);
    }
    let [one, other, one_again, other_again] = processes[..] else {
        unreachable!("two workers, twice");
    };
    assert_eq!((one, other), (one_again, other_again));
    assert_ne!(one, other);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_needs_more_connections_borrows_them() {
    let (workers, _running) = Workers::start(2, 2).expect("threads");
    let Some((_app, db)) = database(&workers).await else {
        return;
    };
    let second = workers.runtimes().nth(1).expect("the second worker");
    let processes = on(second, async move {
        let (mut held, mut processes) = (Vec::new(), HashSet::new());
        // One share may not hold all of them.
        for share in [
            Share::Anonymous,
            Share::Anonymous,
            Share::Server,
            Share::Anonymous,
        ] {
            let db = db.clone().charged_to(share);
            let begun = db.snapshot(Scope::default(), async |_| Ok(())).await;
            let (own, ()) = begun.expect("a connection");
            processes.insert(process(&own).await);
            held.push(own);
        }
        processes
    })
    .await;
    assert_eq!(processes.len(), CONNECTIONS - 1);
}
