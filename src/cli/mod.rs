//! The command line. Without a command it runs the server.

mod account;
mod backup;
mod log;
mod mail;
mod memory;
mod seed_demo;
mod serve;
mod stop;
mod transfer;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use coulisses_crew::api;
use coulisses_crew::config::Config;
use coulisses_crew::db::{self, DbUrl};
use coulisses_crew::error::{AppError, ErrorCode, chain};
use coulisses_crew::metrics::Metrics;

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
        Command::Serve => run(serve::run),
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
        memory::give_back_soon();
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
