//! The server as operators run it: its settings and its command line.

mod binary;
mod command_line;
mod config;
#[cfg(unix)]
mod starting;
#[cfg(unix)]
mod stopping;
