//! The server as operators run it: its settings and its command line.

mod binary;
mod command_line;
mod config;
mod deployment;
#[cfg(unix)]
mod documented;
#[cfg(unix)]
mod log;
#[cfg(unix)]
mod metrics;
#[cfg(unix)]
mod program;
#[cfg(target_os = "linux")]
mod prompt;
mod secrets;
mod seeding;
mod settings;
#[cfg(unix)]
mod starting;
#[cfg(unix)]
mod stopping;
mod transfer;
#[cfg(unix)]
mod unread_log;
#[cfg(unix)]
mod waiting;
