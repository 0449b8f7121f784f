//! `coulisses-crew seed-demo`: rows to try the server with.

use std::io::Write as _;

use clap::Args;
use coulisses_crew::clock::{Clock, Random};
use coulisses_crew::config::Config;
use coulisses_crew::db;
use coulisses_crew::domains::auth::service::operator;
use coulisses_crew::domains::demo::service::{SeedDemo, refuse_without_room, seed_demo};
use coulisses_crew::error::AppError;
use coulisses_crew::state::AppState;
use coulisses_crew::workers::Workers;
use indicatif::{ProgressBar, ProgressStyle};

use super::{Error, explained};

/// Most assignments of a demo.
const MOST: u64 = 10_000_000;

#[derive(Args)]
pub struct Options {
    /// The e-mail address of the account to make, which will own the demo.
    #[arg(long, default_value = "demo@example.org")]
    email: String,
    /// The number that all choices follow from. Which of the missions are over depends on the date.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many assignments to make, up to 10,000,000. Without it: three months of one organisation. Beyond 20,000 there
    /// are more organisations.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=MOST))]
    size: Option<u64>,
}

/// Makes an account and its demo, and prints how to sign in.
pub async fn run(options: Options, config: Config) -> Result<(), Error> {
    // The disk of PostgreSQL cannot be asked.
    if let Some(free) = db::free_bytes(&config.database) {
        refuse_without_room(options.size, free).map_err(explained)?;
    }
    db::open(&config.database, config.database_wait).await?;
    let state =
        AppState::new(config, Clock::System, Random::Os, &Workers::default()).map_err(explained)?;
    let password = data_encoding::BASE32_NOPAD.encode(&state.random.bytes::<15>());
    let owner =
        operator::create_account(&state, &options.email, "Démo", password.clone(), None).await;
    let owner_id = owner.map_err(explained)?.id;
    // First, so that somebody who does not wait for the end can sign in too.
    let mut out = std::io::stdout();
    writeln!(
        out,
        "Sign in as {} with the password {password}",
        options.email
    )?;
    let bar = match options.size {
        Some(size) => ProgressBar::new(size),
        None => ProgressBar::new_spinner(),
    };
    bar.set_style(ProgressStyle::with_template(
        "{bar:40} {human_pos} of {human_len} assignments, {eta} left",
    )?);
    let input = SeedDemo {
        owner_id,
        seed: options.seed,
        size: options.size.map(usize::try_from).transpose()?,
    };
    let told = |made: usize| bar.set_position(made.try_into().unwrap_or(u64::MAX));
    let made = seed_demo(&state, input, told).await;
    let so_far = bar.position();
    bar.finish_and_clear();
    let made = made.map_err(|error| match error.is_unwritable() {
        true => full(&error, so_far),
        false => explained(error),
    })?;
    writeln!(
        out,
        "Made: organisations {}, people {}, missions {}, assignments {}",
        made.orgs, made.people, made.missions, made.assignments
    )?;
    Ok(())
}

/// The error for a database that takes no more rows.
fn full(error: &AppError, made: u64) -> Error {
    let cause = error.causes().unwrap_or_default();
    format!(
        "the database cannot be written to: {cause}\nWhat was made so far is whole, and stays: {made} assignments. Make room, \
         and name another --email to make another demo."
    )
    .into()
}
