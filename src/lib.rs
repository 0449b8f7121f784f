//! Coulisses Crew: the back end that plans the crews of live events.
//!
//! # Layers
//! Downwards only: `main` -> [`app`] -> [`http`] -> [`api`] -> [`domains`] (`graphql` -> `service` -> `repo`) ->
//! [`db`]. [`graphql`] is the kit that resolvers share and knows no domain. A domain's `graphql` knows no diesel; its
//! `service` neither async-graphql nor axum; its `repo` takes a connection, never the pool, and begins no
//! transaction. A service calls another domain's service functions, never its repo. `tests/house/layers.rs` reads the
//! `use` lines and holds the rule.
//!
//! # One mutation, straight down
//! `createMission` comes in at [`http`] (`graphql.rs`: media type, document limits, the requester of the access
//! token), runs in the schema of [`api`], where `domains/missions/graphql` checks the guard and reads the input;
//! `domains/missions/service/create.rs` holds the rules and opens the transaction; `domains/missions/repo.rs` has the
//! statements, which [`db::Conn`] runs on SQLite or PostgreSQL. docs/architecture.md tells more.

pub mod access;
pub mod api;
pub mod app;
pub mod clock;
pub mod config;
pub mod crypto;
pub mod db;
pub mod domains;
pub mod error;
pub mod graphql;
pub mod http;
pub mod ids;
pub mod interval;
pub mod mail;
pub mod page;
pub mod state;
pub mod text;
pub mod validate;
