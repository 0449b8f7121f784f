//! The command line. Without a command it runs the server.

mod account;
mod backup;
mod log;
mod mail;
mod memory;
mod seed_demo;
mod stop;
mod transfer;

use std::net::SocketAddr;
use std::process::ExitCode;

use axum::Router;
use clap::{Parser, Subcommand};
use coulisses_crew::background::{PAUSE, lasting};
use coulisses_crew::clock::{Clock, Random};
use coulisses_crew::config::Config;
use coulisses_crew::db::{self, DbUrl};
use coulisses_crew::domains::outbox;
use coulisses_crew::error::{AppError, ErrorCode, chain};
use coulisses_crew::http::limits::Limits;
use coulisses_crew::http::serve::{Stop, serve};
use coulisses_crew::http::{self, HttpState};
use coulisses_crew::metrics::Metrics;
use coulisses_crew::spans::{self, Exporting};
use coulisses_crew::state::AppState;
use coulisses_crew::{api, app, retention};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

type Error = Box<dyn std::error::Error + Send + Sync>;

/// The back end of Coulisses Crew, a GraphQL server for planning the crews of live events.
///
/// Environment variables configure it; docs/configuration.md lists them.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Migrates the database and serves (the default).
    Serve,
    /// Migrates the database and exits.
    Migrate,
    /// Prints the schema in SDL.
    Schema,
    /// Creates, lists, disables and enables accounts, and manages their passwords and sessions.
    #[command(subcommand)]
    Account(account::Command),
    /// Fills the database with an organisation to try the server with: a crew of 60, a festival and a tour.
    SeedDemo(seed_demo::Options),
    /// Copies a SQLite database into a new file, also while a server uses it.
    Backup(backup::Options),
    /// Copies all rows of a SQLite file into an empty PostgreSQL database, and compares them.
    Transfer(transfer::Options),
    /// Lists mail that could not be sent, and has it tried again.
    #[command(subcommand)]
    Mail(mail::Command),
}

/// Runs the command that the arguments name.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => run(start),
        Command::Account(command) => run(async |config, _| account::run(command, config).await),
        Command::Mail(command) => run(async |config, _| mail::run(command, config).await),
        Command::Backup(options) => run(async |config, _| backup::run(options, config).await),
        Command::SeedDemo(options) => run(async |config, _| seed_demo::run(options, config).await),
        Command::Transfer(options) => run(async |config, _| transfer::run(options, config).await),
        Command::Migrate => run(async |config, _| migrate(&config).await),
        Command::Schema => {
            print!("{}", api::sdl());
            Ok(())
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::last(format!("coulisses-crew: {}\n", chain(&*error)));
            ExitCode::FAILURE
        }
    }
}

/// An error for the operator. For a defect or an outage they also need the cause. For a refusal the message is enough.
fn explained(error: AppError) -> Error {
    let field = error
        .field
        .map(|field| format!(" ({field})"))
        .unwrap_or_default();
    let unexpected = matches!(error.code, ErrorCode::Internal | ErrorCode::Unavailable);
    let cause = error.cause.filter(|_| unexpected);
    let cause = cause
        .map(|cause| format!(": {}", chain(&*cause)))
        .unwrap_or_default();
    format!("{}{field}{cause}", error.message).into()
}

/// Reads the configuration and runs a command on the runtime.
fn run(command: impl AsyncFnOnce(Config, Metrics) -> Result<(), Error>) -> Result<(), Error> {
    let config = Config::from_env()?;
    let metrics = Metrics::default();
    let log = log::start(&config, metrics.lines_dropped.clone());
    if matches!(config.database, DbUrl::Sqlite(_)) {
        memory::give_back_at_once();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .max_blocking_threads(blocking_threads(&config))
        .enable_all()
        .build()?;
    let done = runtime.block_on(command(config, metrics));
    // Dropping it would wait for a statement on SQLite and for passwords that are being hashed.
    runtime.shutdown_background();
    log.finish();
    done
}

/// How many threads may block: one for each statement that SQLite can run at once, one for each password that is hashed,
/// and two for the names of hosts that mail needs, and two for that of the collector. Each thread keeps memory for itself,
/// and without a limit there would be a hundred under load.
fn blocking_threads(config: &Config) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let names = if config.collector.is_some() { 4 } else { 2 };
    config.pool.sqlite_readers + 2 + cores + names
}

async fn migrate(config: &Config) -> Result<(), Error> {
    let ran = db::open(&config.database, config.database_wait).await?;
    let database = &config.database;
    match ran.len() {
        0 => tracing::info!(%database, "the database is up to date"),
        count => tracing::info!(%database, count, "migrations ran"),
    }
    Ok(())
}

async fn start(config: Config, metrics: Metrics) -> Result<(), Error> {
    let mut state = AppState::new(config, Clock::System, Random::Os).map_err(explained)?;
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
    until_stopped(&state, listener, http::router(shared), signals).await;
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
    // It goes on until the handle is dropped.
    let never = Stop::at_once(CancellationToken::new());
    let served = serve(listener, router, Limits::of_metrics(), never);
    AbortOnDropHandle::new(tokio::spawn(served))
}

/// Serves until a signal comes, and then until what still runs has finished or its time is up.
async fn until_stopped(
    state: &AppState,
    listener: TcpListener,
    router: Router,
    signals: impl AsyncFnMut(),
) {
    let behind_proxies = state.config.trusted_proxies > 0;
    let metrics = state
        .config
        .metrics_listen
        .map_or(0, |_| Limits::of_metrics().all);
    let limits = Limits::for_this_process(state.db.descriptors() + metrics, behind_proxies);
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
        serve(listener, router, limits, stop.clone()).await;
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
