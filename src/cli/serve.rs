//! Runs the server.

use std::net::SocketAddr;

use axum::Router;
use coulisses_crew::background::{PAUSE, lasting};
use coulisses_crew::clock::{Clock, Random};
use coulisses_crew::config::Config;
use coulisses_crew::db::DbUrl;
use coulisses_crew::domains::outbox;
use coulisses_crew::error::AppError;
use coulisses_crew::http::limits::Limits;
use coulisses_crew::http::serve::{Stop, serve};
use coulisses_crew::http::{self, HttpState};
use coulisses_crew::metrics::Metrics;
use coulisses_crew::spans::{self, Exporting};
use coulisses_crew::state::AppState;
use coulisses_crew::workers::Workers;
use coulisses_crew::{app, retention};
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::{Error, blocking_threads, explained, migrate, stop};

/// Migrates the database and serves until a signal comes.
pub async fn run(config: Config, metrics: Metrics) -> Result<(), Error> {
    let threads = Handle::current().metrics().num_workers();
    let threads = match config.database {
        // One connection to PostgreSQL for each of them at least.
        DbUrl::Postgres(_) => threads.min(config.pool.postgres_connections),
        // A statement blocks its thread, and the other requests of the thread would have to move away from it each time.
        DbUrl::Sqlite(_) => 0,
    };
    let (workers, _running) = Workers::start(threads, blocking_threads(&config))?;
    let mut state =
        AppState::new(config, Clock::System, Random::Os, &workers).map_err(explained)?;
    state.metrics = metrics;
    let config = &state.config;
    // A trusted document that cannot run is refused before the database is touched.
    let shared = app::http(state.clone()).map_err(explained)?;
    // A container's first process is not ended by a signal unless it asks for it, and this may take a while. Whoever reads
    // that the server listens may also tell it to stop.
    let mut signals = stop::signals()?;
    tokio::select! {
        migrated = migrate(config) => migrated?,
        () = signals() => {
            tracing::info!("stopped before the database could be used");
            return Ok(());
        }
    }
    warn(&state).await.map_err(explained)?;
    let listener = listen(config.listen, "HOST and PORT").await?;
    // Both before the log says that the server listens, because whoever reads that takes it to have started.
    let metrics = match config.metrics_listen {
        Some(address) => Some(listen(address, "METRICS_LISTEN").await?),
        None => None,
    };
    let address = listener.local_addr()?;
    if config.graphiql {
        tracing::info!("GraphiQL is at http://{address}/graphiql");
    }
    tracing::info!("GraphQL is at http://{address}/graphql");
    if let Some(collector) = &config.collector {
        tracing::info!("spans go to http://{collector}/v1/traces");
    }
    let _metrics = metrics.map(|listener| show_metrics(&shared, listener));
    let router = || http::router(shared.apart());
    until_stopped(&state, listener, router, workers, signals).await;
    tracing::info!("stopped");
    Ok(())
}

async fn listen(address: SocketAddr, settings: &str) -> Result<TcpListener, Error> {
    let bound = TcpListener::bind(address).await;
    Ok(bound.map_err(|error| format!("cannot listen on {address} ({settings}): {error}"))?)
}

/// Serves `/metrics`, also while the server stops, until the returned handle is dropped.
fn show_metrics(shared: &HttpState, listener: TcpListener) -> AbortOnDropHandle<()> {
    if let Ok(address) = listener.local_addr() {
        tracing::info!("metrics are at http://{address}/metrics");
    }
    let router = http::metrics::router(shared.clone());
    let router = move || router.clone();
    // It goes on until the handle is dropped.
    let never = Stop::at_once(CancellationToken::new());
    let (limits, here) = (Limits::of_metrics(), Workers::default());
    let served = serve(listener, router, limits, here, never);
    AbortOnDropHandle::new(tokio::spawn(served))
}

/// Serves until a signal comes, and then until what still runs has finished or its time is up.
async fn until_stopped(
    state: &AppState,
    listener: TcpListener,
    router: impl Fn() -> Router,
    workers: Workers,
    signals: impl AsyncFnMut(),
) {
    let behind_proxies = state.config.trusted_proxies > 0;
    let metrics = state
        .config
        .metrics_listen
        .map_or(0, |_| Limits::of_metrics().all);
    let taken = state.db.descriptors() + workers.descriptors() + metrics;
    let limits = Limits::for_this_process(taken, behind_proxies);
    let exporting = Exporting::start(state, spans::Times::default());
    for_ever(state, "mail", outbox::service::run);
    for_ever(state, "retention", async |state, stop| {
        retention::run(state, retention::EVERY, stop).await;
    });
    let stop = Stop {
        begun: state.stopping.clone(),
        grace: state.config.shutdown_grace,
        probed: state.probed.clone(),
    };
    let over = stop::over(signals, &stop, stop::MOST);
    let work = async {
        serve(listener, router, limits, workers, stop.clone()).await;
        state.tasks.close();
        state.tasks.wait().await;
        if let Some(exporting) = exporting {
            exporting.finish().await;
        }
    };
    tokio::select! {
        () = work => {}
        () = over => {
            let unsent = state.mailer.unsent();
            if unsent > 0 {
                tracing::error!(mails = unsent, "some mails were not sent");
            }
        }
    }
}

/// Starts a task in the background that ends when the server stops.
fn for_ever<F>(
    state: &AppState,
    task: &'static str,
    run: impl Fn(AppState, CancellationToken) -> F + Send + Sync + 'static,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let own = state.clone();
    state.tasks.spawn(async move {
        let begin = || run(own.clone(), own.stopping.clone());
        lasting(task, PAUSE, &own.metrics, &own.stopping, begin).await;
    });
}

/// Says in the log what is not as it should be in production.
async fn warn(state: &AppState) -> Result<(), AppError> {
    let config = &state.config;
    if config.secret_key_is_random {
        tracing::warn!(
            "SECRET_KEY is not set: a random one is used, and everybody is signed out when the server stops"
        );
    }
    if !config.is_production() {
        tracing::warn!("{}", given_away(config));
    }
    if state.db.bypasses_policies().await? {
        tracing::warn!(
            "the database role bypasses row-level security: only the queries keep organisations apart (docs/operations.md, Roles)"
        );
    }
    if !state.mailer.sends() && config.is_production() {
        tracing::warn!(
            "SMTP_URL is not set: no mail is sent, and resetting a password is switched off"
        );
    }
    Ok(())
}

/// What development mode gives away under these settings.
fn given_away(config: &Config) -> String {
    let mut given = vec!["the cookie goes over plain HTTP"];
    if config.graphiql || config.introspection {
        given.push("the schema is shown to everybody");
    }
    if config.smtp_url.is_none() {
        given.push("mail is written to the log, with its tokens");
    }
    if config.is_local() {
        given.push("requestPasswordReset answers its token to requests from this machine");
    }
    format!(
        "APP_ENV is development: {}. Set APP_ENV=production before others can reach this server, through a proxy on \
         this machine too",
        given.join("; ")
    )
}
