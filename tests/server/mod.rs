//! The server as operators run it: its settings and its command line.

mod command_line;
mod config;
#[cfg(unix)]
mod documented;
#[cfg(unix)]
mod program;
#[cfg(unix)]
mod stopping;
