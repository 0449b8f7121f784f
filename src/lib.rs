//! Coulisses Crew: the back end that plans the crews of live events.
//!
//! # Layers
//! A module uses only the modules after it: `main` -> [`app`] -> [`http`] -> [`api`] -> [`domains`] (`graphql` ->
//! `service` -> `repo`) -> [`db`]. [`graphql`] is shared by all resolvers and must not use the domains. A domain's
//! `graphql` must not use diesel, and its `service` must use neither async-graphql nor axum. A `repo` takes a
//! connection, never the pool, and begins no transaction. A service calls the services of other domains, never their
//! repos. `tests/house/layers.rs` checks the `use` lines.
//!
//! # One mutation, straight down
//! [`http`] receives `createMission` and checks the media type, the document's limits and the access token
//! (`http/graphql`). The schema of [`api`] runs it: `domains/missions/graphql` checks the guard and reads the input.
//! `domains/missions/service/create.rs` has the rules and opens the transaction. `domains/missions/repo.rs` has the
//! statements, which [`db::Conn`] runs on SQLite or PostgreSQL. docs/architecture.md explains more.

pub mod access;
pub mod address;
pub mod api;
pub mod app;
pub mod background;
pub mod clock;
pub mod config;
pub mod crypto;
pub mod db;
pub mod domains;
pub mod error;
pub mod extent;
pub mod fair;
pub mod graphql;
pub mod http;
pub mod ids;
pub mod in_flight;
pub mod interval;
pub mod mail;
pub mod metrics;
pub mod page;
pub mod patch;
pub mod retention;
pub mod spans;
pub mod state;
pub mod text;
pub mod validate;
pub mod workers;
