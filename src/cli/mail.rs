//! `coulisses-crew mail …`: mail that could not be sent.

use std::io::{self, Write};

use clap::Subcommand;
use coulisses_crew::clock::{Clock, Random};
use coulisses_crew::config::Config;
use coulisses_crew::db;
use coulisses_crew::domains::outbox::service::{failed, retry};
use coulisses_crew::state::AppState;
use coulisses_crew::workers::Workers;

use super::{Error, explained};

#[derive(Subcommand)]
pub enum Command {
    /// Lists the mails that the server has given up, oldest first.
    Failed,
    /// Has all of them tried again, as often as at first.
    Retry,
}

/// Runs a command.
pub async fn run(command: Command, config: Config) -> Result<(), Error> {
    db::open(&config.database, config.database_wait).await?;
    let state =
        AppState::new(config, Clock::System, Random::Os, &Workers::default()).map_err(explained)?;
    match command {
        Command::Failed => {
            for mail in failed(&state).await.map_err(explained)? {
                writeln!(
                    io::stdout(),
                    "{}  {}  {}  planned {}  tried {} times  {}",
                    mail.id.uuid(),
                    mail.org_id,
                    mail.kind.as_str(),
                    mail.planned_at.to_rfc3339(),
                    mail.attempts,
                    mail.problem.unwrap_or_default(),
                )?;
            }
        }
        Command::Retry => {
            let tried = retry(&state).await.map_err(explained)?;
            writeln!(io::stdout(), "Mails to be tried again: {tried}")?;
        }
    }
    Ok(())
}
