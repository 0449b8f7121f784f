//! Programs that use a running server as front ends do.

mod javascript;
mod roster;
mod tour;
mod typed_client;
