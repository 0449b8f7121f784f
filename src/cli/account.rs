//! `coulisses-crew account …`: managing accounts on the command line.

use std::io::{self, BufRead, IsTerminal, Write};

use clap::{Args, Subcommand};
use coulisses_crew::clock::{Clock, Random};
use coulisses_crew::config::Config;
use coulisses_crew::db;
use coulisses_crew::db::types::Timestamp;
use coulisses_crew::domains::auth::model;
use coulisses_crew::domains::auth::service::operator;
use coulisses_crew::domains::orgs::model::Language;
use coulisses_crew::domains::orgs::service::NewOrg;
use coulisses_crew::ids::OrgId;
use coulisses_crew::state::AppState;
use coulisses_crew::workers::Workers;

use super::{Error, explained};

#[derive(Subcommand)]
pub enum Command {
    /// Creates an account. The password is asked for, or read from standard input.
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
    /// Lists all accounts, oldest first.
    List {
        /// Only the members of this organisation, with their roles.
        #[arg(long)]
        org: Option<OrgId>,
    },
    /// Disables an account: ends all its sessions, and nobody can sign in to it.
    Disable(Account),
    /// Lets people sign in to a disabled account again.
    Enable(Account),
    /// Sets a password and ends all sessions. The password is asked for, or read from standard input.
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
    let state =
        AppState::new(config, Clock::System, Random::Os, &Workers::default()).map_err(explained)?;
    match execute(&state, command).await {
        // Whoever read the output has read enough of it.
        Err(error) if is_broken_pipe(&*error) => Ok(()),
        done => done,
    }
}

fn is_broken_pipe(error: &(dyn std::error::Error + 'static)) -> bool {
    let error = error.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

async fn execute(state: &AppState, command: Command) -> Result<(), Error> {
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
            let made = operator::create_account(state, &account.email, &name, password, org);
            let account = made.await.map_err(explained)?;
            writeln!(io::stdout(), "{} {}", account.id, account.email)?;
        }
        Command::SetPassword(account) => {
            let set = operator::set_password(state, &account.email, password()?);
            let ended = set.await.map_err(explained)?;
            writeln!(io::stdout(), "The password is set; sessions ended: {ended}")?;
        }
        Command::RevokeSessions(account) => {
            let revoked = operator::revoke_sessions(state, &account.email);
            let ended = revoked.await.map_err(explained)?;
            writeln!(io::stdout(), "Sessions ended: {ended}")?;
        }
        Command::Disable(account) => {
            let disabled = operator::disable_account(state, &account.email);
            let ended = disabled.await.map_err(explained)?;
            writeln!(
                io::stdout(),
                "The account is disabled; sessions ended: {ended}"
            )?;
        }
        Command::Enable(account) => {
            let enabled = operator::enable_account(state, &account.email);
            enabled.await.map_err(explained)?;
            writeln!(io::stdout(), "The account is enabled")?;
        }
        Command::List { org: None } => list_all(state).await?,
        Command::List { org: Some(org_id) } => list_members(state, org_id).await?,
        Command::Sessions(account) => list_sessions(state, &account.email).await?,
    }
    Ok(())
}

/// Prints all accounts, some at a time: there may be more than fit into memory.
async fn list_all(state: &AppState) -> Result<(), Error> {
    let mut after = None;
    loop {
        let some = operator::list_accounts(state, after)
            .await
            .map_err(explained)?;
        let Some((last, _)) = some.last() else {
            return Ok(());
        };
        after = Some(last.id);
        for (account, memberships) in &some {
            print(account, &format!("organisations {}", memberships.len()))?;
        }
    }
}

/// Prints the accounts of an organisation's members, some at a time.
async fn list_members(state: &AppState, org_id: OrgId) -> Result<(), Error> {
    let mut after = None;
    loop {
        let some = operator::list_members(state, org_id, after);
        let some = some.await.map_err(explained)?;
        let Some((_, last)) = some.last() else {
            return Ok(());
        };
        after = Some(last.id);
        for (account, membership) in &some {
            print(account, membership.role.as_str())?;
        }
    }
}

/// The name comes last, because it contains spaces.
fn print(account: &model::Account, place: &str) -> io::Result<()> {
    let disabled = match account.disabled_at {
        Some(at) => format!("disabled {}", at.to_rfc3339()),
        None => "enabled".to_owned(),
    };
    writeln!(
        io::stdout(),
        "{}  {}  since {}  {place}  {disabled}  {}",
        account.id,
        account.email,
        account.created_at.to_rfc3339(),
        account.display_name,
    )
}

/// Prints the open sessions of an account.
async fn list_sessions(state: &AppState, email: &str) -> Result<(), Error> {
    let sessions = operator::list_sessions(state, email)
        .await
        .map_err(explained)?;
    for session in sessions {
        let at = Timestamp::to_rfc3339;
        writeln!(
            io::stdout(),
            "{}  since {}  used {}  until {}  {}",
            session.id,
            at(session.created_at),
            at(session.last_used_at),
            at(session.expires_at),
            session.user_agent.unwrap_or_default(),
        )?;
    }
    Ok(())
}

/// Asks for the password at a terminal, twice and without showing it. Otherwise reads it from standard input. An argument
/// would be visible in the shell's history and in the list of processes.
fn password() -> Result<String, Error> {
    let input = std::io::stdin();
    if input.is_terminal() {
        let password = rpassword::prompt_password("Password: ")?;
        if rpassword::prompt_password("The same again: ")? != password {
            return Err("the two passwords differ".into());
        }
        return Ok(password);
    }
    let mut line = String::new();
    input.lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
