//! What holds for the HTTP routes.

mod compression;
mod cors;
mod endpoint;
mod log;
