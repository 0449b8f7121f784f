//! The tables.

use std::time::Duration;

use crate::contest::Figures;

/// Begins a table of contestants.
pub fn head(title: &str, names: &[&str]) {
    println!("\n{title}\n");
    let columns = names.iter().map(|name| {
        format!(" {name}: requests/s | CPU, process + PostgreSQL | p50 at one client |")
    });
    println!(
        "| |{} ratio, median (least to most) |",
        columns.collect::<String>()
    );
    println!("|---|{}---|", "---|".repeat(names.len() * 3));
}

/// A line of it. The ratio is that of the first to the second, taken within each round.
pub fn line(name: &str, figures: &[Figures]) {
    let columns = figures.iter().map(|of| {
        let (server, database) = (time(of.server), time(of.database));
        let rate = middle(&of.rates);
        format!(
            " {rate:.0} | {server} + {database} | {} |",
            time(Some(of.alone))
        )
    });
    let columns: String = columns.collect();
    let ratio = match figures {
        [one, other] => {
            let pairs = one.rates.iter().zip(&other.rates);
            let ratios: Vec<f64> = pairs.map(|(one, other)| one / other).collect();
            let least = ratios.iter().copied().fold(f64::INFINITY, f64::min);
            let most = ratios.iter().copied().fold(0.0, f64::max);
            format!("{:.2} ({least:.2} to {most:.2})", middle(&ratios))
        }
        _ => "-".to_owned(),
    };
    println!("| {name} |{columns} {ratio} |");
}

/// A line about the memory of the server, in MiB.
pub fn memory(after: &str, mib: Option<f64>) {
    match mib {
        Some(mib) => println!("Resident memory after {after}: {mib:.0} MiB"),
        None => println!("This machine does not tell the memory of a process."),
    }
}

fn time(of: Option<Duration>) -> String {
    of.map_or_else(
        || "-".to_owned(),
        |of| format!("{:.3} ms", of.as_secs_f64() * 1000.0),
    )
}

/// The middle of a sample.
pub fn middle(sample: &[f64]) -> f64 {
    let mut sample = sample.to_vec();
    sample.sort_by(f64::total_cmp);
    sample[sample.len() / 2]
}
