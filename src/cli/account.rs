//! `coulisses-crew account …`: managing accounts on the command line.

use std::io::{BufRead, IsTerminal, Write};

use clap::{Args, Subcommand};
use coulisses_crew::clock::{Clock, Random};
use coulisses_crew::config::Config;
use coulisses_crew::db;
use coulisses_crew::domains::auth::service::operator;
use coulisses_crew::domains::orgs::model::Language;
use coulisses_crew::domains::orgs::service::NewOrg;
use coulisses_crew::error::AppError;
use coulisses_crew::state::AppState;

use super::{Error, told};

#[derive(Subcommand)]
pub enum Command {
    /// Creates an account. The password is read from standard input.
    Create {
        #[command(flatten)]
        account: Account,
        /// The name of the person.
        #[arg(long)]
        name: String,
        /// The name of an organisation to create, which the account will own.
        #[arg(long)]
        org: Option<String>,
        /// The IANA time zone of that organisation.
        #[arg(long, default_value = "Europe/Paris", requires = "org")]
        timezone: String,
        /// The language of that organisation's mail: FR or EN.
        #[arg(long, default_value = "FR", requires = "org")]
        language: Language,
    },
    /// Sets a password and ends all sessions. The password is read from standard input.
    SetPassword(Account),
    /// Ends all sessions. The server refuses their next request.
    RevokeSessions(Account),
    /// Lists the open sessions, newest first.
    Sessions(Account),
}

#[derive(Args)]
pub struct Account {
    /// The account's e-mail address.
    #[arg(long)]
    email: String,
}

/// Runs a command.
pub async fn run(command: Command, config: Config) -> Result<(), Error> {
    db::open(&config.database, config.database_wait).await?;
    let state = AppState::new(config, Clock::System, Random::Os).map_err(told)?;
    execute(&state, command).await.map_err(told)
}

async fn execute(state: &AppState, command: Command) -> Result<(), AppError> {
    match command {
        Command::Create {
            account,
            name,
            org,
            timezone,
            language,
        } => {
            let org = org.map(|name| NewOrg {
                name,
                timezone,
                language,
            });
            let password = password()?;
            let account =
                operator::create_account(state, &account.email, &name, password, org).await?;
            println!("{} {}", account.id, account.email);
        }
        Command::SetPassword(account) => {
            let ended = operator::set_password(state, &account.email, password()?).await?;
            println!("The password is set; sessions ended: {ended}");
        }
        Command::RevokeSessions(account) => {
            let ended = operator::revoke_sessions(state, &account.email).await?;
            println!("Sessions ended: {ended}");
        }
        Command::Sessions(account) => {
            for session in operator::list_sessions(state, &account.email).await? {
                let at = |at: coulisses_crew::db::types::Timestamp| at.to_rfc3339();
                println!(
                    "{}  since {}  used {}  until {}  {}",
                    session.id,
                    at(session.created_at),
                    at(session.last_used_at),
                    at(session.expires_at),
                    session.user_agent.unwrap_or_default(),
                );
            }
        }
    }
    Ok(())
}

/// Reads the password from standard input. An argument would be visible in the shell's history and in the list of
/// processes.
fn password() -> Result<String, AppError> {
    let input = std::io::stdin();
    if input.is_terminal() {
        eprint!("Password (it is shown as you type): ");
        std::io::stderr().flush().map_err(AppError::internal)?;
    }
    let mut line = String::new();
    input
        .lock()
        .read_line(&mut line)
        .map_err(AppError::internal)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
