//! What holds for the HTTP routes.

mod compression;
mod connections;
mod cors;
mod endpoint;
mod in_flight;
mod log;
mod probes;
