//! `coulisses-crew transfer`: from SQLite to PostgreSQL.

use std::io::Write as _;

use clap::Args;
use coulisses_crew::config::Config;
use coulisses_crew::db::{DbUrl, Doing, Progress, transfer};
use indicatif::{ProgressBar, ProgressStyle};

use super::Error;

#[derive(Args)]
pub struct Options {
    /// The SQLite database to read, which is not changed. Stop its server first.
    #[arg(long, value_name = "SQLITE_URL")]
    from: String,
    /// The PostgreSQL database to fill, which must hold no row. By default the one that the settings name: all users of this
    /// machine can see an argument, with its password.
    #[arg(long, value_name = "POSTGRES_URL")]
    to: Option<String>,
}

/// Transfers all rows, and prints how many each table has.
pub async fn run(options: Options, config: Config) -> Result<(), Error> {
    // They are parsed here, because clap would print a wrong one with its password.
    let parse = |name: &str, url: &str| DbUrl::parse(url).map_err(|why| format!("{name} {why}"));
    let from = parse("--from", &options.from)?;
    let to = match &options.to {
        Some(url) => parse("--to", url)?,
        None => config.database,
    };
    let bar = ProgressBar::new(0);
    bar.set_style(ProgressStyle::with_template(
        "{bar:40} {human_pos} of {human_len} rows, {msg}",
    )?);
    let told = |progress: Progress<'_>| {
        let doing = match progress.doing {
            Doing::Copying => "copying",
            Doing::Checking => "checking",
        };
        bar.set_length(progress.all);
        bar.set_position(progress.done);
        bar.set_message(format!("{doing} {}", progress.table));
    };
    let counts = transfer((&from, &to), config.database_wait, told).await?;
    bar.finish_and_clear();
    let mut out = std::io::stdout();
    for (table, rows) in &counts {
        writeln!(out, "{table:20}{rows:12}")?;
    }
    let all: u64 = counts.iter().map(|(_, rows)| rows).sum();
    writeln!(out, "{:20}{all:12}", "all")?;
    writeln!(out, "The counts and the checksums of all tables agree.")?;
    Ok(())
}
