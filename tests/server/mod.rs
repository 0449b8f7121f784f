//! The server as operators run it: its settings and its command line.

mod binary;
mod command_line;
mod config;
mod secrets;
mod settings;
#[cfg(unix)]
mod starting;
#[cfg(unix)]
mod stopping;
