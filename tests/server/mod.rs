//! The server as operators run it: its settings and its command line.

mod binary;
mod command_line;
mod config;
#[cfg(target_os = "linux")]
mod prompt;
mod secrets;
mod settings;
#[cfg(unix)]
mod starting;
#[cfg(unix)]
mod stopping;
