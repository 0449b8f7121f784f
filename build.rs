//! Puts GraphiQL's files where the server embeds them from: `OUT_DIR/graphiql`.
//!
//! They come from `graphiql/dist` if somebody has built them there. Otherwise they are built here if Node is installed.
//! Without Node the folder stays empty, and the server serves the plain page. `GRAPHIQL_BUILD=off` switches the build
//! off. `GRAPHIQL_BUILD=on` makes it an error if the build fails.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;
use std::{fs, io};

type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

const SOURCE: &str = "graphiql";

/// What `graphiql/dist` is built from. A change of any of these makes it stale.
const INPUTS: [&str; 4] = ["src", "index.html", "vite.config.ts", "package-lock.json"];

fn main() -> Result<()> {
    let dist = Path::new(SOURCE).join("dist");
    let wanted = variable("GRAPHIQL_BUILD");
    println!("cargo::rerun-if-env-changed=GRAPHIQL_BUILD");
    println!("cargo::rerun-if-changed=build.rs");
    // A path that is missing would count as changed at every build.
    let watched = if dist.exists() {
        &dist
    } else {
        Path::new(SOURCE)
    };
    println!("cargo::rerun-if-changed={}", watched.display());

    let out = PathBuf::from(variable("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    let embedded = out.join("graphiql");
    clear(&embedded)?;
    fs::create_dir_all(&embedded)?;
    if dist.exists() {
        let mut changed = SystemTime::UNIX_EPOCH;
        for input in INPUTS {
            println!("cargo::rerun-if-changed={SOURCE}/{input}");
            changed = changed.max(newest(&Path::new(SOURCE).join(input))?);
        }
        if changed > newest(&dist)? {
            println!(
                "cargo::warning=graphiql/dist is older than its sources. Build it again, or remove it."
            );
        }
        return Ok(copy(&dist, &embedded, &[])?);
    }
    if wanted.as_deref() == Some("off") {
        return Ok(());
    }
    let folder = out.join("graphiql-build");
    let built = build(&folder, &embedded);
    // Deletes 190 MB of build files.
    clear(&folder)?;
    match built {
        Err(error) if wanted.as_deref() != Some("on") => {
            println!(
                "cargo::warning=GraphiQL is left out, and /graphiql is a plain page: {error}."
            );
            println!(
                "cargo::warning=GRAPHIQL_BUILD=on tries again; GRAPHIQL_BUILD=off does not try. See graphiql/README.md."
            );
            Ok(())
        }
        built => built,
    }
}

/// Builds GraphiQL in a folder of its own, so that nothing is written among the sources.
fn build(folder: &Path, embedded: &Path) -> Result<()> {
    if !node_fits() {
        return Err("it needs Node 20.19 or newer, or 22.12 or newer, with npm".into());
    }
    clear(folder)?;
    copy(Path::new(SOURCE), folder, &["node_modules", "dist"])?;
    let install = [
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--prefer-offline",
        // Without a network this ends soon, and the server is built all the same.
        "--fetch-retries=1",
        "--fetch-retry-mintimeout=1000",
        "--fetch-timeout=60000",
    ];
    npm(folder, &install)?;
    npm(folder, &["run", "build"])?;
    Ok(copy(&folder.join("dist"), embedded, &[])?)
}

/// As `engines` in `graphiql/package.json` says.
fn node_fits() -> bool {
    let version = Command::new("node").arg("--version").output();
    let Ok(version) = version.map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
    else {
        return false;
    };
    let mut numbers = version
        .trim()
        .trim_start_matches('v')
        .split('.')
        .map(str::parse);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(20)), Some(Ok(minor))) => minor >= 19,
        (Some(Ok(22)), Some(Ok(minor))) => minor >= 12,
        (Some(Ok(major)), _) => major > 22,
        _ => false,
    }
}

/// Runs npm; an error has the first line in which it says what is wrong.
fn npm(folder: &Path, arguments: &[&str]) -> Result<()> {
    let program = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let shown = format!("npm {}", arguments.first().copied().unwrap_or_default());
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output()
        .map_err(|error| format!("{shown} did not start: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    // With `cargo build -vv` one sees all of it.
    println!("{said}");
    let line = said
        .lines()
        .find(|line| line.to_lowercase().contains("error"));
    Err(format!(
        "{shown} failed: {}",
        line.unwrap_or("it does not say why").trim()
    )
    .into())
}

/// Copies a folder except folders with these names.
fn copy(from: &Path, to: &Path, without: &[&str]) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if !entry.file_type()?.is_dir() {
            fs::copy(entry.path(), target)?;
        } else if !without.iter().any(|name| entry.file_name() == *name) {
            copy(&entry.path(), &target, without)?;
        }
    }
    Ok(())
}

/// When a file, or the newest file of a folder, was written.
fn newest(path: &Path) -> io::Result<SystemTime> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_dir() {
        return metadata.modified();
    }
    let mut newest = SystemTime::UNIX_EPOCH;
    for entry in fs::read_dir(path)? {
        newest = newest.max(self::newest(&entry?.path())?);
    }
    Ok(newest)
}

/// Removes a folder if it is there.
fn clear(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[expect(clippy::disallowed_methods, reason = "a build has no other settings")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
