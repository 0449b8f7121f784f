//! Programs that use a running server as front ends do.

mod javascript;
mod roster;
mod season;
mod tour;
mod typed_client;
